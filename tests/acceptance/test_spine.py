"""One job from the park to its end, as a user sees it."""

from __future__ import annotations

from helpers import Coro

from coro_cli.drills.host.github import GitHubHost


def test_an_approval_runs_the_command_once_and_the_job_is_completed(coro: Coro, host: GitHubHost) -> None:
    pr = host.pull("acme/api", 42)
    job = coro("park", "github:acme/api#42", "--on", "approved", "--", "cat").id
    assert coro.json("show", job)["state"] == "parked"
    pr.approve("alice", body="ship it")
    polled = coro.json("poll")
    assert [run["state"] for run in polled["runs"]] == ["succeeded"]
    assert coro.json("show", job)["state"] == "completed"
    assert "ship it" in coro("logs", job).out
    assert coro.json("poll")["runs"] == []


def test_a_running_start_sees_an_approval_and_tells_of_the_run(coro: Coro, host: GitHubHost) -> None:
    pr = host.pull("acme/api", 42)
    job = coro("park", "github:acme/api#42", "--on", "approved", "--", "true").id
    with coro.running("--interval", "1s") as runner:
        runner.wait_for("cycle")
        pr.approve("alice")
        assert runner.wait_for("run-ended", job=job)["exit_code"] == 0
    assert coro.json("show", job)["state"] == "completed"
