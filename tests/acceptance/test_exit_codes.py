"""The exit codes, each by what a user does to get it."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest
from helpers import Coro, until

from coro_cli.drills.host.github import GitHubHost
from coro_cli.jobs import poll
from coro_cli.polling.cycle import Report

REF = "github:acme/api#42"


def parked(coro: Coro, host: GitHubHost, *command: str, on: str = "approved") -> str:
    host.pull("acme/api", 42)
    return coro("park", REF, "--on", on, *(("--", *command) if command else ())).id


def test_0_what_was_asked_for_is_done(coro: Coro, host: GitHubHost) -> None:
    job = parked(coro, host, "true")
    for words in (("jobs",), ("show", job), ("explain", job), ("events",), ("status",), ("poll",), ("resume", job), ("logs", job)):
        assert coro(*words).code == 0, words


def test_1_the_command_of_the_job_failed(coro: Coro, host: GitHubHost) -> None:
    job = parked(coro, host, "sh", "-c", "exit 7")
    done = coro("resume", job)
    assert done.code == 1
    assert coro("wait", job).code == 1
    assert coro.json("show", job)["runs_detail"][0]["exit_code"] == 7


def test_1_a_wait_that_ends_otherwise_than_hoped(coro: Coro, host: GitHubHost) -> None:
    job = parked(coro, host)
    coro("cancel", job, "--reason", "no longer needed")
    assert coro("wait", job).code == 1


def test_2_the_command_line_cannot_be_understood(coro: Coro) -> None:
    for words in (("nope",), ("jobs", "--nope"), ("park",), ("park", "x y"), ("jobs", "--limit", "many")):
        done = coro(*words)
        assert done.code == 2 and done.out == "" and done.err.startswith("error: "), words


def test_3_there_is_no_such_job_or_ref(coro: Coro, host: GitHubHost) -> None:
    parked(coro, host)
    for verb in ("show", "explain", "logs", "wait", "cancel", "retry", "resume", "poll", "events"):
        done = coro(verb, "zzzzzz")
        assert (done.code, done.out) == (3, "") and "there is no job `zzzzzz`" in done.err, verb
    assert coro("park", "github:acme/api#999").code == 3
    assert coro("message", "--job", "zzzzzz", "hello").code == 3


def test_4_the_configuration_cannot_be_used(coro: Coro) -> None:
    (coro.home / "config.toml").write_text("[poll]\ninterval = \n")
    done = coro("status")
    assert done.code == 4 and "line 2" in done.err and str(coro.home / "config.toml") in done.err
    (coro.home / "config.toml").write_text("[poll]\nintervall = '5s'\n")
    assert "poll.intervall" in coro("status").err and "did you mean `poll.interval`?" in coro("status").err


def test_4_a_poll_none_of_whose_plugins_may_ask(coro: Coro, host: GitHubHost) -> None:
    assert coro("poll").code == 0  # there is nothing to do
    job = parked(coro, host)
    host.revoke()
    assert "401" in coro.json("poll", code=4)["errors"][0]
    config = coro.home / "config.toml"
    config.write_text(config.read_text() + f'[plugins.other]\nkind = "github"\napi_url = "{host.url}"\n')
    coro("park", "other:acme/api#42", "--no-check")
    assert coro("poll").code == 4
    config.write_text(config.read_text() + f'token = "{host.token}"\n')
    config.chmod(0o600)
    host.restore()
    polled = Coro(coro.home, cwd=coro.cwd, env={"SIM_TOKEN": "another"})
    assert polled("poll").code == 0, "one could be asked"
    assert polled("poll", "--job", job).code == 4, "and it is not this job's"


OK, BACK, GONE = Report("a", well=True), Report("b", refused=True), Report("c", reachable=False)


@pytest.mark.parametrize(("reports", "code"), [
    ([], 0), ([OK], 0), ([OK, BACK, GONE], 0), ([BACK], 4), ([GONE], 6), ([BACK, GONE], 4), ([Report("d"), BACK], 0),
    ([Report("b"), BACK], 4),
])  # fmt: skip
def test_the_code_of_a_poll_is_that_of_its_plugins_together(reports: list[Report], code: int) -> None:
    assert poll.exit_code(reports) == code


def test_5_the_state_forbids_it(coro: Coro, host: GitHubHost) -> None:
    job = parked(coro, host, "true")
    assert coro("retry", job).code == 5
    assert coro("resume", job).code == 0
    again = coro("resume", job)
    assert again.code == 5 and "--force" in again.err
    other = parked(coro, host, "true")
    assert coro("cancel", job, other).code == 5
    assert coro.json("show", other)["state"] == "cancelled"  # the one that could be
    assert coro("message", job, "too late").code == 5
    assert coro("park", "--job", job, REF).code == 5


def test_5_a_running_job_is_not_run_beside_itself(coro: Coro, host: GitHubHost) -> None:
    job = parked(coro, host, "sleep", "60")
    coro("resume", job, "--detach")
    with coro.running():
        until(lambda: coro.json("show", job)["state"] == "running")
        done = coro("resume", job)
        assert done.code == 5 and f"coro logs {job} --follow" in done.err
        assert coro("cancel", job).code == 0


def test_6_the_host_cannot_be_reached(coro: Coro, host: GitHubHost) -> None:
    parked(coro, host)
    host.offline = True
    done = coro("poll")
    assert done.code == 6
    assert coro.json("poll", code=6)["errors"]
    assert coro("park", "github:acme/api#43").code == 6
    host.offline = False
    assert coro("poll").code == 0


def test_124_the_time_ran_out(coro: Coro, host: GitHubHost) -> None:
    job = parked(coro, host)
    other = coro("park", REF, "--on", "merged").id
    done = coro("wait", job, other, "--timeout", "0.2s")
    assert done.code == 124 and job in done.err and other in done.err and f"coro explain {job}" in done.err
    assert coro("wait", job, "--timeout", "0.2s", "--json").error["code"] == "timeout"


def test_waiting_for_several_jobs_ends_with_the_last_of_them(coro: Coro, host: GitHubHost) -> None:
    pr = host.pull("acme/api", 42)
    first, second = coro("park", REF, "--on", "approved").id, coro("park", REF, "--on", "commented").id
    pr.approve("alice")
    pr.comment("alice", "hello", association="MEMBER")
    waiting = coro.popen("wait", first, second, "--timeout", "30s")
    coro("poll")
    assert waiting.wait(20) == 0
    waiting.communicate()


@pytest.mark.parametrize("words", [("wait", "ID"), ("wait", "ID", "--json"), ("message", "ID", "-")])
def test_130_ctrl_c_ends_what_blocks_quietly(coro: Coro, host: GitHubHost, words: tuple[str, ...]) -> None:
    job = parked(coro, host)
    process = coro.popen(*(job if word == "ID" else word for word in words), stdin=-1)
    until(lambda: _has_the_store_open(process.pid, coro.home))
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 130 and b"Traceback" not in err
    assert (b'"interrupted"' in out) == ("--json" in words)


def test_130_ctrl_c_stops_watching_and_not_the_run(coro: Coro, host: GitHubHost) -> None:
    gate = coro.cwd / "gate"
    job = parked(coro, host, "sh", "-c", f"echo begun; while [ ! -e {gate} ]; do sleep 0.05; done; echo done")
    process = coro.popen("resume", job)
    assert process.stdout is not None and process.stdout.readline() == b"begun\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130 and f"coro logs {job} --follow".encode() in err
    following = coro.popen("logs", job, "--follow")
    gate.touch()
    assert following.communicate(timeout=15)[0] == b"begun\ndone\n" and following.returncode == 0
    assert coro("wait", job, "--timeout", "10s").code == 0


def _has_the_store_open(pid: int, home: Path) -> bool:
    if not Path("/proc/self").exists():
        time.sleep(1)
        return True
    try:
        return any(str(home / "coro.db") in str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False
