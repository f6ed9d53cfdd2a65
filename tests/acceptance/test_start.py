"""`coro start`: what it says, that there is one a home, how it stops, how quickly it hears, and how plugins come and go."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from helpers import Coro, until, write_config

from coro_cli.drills.host.github import GitHubHost

REF = "github:acme/api#42"


def test_it_says_in_text_what_happens(coro: Coro, host: GitHubHost) -> None:
    pr = host.pull("acme/api", 42)
    job = coro("park", REF, "--on", "approved", "--", "true").id
    process = coro.popen("start", "--interval", "1s")
    assert process.stdout is not None
    lines = [process.stdout.readline().decode()]
    pr.approve("alice")
    while "run" not in lines[-1] or "succeeded" not in lines[-1]:
        lines.append(process.stdout.readline().decode())
        assert lines[-1], lines
    process.send_signal(signal.SIGINT)
    rest, err = process.communicate(timeout=10)
    assert process.returncode == 0 and err == b"" and b"stopped" in rest
    assert all(re.match(r"\d\d:\d\d:\d\d  \S", line) for line in lines) and "started: every 1 s" in lines[0]
    assert any(f"event {REF} approved by alice -> woke" in line for line in lines)
    assert any(f"run {job}.1 started" in line for line in lines)


def test_each_line_of_json_is_a_document_with_a_time(coro: Coro, host: GitHubHost) -> None:
    pr = host.pull("acme/api", 42)
    job = coro("park", REF, "--on", "approved", "--", "true").id
    with coro.running("--interval", "1s") as runner:
        pr.approve("alice")
        event = runner.wait_for("event", name="pull_request:approved")
        assert event["outcome"] == "woke" and event["actor"]["login"] == "alice" and event["ref"] == REF
        assert runner.wait_for("run-started", job=job)["run"] == 1
        assert runner.wait_for("run-ended", job=job) | {"state": "succeeded", "exit_code": 0} == runner.wait_for("run-ended", job=job)
        assert runner.stop() == 0
    assert all(re.fullmatch(r"\d{4}-.*Z", line["at"]) for line in runner.told)


def test_a_second_one_is_refused_and_told_who_holds_the_home(coro: Coro) -> None:
    with coro.running("--listen", "127.0.0.1:0") as runner:
        holder, port = runner.process.pid, runner.wait_for("listening")["port"]
        for second in (coro("start"), coro("start", "--listen", f"127.0.0.1:{port}")):
            assert second.code == 5 and f"pid {holder} since " in second.err and "coro status" in second.err
        assert coro("start", "--json").error["code"] == "conflict"
        status = coro.json("status")["runner"]
        assert (status["alive"], status["pid"]) == (True, holder) and status["heartbeat_age"] < 20
    assert coro.json("status")["runner"]["alive"] is False


def test_a_store_that_refuses_to_note_it_does_not_make_a_stop_fail(coro: Coro) -> None:
    with coro.running() as runner:
        with contextlib.closing(sqlite3.connect(coro.home / "coro.db")) as store:
            store.execute("CREATE TRIGGER no BEFORE DELETE ON runner BEGIN SELECT RAISE(FAIL, 'as a full disk would'); END")
        assert runner.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_it_cleanly(coro: Coro, number: signal.Signals) -> None:
    with coro.running() as runner:
        began = time.monotonic()
        assert runner.stop(number) == 0
        assert time.monotonic() - began < 30
        runner.wait_for("stopped")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_running_job_lives_on_and_the_next_one_adopts_it(coro: Coro, host: GitHubHost, number: signal.Signals) -> None:
    host.pull("acme/api", 42)
    gate = coro.cwd / "gate"
    script = f"echo begun; while [ ! -e {gate} ]; do sleep 0.02; done; echo done; exit 3"
    job = coro("park", REF, "--on", "merged", "--retries", "0", "--", "sh", "-c", script).id
    with coro.running() as runner:
        coro("resume", job, "--detach")
        runner.wait_for("run-started", job=job)
        until(lambda: "begun" in coro("logs", job).out)
        runner.process.send_signal(number)
        runner.process.wait(10)
    assert coro.json("show", job)["state"] == "running"
    with coro.running():
        gate.touch()
        assert coro("wait", job, "--timeout", "15s").code == 1
    (run,) = coro.json("show", job)["runs_detail"]
    assert (run["state"], run["exit_code"], coro("logs", job).out) == ("failed", 3, "begun\ndone\n")


@pytest.mark.parametrize("words", [("message", "ID", "hello"), ("resume", "ID", "--detach")])
def test_what_is_done_by_hand_rings_the_bell(coro: Coro, host: GitHubHost, words: tuple[str, ...]) -> None:
    host.pull("acme/api", 42)
    job = coro("park", REF, "--on", "merged", "--", "cat").id
    with coro.running("--interval", "1h") as runner:
        runner.wait_for("cycle")
        assert coro(*(job if word == "ID" else word for word in words)).code == 0
        called = time.monotonic()
        runner.wait_for("run-started", job=job)
        assert time.monotonic() - called < 30


def test_a_park_is_taken_up_at_once_by_a_runner_that_had_nothing_to_do(coro: Coro, host: GitHubHost) -> None:
    pr = host.pull("acme/api", 42)
    pr.approve("alice")
    with coro.running("--interval", "1h") as runner:
        job = coro("park", REF, "--on", "approved", "--", "true").id
        runner.wait_for("run-ended", job=job, state="succeeded")


def test_a_deadline_is_kept_without_any_poll(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 42)
    job = coro("park", REF, "--on", "approved", "--timeout", "2s", "--", "sh", "-c", 'echo "$CORO_EVENT $CORO_SATISFIED"').id
    with coro.running("--interval", "1h") as runner:
        runner.wait_for("run-ended", job=job)
    assert coro("logs", job).out == "job:timeout false\n"


def test_without_a_token_a_job_still_parks_and_recovers_when_one_comes(coro: Coro, host: GitHubHost) -> None:
    pr = host.pull("acme/api", 42)
    token = coro.cwd / "token"
    config = coro.home / "config.toml"
    config.write_text(config.read_text().replace('token_env = "SIM_TOKEN"', f'token_file = "{token}"'))
    parked = coro("park", REF, "--on", "approved", "--", "true")
    job = parked.id
    assert f"warning: {REF} was not looked at: " in parked.err
    assert coro.json("show", job)["attention"].startswith("unavailable: ")
    assert coro("poll").code == 4
    with coro.running("--interval", "1s") as runner:
        runner.wait_for("error")
        plugin = coro.json("status")["plugins"]["github"]
        assert plugin["state"] == "stub" and plugin["reason"]
        assert "cannot be looked at" in coro("explain", job).out
        pr.approve("alice")
        token.write_text(str(host.token))
        token.chmod(0o600)
        runner.wait_for("run-ended", job=job, state="succeeded")
    assert coro.json("show", job)["attention"] == ""
    assert coro.json("status")["plugins"]["github"]["state"] == "ok"


def test_refused_credentials_leave_jobs_parked_until_they_are_good_again(coro: Coro, host: GitHubHost) -> None:
    pr = host.pull("acme/api", 42)
    job = coro("park", REF, "--on", "approved", "--", "true").id
    host.revoke()
    assert coro("poll").code == 4
    shown = coro.json("show", job)
    assert shown["state"] == "parked" and shown["attention"].startswith("unavailable: ")
    host.restore()
    pr.approve("alice")
    coro("poll")
    shown = coro.json("show", job)
    assert (shown["state"], shown["attention"]) == ("completed", "")


def test_an_edited_configuration_is_taken_up_and_a_broken_one_is_not(coro: Coro, host: GitHubHost) -> None:
    with coro.running() as runner:
        (coro.home / "config.toml").write_text("[poll\n")
        kept = runner.wait_for("config")
        assert "is kept as it was" in kept["message"]
        write_config(coro.home, host.url, more="[poll]\nbudget = 0.4\n")
        runner.wait_for("config", message="the configuration was read again")


def test_the_promise_is_that_of_the_runner_that_lives(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 42)
    assert coro("park", "github:acme/api#42", "--on", "merged", "--", "true").code == 0
    with coro.running("--interval", "5s") as runner:
        runner.wait_for("cycle")
        status = coro.json("status")
        assert status["plugins"]["github"]["interval"] == 5 and 5 <= status["detection"]["promised"] < 60
    assert coro.json("status")["detection"]["promised"] >= 60


def test_an_edited_interval_is_taken_up_unless_a_flag_has_settled_it(coro: Coro, host: GitHubHost) -> None:
    with coro.running() as runner:
        assert runner.told[0]["interval"] == 60
        write_config(coro.home, host.url, more='[poll]\ninterval = "7s"\n')
        runner.wait_for("config")
        assert coro.json("status")["detection"]["promised"] == 7
    with coro.running("--interval", "5s") as runner:
        write_config(coro.home, host.url, more='[poll]\ninterval = "9s"\n')
        runner.wait_for("config")
        assert coro.json("status")["detection"]["promised"] == 5


def test_jobs_of_a_plugin_that_is_no_longer_configured_say_so_until_it_is_back(coro: Coro, host: GitHubHost) -> None:
    pr = host.pull("acme/api", 42)
    config = coro.home / "config.toml"
    there = config.read_text().replace("[plugins.github]", "[plugins.mine]")
    gone = config.read_text()
    config.write_text(there)
    job = coro("park", "mine:acme/api#42", "--on", "approved", "--", "true").id
    config.write_text(gone)
    polled = coro.json("poll", code=4)
    assert polled["errors"] == ["mine is unavailable: it is not configured"]
    assert coro.json("show", job)["attention"] == "unavailable: it is not configured"
    assert "it is not configured" in coro("explain", job).out
    with coro.running("--interval", "1s") as runner:
        runner.wait_for("error", plugin="mine")
        pr.approve("alice")
        config.write_text(there)
        runner.wait_for("run-ended", job=job)
        config.write_text(gone)
        runner.wait_for("config")
    shown = coro.json("show", job)
    assert (shown["state"], shown["attention"]) == ("completed", "")


def test_it_works_with_all_standard_streams_closed(coro: Coro, host: GitHubHost) -> None:
    pr = host.pull("acme/api", 42)
    job = coro("park", REF, "--on", "approved", "--", "echo", "hello").id
    process = coro.popen("start", "--interval", "1s", stdin=None, stdout=None, stderr=None, preexec_fn=_close_all)
    try:
        pr.approve("alice")
        assert coro("wait", job, "--timeout", "20s").code == 0
    finally:
        process.terminate()
    assert process.wait(10) == 0 and coro("logs", job).out == "hello\n"


def _close_all() -> None:
    for number in range(3):
        os.close(number)


def test_a_reader_that_goes_away_does_not_stop_it(coro: Coro, host: GitHubHost) -> None:
    pr = host.pull("acme/api", 42)
    job = coro("park", REF, "--on", "approved", "--", "true").id
    process = coro.popen("start", "--interval", "1s", "--log-format", "json")
    assert process.stdout is not None and json.loads(process.stdout.readline())["kind"] == "started"
    process.stdout.close()
    try:
        pr.approve("alice")
        assert coro("wait", job, "--timeout", "20s").code == 0
    finally:
        process.terminate()
    assert process.wait(10) == 0
    assert process.stderr is not None
    with process.stderr as err:
        assert err.read() == b""


def test_its_files_are_the_owners_alone(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 42)
    job = coro("park", REF, "--on", "merged", "--", "true").id
    with coro.running() as runner:
        coro("resume", job, "--detach")
        runner.wait_for("run-ended", job=job)
        made = [path for path in coro.home.rglob("*") if path.name != "config.toml"]
        assert len(made) > 5
        assert [str(path) for path in made if path.stat().st_mode & 0o077 and not _is_of_sqlite(path)] == []


def _is_of_sqlite(path: Path) -> bool:
    return path.name.endswith(("-wal", "-shm")) and path.stat().st_mode & 0o077 == 0


def test_a_log_that_nobody_reads_does_not_stop_the_runner(coro: Coro, host: GitHubHost) -> None:
    pull = host.pull("acme/api", 42)
    ready, unread = os.pipe()
    fcntl.fcntl(unread, getattr(fcntl, "F_SETPIPE_SZ", 1031), 4096)
    runner = coro.popen("start", "--interval", "1s", "--log-format", "json", stdout=unread, stderr=subprocess.DEVNULL)
    try:
        job = coro("park", "github:acme/api#42", "--on", "commented", "--match", "the last", "--", "true").id
        for number in range(40):
            pull.comment("alice", f"{number} " + "x" * 500, association="MEMBER")
        until(lambda: len(coro.json("events", "--limit", "100")) >= 40)
        pull.comment("alice", "the last", association="MEMBER")
        until(lambda: coro.json("show", job)["state"] == "completed")
    finally:
        runner.terminate()
        runner.wait(10)
        os.close(ready)
        os.close(unread)
