"""The claims of `coro guide security`, one test each, where no other test has them: files, tokens, hostile text, patterns."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import Coro, until

from coro_cli.drills.host.github import GitHubHost
from coro_cli.drills.host.github.pull import Pull
from coro_cli.system import regex

REF = "github:acme/api#42"
ESCAPE = "\x1b]0;pwned\x07\x1b[2J\r\n2026-01-01T00:00:00Z FORGED line\n\x9b31m\u202egnp.exe"


@pytest.fixture
def pull(host: GitHubHost) -> Pull:
    """Pull request 42, opened a minute ago."""
    host.advance(-60)
    pull = host.pull("acme/api", 42, title="Nice\x1b[31m title")
    host.advance(60)
    return pull


@pytest.fixture
def no_umask() -> Iterator[None]:
    """As if a careless profile had said `umask 000`."""
    before = os.umask(0)
    yield
    os.umask(before)


def parked(coro: Coro, script: str, *options: str) -> str:
    """A job that runs this."""
    return coro("park", REF, "--on", "commented", *options, "--", "sh", "-c", script).id


def woken(coro: Coro, pull: Pull, job: str, text: str = "go") -> None:
    """A member's comment wakes the job, and it runs to its end."""
    pull.comment("alice", text, association="MEMBER")
    coro("poll")
    until(lambda: coro.json("show", job)["state"] not in ("parked", "queued", "running"))


def test_nothing_in_the_home_is_open_to_others_even_without_a_umask(coro: Coro, home: Path, pull: Pull, no_umask: None) -> None:
    (home / "config.toml").chmod(0o600)
    coro("webhook", "secret", "add", "--plugin", "github")
    job = parked(coro, "cat")
    woken(coro, pull, job)
    with coro.running("--interval", "1s"):
        made = [home, *home.rglob("*")]
        assert len(made) > 8
        open_ = {str(path.relative_to(home)): oct(path.lstat().st_mode) for path in made if stat.S_IMODE(path.lstat().st_mode) & 0o077}
    assert open_ == {}


@pytest.mark.parametrize(("endings", "state"), [(("log", "json", "prompt", "exit.part", "unbegun"), "completed"), (("exit",), "parked")])
def test_no_file_of_a_run_is_written_through_somebody_elses_link(
    coro: Coro, home: Path, pull: Pull, tmp_path: Path, endings: tuple[str, ...], state: str
) -> None:
    job, victim = parked(coro, "echo out"), tmp_path / "victim"
    victim.write_text("precious")
    folder = home / "runs" / job
    folder.mkdir(mode=0o700, parents=True)
    for ending in endings:
        (folder / f"1.{ending}").symlink_to(victim)
    pull.comment("alice", "go", association="MEMBER")
    coro("poll")
    assert victim.read_text() == "precious"
    assert coro.json("show", job)["state"] == state, "an end that the store does not know of holds the job"


def test_pruning_never_reaches_out_of_the_home(coro: Coro, home: Path, pull: Pull, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("x")
    woken(coro, pull, parked(coro, "true"))
    (home / "runs" / "elsewhere").symlink_to(outside)
    (home / "runs" / "litter").mkdir()
    with sqlite3.connect(home / "coro.db") as store:
        store.execute("DELETE FROM cursors WHERE scope = 'prune'")
    store.close()
    coro("poll")
    assert not (home / "runs" / "litter").exists()
    assert (outside / "precious").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("logs", "../../../etc/passwd"), ("show", "../x"), ("logs", "."), ("explain", "a/../b"), ("cancel", "%2e%2e"),
        ("guide", "../../../etc/passwd"), ("drill", "../x"), ("resume", "--job", "../../x"), ("message", "--job", "..", "hello"),
    ],
)  # fmt: skip
def test_no_name_leads_out_of_the_home(coro: Coro, words: tuple[str, ...]) -> None:
    done = coro(*words)
    assert done.code in (2, 3)
    assert "root:" not in done.out + done.err


def test_foreign_text_is_shown_and_never_obeyed_by_terminal_or_log(coro: Coro, host: GitHubHost, pull: Pull) -> None:
    host.user("mallory")
    job = parked(coro, "true", "--title", "mine")
    with coro.popen("start", "--interval", "1s") as runner:
        try:
            host.wait_for(lambda r: r.path.endswith("/pulls"), timeout=20)
            pull.comment("alice", ESCAPE, association="MEMBER")
            until(lambda: coro.json("show", job)["state"] == "completed")
        finally:
            runner.terminate()
        logged = b"".join(runner.communicate(timeout=20)).decode()
    shown = [coro(*words).out for words in (("events",), ("events", "-v"), ("show", job), ("show", job, "-v"), ("explain", job), ("jobs",))]
    assert any("FORGED" in text for text in shown), "the text itself is to be seen"
    for text in (logged, *shown):
        assert not [c for c in text if c != "\n" and c != "\t" and not c.isprintable()], ascii(text)
        assert not [line for line in text.splitlines() if line.startswith(("2026-01-01T00:00:00Z FORGED", "FORGED"))]


def test_nothing_typed_becomes_a_header_or_a_path_of_a_request(coro: Coro, host: GitHubHost, pull: Pull) -> None:
    assert coro("park", f"{REF}\r\nX-Evil: 1", "--on", "commented", "--", "true").code == 2
    assert coro("park", "github:acme/../../user#42", "--on", "commented", "--", "true").code in (2, 3)
    assert "unprintable" in coro("park", REF, "--on", "commented", "--", "true", env={"SIM_TOKEN": "abc\r\nX-Evil: 1"}).err
    assert not [r for r in host.requests if "x-evil" in r.headers or ".." in r.path]


def test_the_token_is_in_no_file_no_message_and_no_process_list(
    coro: Coro, host: GitHubHost, home: Path, pull: Pull, tmp_path: Path
) -> None:
    token, go = host.token.encode(), tmp_path / "go"
    job = parked(coro, f"while [ ! -e {go} ]; do sleep 0.05; done")
    with coro.running("--interval", "1s", "-v") as runner:
        pull.comment("alice", "go", association="MEMBER")
        until(lambda: coro.json("show", job)["state"] == "running")
        mine = [entry for entry in Path("/proc").glob("[0-9]*") if f"CORO_HOME={home}".encode() in _bytes(entry / "environ").split(b"\0")]
        lines = [_bytes(entry / "cmdline") for entry in mine]
        go.touch()
        until(lambda: coro.json("show", job)["state"] == "completed")
        told = str(runner.told).encode()
    host.revoke()
    said = coro("doctor")
    found = [str(path) for path in home.rglob("*") if path.is_file() and token in path.read_bytes()]
    assert len(lines) >= 2 and (found, [line for line in lines if token in line]) == ([], [])
    assert token not in told + (said.out + said.err).encode()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.mark.parametrize("pattern", ["(a+)+$", "(.*a){20}", "(a|aa)+$", "(x+x+)+y", r"(\w*\s*)*!$"])
def test_a_pattern_that_explodes_is_ended_after_a_second(pattern: str) -> None:
    hostile = ("a" * 4000 + "x" * 4000)[: regex.TEXT_LIMIT] + "?"
    began = time.monotonic()
    assert not regex.search(regex.check(pattern), hostile) or pattern == "(.*a){20}"
    assert time.monotonic() - began < regex.LIMIT + 20
    assert not regex.quick(pattern)
