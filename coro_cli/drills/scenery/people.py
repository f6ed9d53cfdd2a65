"""Scenarios in which people do what the job waits for."""

from __future__ import annotations

import time

from coro_cli.domain.durations import parse_time
from coro_cli.drills.stage import QUIET, STARTING, Stage
from coro_cli.drills.story import check


def watched(stage: Stage, *words: str) -> str:
    """Park on the drill's pull request, start a runner, and wait until it has looked. Returns the job's id."""
    job = str(stage.coro("park", stage.url, *words, "--", "./ship.sh")["id"])
    stage.start()
    stage.until("coro has looked", stage.has_looked)
    return job


def shipped(stage: Stage, job: str) -> None:
    """Wait for the end, check that the command ran exactly once, and stop the clock at its start."""
    done = stage.until_state(job, "completed", "failed")
    run = done["runs_detail"][0]
    stage.say("coro", f"woke {job} and ran its command once: exit {run['exit_code']}")
    for line in stage.effects():
        stage.say("command", line)
    check(done["state"] == "completed", f"the job should have completed, it is {done['state']}")
    check(len(stage.effects()) == 1, f"the command should have run once, it ran {len(stage.effects())} times")
    stage.measured(run["started_at"])


def approval(stage: Stage) -> None:
    """A pull request is approved and the job ships it"""
    job = watched(stage, "--on", "approved")
    stage.pull.comment("stranger", "what is this?")
    stage.say("host", "a stranger comments: nobody is woken by that")
    stage.pull.approve("alice", body="LGTM, ship it")
    stage.measure("from the approval to the command")
    stage.say("host", "alice approves acme/api#42")
    shipped(stage, job)
    stage.story.sees = "parked, queued, running, completed; the comment is in the log as no-match"
    stage.story.helps = f"coro show {job}   coro logs {job}   coro events"


def merge(stage: Stage) -> None:
    """A pull request is merged while the job waits for its checks"""
    job = watched(stage, "--on", "checks_passed")
    stage.pull.merge("alice")
    stage.measure("from the merge to the command")
    stage.say("host", "alice merges acme/api#42 without waiting for the checks")
    shipped(stage, job)
    check("satisfied=false" in stage.effects()[0], "the command should be told that this is not what it waited for")
    stage.story.sees = "the job wakes although its checks never came: a merged pull request has no more events (`--only` would wait on)"
    stage.story.helps = f"coro show {job}"


def comment(stage: Stage) -> None:
    """A stranger and a colleague comment; only one of them counts"""
    job = watched(stage, "--on", "commented", "--match", "^/deploy")
    stage.pull.comment("stranger", "/deploy now", association="NONE")
    stage.say("host", "a stranger writes /deploy now")
    stage.pull.comment("bob", "/deploy production", association="MEMBER")
    stage.measure("from the comment to the command")
    stage.say("host", "bob, a member, writes /deploy production")
    shipped(stage, job)
    refused = [e for e in stage.coro("events", "--job", job, told=False) if e["outcome"] == "untrusted"]
    check(len(refused) == 1, "the stranger's comment should be in the log as untrusted")
    stage.story.sees = "one run; the stranger's comment is in `coro events` with the outcome untrusted and the reason"
    stage.story.helps = f"coro events --job {job}   coro park … --from anyone"


def message(stage: Stage) -> None:
    """A person says something to a parked job"""
    job = watched(stage, "--on", "approved")
    stage.coro("message", "--job", job, "rebase on main first")
    stage.measure("from the message to the command", QUIET + STARTING)
    stage.until("the command has run", lambda: len(stage.effects()) == 1)
    stage.measured(time.time())
    back = stage.until_state(job, "parked")
    stage.say("coro", f"ran the command with the message; {job} is parked again on the same wait")
    check(not back["waits"][0]["satisfied"], "a message is not what the job waits for")
    stage.pull.approve("alice")
    stage.say("host", "alice approves")
    stage.until_state(job, "completed")
    check(len(stage.effects()) == 2, "one run for the message, one for the approval")
    stage.say("coro", "ran the command again, for the approval")
    stage.story.sees = "two runs: one for the message, after which the job waits on, one for the approval"
    stage.story.helps = f"coro message --job {job} TEXT"


def deadline(stage: Stage) -> None:
    """Nothing happens until the deadline passes"""
    parked = stage.coro("park", stage.url, "--on", "approved", "--timeout", "2s", "--", "./ship.sh")
    job = str(parked["id"])
    stage.measure("from the deadline to the command", QUIET + STARTING, since=parse_time(parked["waits"][0]["deadline"]))
    stage.start()
    stage.measured(stage.until_state(job, "completed")["runs_detail"][0]["started_at"])
    for line in stage.effects():
        stage.say("command", line)
    check("job:timeout satisfied=false" in stage.effects()[0], "the command should be woken by job:timeout, unsatisfied")
    stage.story.sees = "the command runs with CORO_EVENT=job:timeout and CORO_SATISFIED=false; it decides what that means"
    stage.story.helps = "coro park … --timeout 2d"
