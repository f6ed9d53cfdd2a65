"""Scenarios in which people do what the job waits for."""

from __future__ import annotations

from coro_cli.domain.durations import parse_time
from coro_cli.drills.stage import INTERVAL, Stage
from coro_cli.drills.story import check


def approval(stage: Stage) -> None:
    """A pull request is approved and the job ships it"""
    job = stage.coro("park", stage.url, "--on", "approved", "--", "./ship.sh")["id"]
    stage.start()
    stage.until("coro polls", lambda: stage.host.wait_for(lambda r: r.path.endswith("/pulls"), timeout=20) or True)
    stage.pull.comment("stranger", "what is this?")
    stage.say("host", "a stranger comments: nobody is woken by that")
    stage.pull.approve("alice", body="LGTM, ship it")
    approved = stage.host.now()
    stage.say("host", "alice approves acme/api#42")
    done = stage.until_state(job, "completed", "failed")
    run = done["runs_detail"][0]
    stage.say("coro", f"woke {job} and ran its command once: exit {run['exit_code']}")
    for line in stage.effects():
        stage.say("command", line)
    check(done["state"] == "completed" and len(stage.effects()) == 1, "the command should have run exactly once, and well")
    stage.story.promise = INTERVAL + 1
    stage.story.measured = round(max(parse_time(run["started_at"]) - approved, 0.0), 2)
    stage.story.sees = "the job goes from parked over queued and running to completed; the comment is in the log as no-match"
    stage.story.helps = f"coro show {job}   coro logs {job}   coro events"
