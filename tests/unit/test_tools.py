"""Other programs: no terminal, and an end to everything."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from coro_cli.system import subprocesses

ENV = {"PATH": "/usr/bin:/bin"}


def sh(script: str, seconds: float = 5.0, **more: str) -> subprocesses.Done:
    done = subprocesses.run(("sh", "-c", script), env=ENV, seconds=seconds, **more)
    assert done is not None
    return done


def alive(pid: int) -> bool:
    """Whether the process runs; a zombie that nobody has buried yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_program_is_asked_and_answers() -> None:
    done = sh('read word; echo "got $word"; echo noise >&2', text="this\n")
    assert (done.good, done.out) == (True, "got this\n")
    assert not sh("exit 3").good


def test_a_program_that_does_not_listen_is_no_error() -> None:
    assert sh("exec <&-; sleep 0.05", text="x" * 60_000).good


def test_a_program_has_no_terminal_to_prompt_on() -> None:
    assert sh("(: </dev/tty) 2>/dev/null && echo asked || echo alone").out == "alone\n"


def test_a_slow_program_is_stopped_with_all_that_it_started(tmp_path: Path) -> None:
    began = time.monotonic()
    done = sh(f"sleep 60 & echo $! > {tmp_path}/pid; wait", seconds=0.3)
    assert (done.late, done.good) == (True, False)
    assert time.monotonic() - began < 30
    pid = int((tmp_path / "pid").read_text())
    until = time.monotonic() + 30
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.01)
    assert not alive(pid)


def test_a_daemon_left_behind_neither_delays_the_answer_nor_dies(tmp_path: Path) -> None:
    began = time.monotonic()
    done = sh(f"sleep 60 & echo $! > {tmp_path}/pid; echo answer")
    pid = int((tmp_path / "pid").read_text())
    try:
        assert (done.good, done.out) == (True, "answer\n")
        assert time.monotonic() - began < 30
        assert alive(pid)
    finally:
        os.kill(pid, 9)


def test_a_flood_is_cut_and_is_no_answer() -> None:
    began = time.monotonic()
    done = sh("exec yes")
    assert not done.good
    assert time.monotonic() - began < 30
    assert len(done.out) < subprocesses.LIMIT + 100_000


def test_an_answer_is_not_in_the_representation() -> None:
    assert "hush" not in repr(sh("echo hush"))


@pytest.mark.parametrize("path", [".", "", "bin"])
def test_a_program_is_never_taken_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    (tmp_path / "bin").mkdir()
    for place in (tmp_path, tmp_path / "bin"):
        (place / "gh").write_text("#!/bin/sh\necho taken\n")
        (place / "gh").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    assert subprocesses.run(("gh",), env={"PATH": path}, cwd=tmp_path) is None


def test_what_cannot_be_started_is_nothing(tmp_path: Path) -> None:
    assert subprocesses.run(("absent-program",), env=ENV) is None
    assert subprocesses.run(("sh", "a\0b"), env=ENV) is None
    assert subprocesses.run(("sh", "-c", "true"), env=ENV, cwd=tmp_path / "absent") is None
