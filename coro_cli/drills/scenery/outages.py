"""Scenarios in which something breaks: the runner, the machine, the host, the token."""

from __future__ import annotations

import signal
import time

from coro_cli.domain.durations import parse_time
from coro_cli.drills.scenery.people import watched
from coro_cli.drills.stage import INTERVAL, QUIET, STARTING, Stage
from coro_cli.drills.story import check
from coro_cli.polling.interval import FAILURE_FACTOR


def offline(stage: Stage) -> None:
    """Days pass without a runner, then it comes back"""
    job = watched(stage, "--on", "approved")
    stage.kill(stage.runners[0], signal.SIGTERM)
    stage.say("you", "close the laptop: nothing runs")
    for number in range(5):
        stage.pull.comment("bob", f"thought number {number + 1}", association="MEMBER")
    stage.pull.approve("alice")
    stage.host.advance(6 * 86400)
    stage.say("host", "five comments and an approval; six days pass by the host's clock")
    stage.measure("from the new runner to the command")
    stage.start()
    stage.measured(stage.until_state(job, "completed")["runs_detail"][0]["started_at"])
    known = [e["name"] for e in stage.coro("events", "--job", job, told=False)]
    check(known.count("pull_request:commented") == 5, "all five comments should be in the log")
    check(len(stage.effects()) == 1, "one run for the approval")
    stage.say("coro", f"caught up {len(known)} events, ran the command once")
    stage.story.sees = "on its first look the runner catches up whatever the host still shows; nothing has to be replayed by hand"
    stage.story.helps = "coro events --since 7d"


def runner_killed(stage: Stage) -> None:
    """The runner is killed in mid-run, and another takes over"""
    stage.script("ship.sh", "while [ ! -e go ]; do sleep 0.05; done; echo \"shipped once, attempt $CORO_ATTEMPT\" >> effects")
    job = watched(stage, "--on", "approved")
    stage.pull.approve("alice")
    stage.until_state(job, "running")
    stage.kill(stage.runners[0])
    stage.say("you", "kill -9 the runner while the command runs")
    stage.start()
    (stage.home / "go").touch()
    stage.measure("from the command's end to its record", QUIET + STARTING)
    stage.say("command", "goes on as if nothing had happened, and ends")
    stage.until_state(job, "completed")
    stage.measured(time.time())
    check(len(stage.effects()) == 1, "the command should have run exactly once")
    stage.say("coro", "the new runner adopted the run and recorded its exit status")
    stage.story.sees = "the run outlives its runner; its exit status was written down by its own small supervisor"
    stage.story.helps = "coro status   coro doctor"


def two_runners(stage: Stage) -> None:
    """Two runners at once, and cron polls as well"""
    jobs = [str(stage.coro("park", stage.url, "--on", "approved", "--", "./ship.sh", told=n == 0)["id"]) for n in range(6)]
    stage.say("you", "park five more on the same pull request")
    stage.start()
    second = stage.coro("start", expect=(5,))["error"]
    check(second["code"] == "conflict", f"the second runner should say why it is refused, it said {second}")
    stage.say("coro", "refuses the second runner, with exit code 5: another one holds this home")
    stage.pull.approve("alice")
    stage.measure("from the approval to the first command")
    stage.say("host", "alice approves; `coro start` and three `coro poll` see it at once")
    for _ in range(3):
        stage.coro("poll", told=False)
    runs = [stage.until_state(job, "completed")["runs_detail"] for job in jobs]
    stage.measured(min(run["started_at"] for of_job in runs for run in of_job))
    check(len(stage.effects()) == len(jobs), f"{len(jobs)} commands should have run, {len(stage.effects())} did")
    stage.say("coro", "ran six commands, one for each job")
    stage.story.sees = "six jobs, six runs: the store lets one of many runners have each job"
    stage.story.helps = "coro jobs"


def token_revoked(stage: Stage) -> None:
    """The token is revoked, and later restored"""
    job = watched(stage, "--on", "approved")
    stage.host.revoke()
    stage.say("host", "the token is revoked")
    noticed = stage.until("the job asks for attention", lambda: stage.job(job)["attention"])
    stage.say("coro", f"{job}: {noticed}")
    check(stage.job(job)["state"] == "parked", "a refused token is no news about the pull request: the job stays parked")
    stage.pull.approve("alice")
    stage.host.restore()
    # A host that refuses is asked less and less often, at least once in so many intervals.
    stage.measure("from the restored token to the command", stage.noticed() + (FAILURE_FACTOR - 1) * INTERVAL)
    stage.say("host", "alice approves; the token is restored")
    stage.measured(stage.until_state(job, "completed")["runs_detail"][0]["started_at"])
    check(len(stage.effects()) == 1, "the command should have run exactly once")
    stage.say("coro", "notices both by itself, and ran the command once")
    stage.story.sees = "`coro status` gives the plugin's reason, `coro jobs` shows it as attention; all comes back by itself"
    stage.story.helps = "coro doctor   coro status"


def rate_limit(stage: Stage) -> None:
    """The host's rate limit is spent"""
    job = watched(stage, "--on", "approved")
    for resource in ("core", "graphql"):
        stage.host.limit(remaining=0, reset_in=3.0, resource=resource)
    reset = float(int(stage.host.now() + 3.0))  # hosts count whole seconds
    stage.say("host", "the limit is spent, and resets in three seconds; alice approves")
    stage.pull.approve("alice")
    stage.measure("from the limit's reset to the command", since=reset)
    before = len(stage.host.requests)
    began = stage.until_state(job, "completed")["runs_detail"][0]["started_at"]
    stage.measured(began)
    refused = [r for r in stage.host.requests[before:] if r.status in (403, 429)]
    check(1 <= len(refused) <= 3, f"a polite client asks each door once and then waits; it was refused {len(refused)} times")
    check(parse_time(began) >= reset, "nothing can be read before the reset")
    times = "once" if len(refused) == 1 else f"{len(refused)} times"
    stage.say("coro", f"was refused {times}, waited for the reset, and ran the command")
    stage.story.sees = "`coro status` shows the pause and when the next look is; nobody hammers the host"
    stage.story.helps = "coro status   coro config set poll.budget 0.3"


def interrupted(stage: Stage) -> None:
    """The machine dies under a run: did the command have its effect?"""
    stage.script("ship.sh", 'echo "began" >> effects; exec sleep 600')
    job = watched(stage, "--on", "approved")
    stage.pull.approve("alice")
    stage.until("the command has begun", stage.effects)
    stage.power_cut(job)
    stage.say("you", "the power goes: runner, supervisor and command die at once")
    stage.measure("from the new runner to its saying so", QUIET + STARTING)
    stage.start()
    stage.until_state(job, "interrupted")
    stage.measured(time.time())
    check(len(stage.effects()) == 1, "nobody may run it again without being asked")
    stage.say("coro", stage.job(job)["attention"])
    stage.script("ship.sh", 'echo "ran to its end, attempt $CORO_ATTEMPT" >> effects')
    stage.coro("retry", job)
    stage.until_state(job, "completed")
    stage.say("command", stage.effects()[-1])
    stage.story.sees = "the job is `interrupted` and waits for you: only you know whether running it twice is safe (--on-interrupt rerun)"
    stage.story.helps = f"coro logs {job}   coro retry {job}"
