"""What a command receives, and nothing else: stdin, event file, variables, group, directory, and what is kept of the park."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from helpers import Coro

from coro_cli.drills.host.github import GitHubHost
from coro_cli.drills.host.github.pull import Pull

REF = "github:acme/api#42"
PROBE = """
import json, os, sys
file = os.environ["CORO_EVENT_FILE"]
print(json.dumps({
    "stdin": sys.stdin.read(), "env": dict(os.environ), "argv": sys.argv[1:], "cwd": os.getcwd(),
    "event": json.load(open(file)), "mode": os.stat(file).st_mode & 0o777, "file": file,
    "group": os.getpgid(0) == os.getpid(), "session": os.getsid(0) == os.getpid(), "tty": sys.stdin.isatty(),
    "fds": sorted(int(fd) for fd in os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else [0, 1, 2],
}))
"""


@pytest.fixture
def pr(host: GitHubHost) -> Pull:
    """Pull request 42."""
    return host.pull("acme/api", 42, title="Add a thing")


@pytest.fixture
def probe(coro: Coro) -> tuple[str, ...]:
    """A command that prints all it was given."""
    path = coro.cwd / "probe.py"
    path.write_text(PROBE)
    return (sys.executable, "-I", str(path))


def told(coro: Coro, job: str) -> dict[str, Any]:
    """What the last run's command was given."""
    return dict(json.loads(coro("logs", job).out))


def test_the_prompt_says_who_did_what_where_and_what_was_said(coro: Coro, pr: Pull, probe: tuple[str, ...]) -> None:
    job = coro("park", REF, "--on", "approved", "--title", "Ship it", "--", *probe).id
    coro("message", job, "rebase on main first", "--no-resume")
    pr.approve("alice", body="Looks good to me")
    coro("poll")
    text = told(coro, job)["stdin"]
    places = [text.index(part) for part in ("Ship it", "alice approved", REF, "https://", "Looks good to me", "rebase on main first")]
    assert places == sorted(places) and text.endswith("\n")


def test_the_event_file_is_private_and_holds_the_batch(coro: Coro, pr: Pull, probe: tuple[str, ...]) -> None:
    job = coro("park", REF, "--on", "approved", "--", *probe).id
    coro("message", job, "hello", "--no-resume")
    pr.approve("alice", body="go")
    coro("poll")
    seen = told(coro, job)
    assert seen["mode"] == stat.S_IRUSR | stat.S_IWUSR
    assert set(seen["event"]) >= {"job", "run", "events", "messages", "satisfied"}
    assert (seen["event"]["job"], seen["event"]["run"], seen["event"]["satisfied"]) == (job, f"{job}.1", True)
    assert [event["name"] for event in seen["event"]["events"]] == ["pull_request:approved"]
    assert seen["event"]["messages"] == ["hello"]
    assert seen["event"]["events"][0]["body"] == "go" and Path(seen["file"]).exists()


def test_the_variables_are_all_there(coro: Coro, pr: Pull, probe: tuple[str, ...]) -> None:
    job = coro("park", REF, "--on", "approved", "--title", "T", "--phase", "deploy", "--", *probe).id
    pr.approve("alice")
    coro("poll")
    env = told(coro, job)["env"]
    assert {name: env[name] for name in env if name.startswith("CORO_")} == {
        "CORO_JOB_ID": job, "CORO_RUN_ID": f"{job}.1", "CORO_ATTEMPT": "1", "CORO_PHASE": "deploy", "CORO_TITLE": "T",
        "CORO_EVENT": "pull_request:approved", "CORO_REF": REF, "CORO_URL": env["CORO_URL"], "CORO_SATISFIED": "true",
        "CORO_MARKER": env["CORO_MARKER"], "CORO_HOME": str(coro.home), "CORO_EVENT_FILE": env["CORO_EVENT_FILE"],
    }  # fmt: skip
    assert env["CORO_URL"].startswith("https://") and job in env["CORO_MARKER"]


def test_an_event_that_was_not_waited_for_is_told_as_such(coro: Coro, pr: Pull, probe: tuple[str, ...]) -> None:
    job = coro("park", REF, "--on", "approved", "--", *probe).id
    pr.merge("alice")
    coro("poll")
    seen = told(coro, job)
    assert seen["env"]["CORO_SATISFIED"] == "false" and seen["event"]["satisfied"] is False
    assert seen["env"]["CORO_EVENT"] == "pull_request:merged"


def test_it_has_a_group_and_session_of_its_own_and_no_terminal(coro: Coro, pr: Pull, probe: tuple[str, ...]) -> None:
    job = coro("park", REF, "--on", "approved", "--", *probe, "two words", "$HOME;`id`", "--json").id
    coro("resume", job)
    seen = told(coro, job)
    assert seen["group"] and seen["session"] and not seen["tty"]
    assert seen["argv"] == ["two words", "$HOME;`id`", "--json"]
    assert [fd for fd in seen["fds"] if fd > 3] == []  # 3 is the directory that the probe is reading


def test_it_runs_where_it_was_parked_with_the_path_of_the_park(coro: Coro, pr: Pull, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "mytool").write_text('#!/bin/sh\npwd; echo "$GREETING $LC_ALL $VIRTUAL_ENV"\n')
    (tools / "mytool").chmod(0o755)
    there = tmp_path / "there"
    there.mkdir()
    env = {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "GREETING": "hi", "LC_ALL": "C", "VIRTUAL_ENV": "/some/venv"}
    job = coro("park", REF, "--on", "approved", "--env", "GREETING", "--cwd", str(there), "--", "mytool", env=env).id
    coro("resume", job)  # by a runner that knows nothing of all that
    assert coro("logs", job).out == f"{there}\nhi C /some/venv\n"


def test_what_was_not_set_at_the_park_is_not_the_runners_either(coro: Coro, pr: Pull, probe: tuple[str, ...]) -> None:
    without = {"LC_ALL": None, "LANG": "C", "VIRTUAL_ENV": None, "TZ": None}
    job = coro("park", REF, "--on", "approved", "--", *probe, env=without).id
    coro("resume", job, env={"LC_ALL": "C.UTF-8", "LC_TIME": "de_DE", "VIRTUAL_ENV": "/the/runners", "TZ": "UTC", "RUNNERS_OWN": "1"})
    env = told(coro, job)["env"]
    assert env["LANG"] == "C" and env["RUNNERS_OWN"] == "1"
    assert not {"LC_ALL", "LC_TIME", "VIRTUAL_ENV", "TZ"} & set(env)


def test_of_the_environment_only_what_is_promised_is_stored(coro: Coro, pr: Pull, probe: tuple[str, ...]) -> None:
    secrets = {"MY_API_KEY": "hunter2", "PARKED_ONLY": "yes"}
    job = coro("park", REF, "--on", "approved", "--env", "EXPLICIT=given", "--", *probe, env=secrets).id
    with sqlite3.connect(coro.home / "coro.db") as store:
        kept = json.loads(store.execute("SELECT env FROM jobs").fetchone()[0])
    store.close()
    assert set(kept) - {n for n in kept if n.startswith("LC_")} <= {
        "PATH", "LANG", "LANGUAGE", "TZ", "VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "EXPLICIT",
    }  # fmt: skip
    assert all(b"hunter2" not in file.read_bytes() for file in coro.home.rglob("*") if file.is_file())
    coro("resume", job, env={"RUNNERS_OWN": "1"})
    env = told(coro, job)["env"]
    assert env["EXPLICIT"] == "given" and env["RUNNERS_OWN"] == "1" and "PARKED_ONLY" not in env
    assert all(coro.env["SIM_TOKEN"] not in file.read_text("utf-8", "replace") for file in coro.home.rglob("*.json"))


def test_outside_text_is_only_in_the_file_and_on_stdin(coro: Coro, pr: Pull, probe: tuple[str, ...]) -> None:
    job = coro("park", REF, "--on", "commented", "--", *probe).id
    body = "; rm -rf ~ $(id) `id` \x00 \x1b[2J " + "z" * 200_000
    pr.comment("alice", body, association="MEMBER")
    coro("poll")
    seen = told(coro, job)
    assert all("rm -rf" not in value and len(value.encode()) <= 4096 for name, value in seen["env"].items() if name.startswith("CORO_"))
    assert all("rm -rf" not in word for word in seen["argv"])
    assert seen["event"]["events"][0]["body"] == body
    assert "rm -rf" in seen["stdin"] and "\x00" not in seen["stdin"]


def test_a_dry_run_prints_exactly_what_then_runs(coro: Coro, pr: Pull, probe: tuple[str, ...]) -> None:
    job = coro("park", REF, "--on", "approved", "--title", "T", "--", *probe).id
    plan = coro.json("resume", job, "--event", "approved", "--message", "hello", "--dry-run")
    assert coro.json("show", job)["state"] == "parked" and coro.json("show", job)["messages"] == []
    coro("resume", job, "--event", "approved", "--message", "hello")
    seen = told(coro, job)
    assert plan["command"] == list(probe) and plan["cwd"] == seen["cwd"] and plan["stdin"] == seen["stdin"]
    assert {k: v for k, v in seen["env"].items() if k in plan["env"]} == plan["env"]
    events = [[event["name"] for event in document["events"]] for document in (plan["event_file"], seen["event"])]
    assert events[0] == events[1] == ["pull_request:approved"]


def test_a_running_job_parks_itself_again_for_its_next_phase(coro: Coro, pr: Pull) -> None:
    again = f"{sys.executable} -m coro_cli park --job \"$CORO_JOB_ID\" --on merged --phase two"
    script = f'echo "$CORO_PHASE"; [ "$CORO_PHASE" = two ] || {again}'
    job = coro("park", REF, "--on", "approved", "--phase", "one", "--", "sh", "-c", script).id
    pr.approve("alice")
    coro("poll")
    shown = coro.json("show", job)
    assert (shown["state"], shown["phase"], shown["waits"][0]["on"]) == ("parked", "two", ["pull_request:merged"])
    pr.merge("alice")
    coro("poll")
    assert coro("logs", job).out == "two\n" and coro.json("show", job)["state"] == "completed"


def test_a_run_that_fails_after_parking_its_job_again_says_what_became_of_that_wait(coro: Coro, pr: Pull) -> None:
    script = f'{sys.executable} -m coro_cli park --job "$CORO_JOB_ID" --on merged; exit 9'
    job = coro("park", REF, "--on", "approved", "--", "sh", "-c", script).id
    pr.approve("alice")
    coro("poll")
    shown = coro.json("show", job)
    assert shown["state"] == "failed" and shown["waits"][0]["on"] == ["pull_request:approved"]
    assert "that wait is dropped" in json.dumps(shown["notes"])


def test_what_a_job_writes_on_a_line_does_not_wake_it_by_the_review_that_github_wraps_it_in(coro: Coro, pr: Pull) -> None:
    job = coro("park", REF, "--repeat", "--", "sh", "-c", 'echo "$CORO_MARKER" > marker').id
    pr.comment("alice", "have a look", association="MEMBER")
    coro("poll")
    pr.inline("me", "Done. " + (coro.cwd / "marker").read_text())
    found = coro.json("poll")
    assert {event["outcome"] for event in found["events"]} == {"own-marker"} and found["queued"] == []
    pr.inline("alice", "And this line?")
    assert coro.json("poll", "--no-resume")["queued"] == [job]
