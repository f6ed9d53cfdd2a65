"""The same command into a pipe, onto wide and narrow terminals, with and without colour, for eyes and for programs."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping

import pexpect
import pytest
from helpers import COMMAND, Coro

from coro_cli.drills.host.github import GitHubHost

REF = "github:acme/api#42"
VIEWS = ("jobs", "show", "explain", "events", "status", "poll")
ESCAPE = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;;[^\x1b]*\x1b\\")
NASTY = "\x1b]0;owned\x07\x1b[2J\u202eevil\u202c \x07 caf\u00e9 \U0001f600 " + "long " * 60


@pytest.fixture
def job(coro: Coro, host: GitHubHost) -> str:
    """A job with a past, on a pull request whose texts are out to do harm."""
    pr = host.pull("acme/api", 42, title=NASTY)
    identity = coro("park", REF, "--on", "commented", "--repeat", "--title", NASTY.replace("\x07", "")[:400], "--", "printf", NASTY).id
    pr.comment("alice", NASTY, association="MEMBER")
    coro("poll")
    return identity


def words(view: str, job: str) -> list[str]:
    return [view, job] if view in ("show", "explain") else [view]


def on_terminal(coro: Coro, args: list[str], columns: int, env: Mapping[str, str | None]) -> str:
    """What a terminal of so many columns is sent."""
    full = coro.environment({"TERM": "xterm-256color", **env})
    child = pexpect.spawn(COMMAND[0], [*COMMAND[1:], *args], env=full, cwd=str(coro.cwd), dimensions=(24, columns), encoding="utf-8")
    shown = child.read()
    child.close()
    assert child.exitstatus == 0, shown
    return str(shown).replace("\r\n", "\n")


def cells(line: str) -> int:
    from coro_cli.output.text import cell_width

    return cell_width(ESCAPE.sub("", line))


@pytest.mark.parametrize("columns", [40, 60, 120])
def test_no_line_is_wider_than_the_terminal_and_nothing_outside_gets_through(coro: Coro, job: str, columns: int) -> None:
    for view in (*VIEWS, "logs", ""):
        args = [*words(view, job)] if view not in ("logs", "") else ["logs", job] if view else []
        shown = on_terminal(coro, args, columns, {})
        rest = ESCAPE.sub("", shown)
        assert "\x1b" not in rest and "\x07" not in rest and "\u202e" not in rest, view
        if view != "logs":  # output of a command is wrapped by the terminal itself
            assert max((cells(line) for line in rest.split("\n")), default=0) <= columns, view


def test_colour_is_for_terminals_that_want_it(coro: Coro, job: str) -> None:
    for view in VIEWS:
        args = words(view, job)
        if view != "poll":
            assert "\x1b[" in on_terminal(coro, args, 100, {}), view
        for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}, {"CLICOLOR": "0"}):
            assert "\x1b" not in on_terminal(coro, args, 100, env), (view, env)
        assert "\x1b" not in coro(*args).out, view
    assert "\x1b[" in coro("show", job, env={"CLICOLOR_FORCE": "1"}).out
    assert "\x1b" not in coro("show", job, env={"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}).out


def test_a_locale_without_unicode_gets_plain_marks(coro: Coro, job: str) -> None:
    for locale in ({"LC_ALL": "C"}, {"LC_ALL": "", "LANG": "C"}):
        shown = on_terminal(coro, ["explain", job], 100, locale)
        assert not set("✓✗╭├╰●◆▶…█") & set(shown)
    piped = subprocess.run(
        [*COMMAND, "jobs", "--json"], env=coro.environment({"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
        capture_output=True, check=True,
    )  # fmt: skip
    assert piped.stdout.isascii()


def test_a_pipe_gets_one_line_a_job_with_tabs(coro: Coro, job: str) -> None:
    (line,) = coro("jobs").out.splitlines()
    assert line.split("\t")[:2] == [job, "parked"]
    assert coro("jobs", "--quiet").out == coro("jobs").out


@pytest.mark.parametrize(
    "args", [("jobs",), ("show", "ID"), ("events", "--json"), ("logs", "ID"), ("--help",), ("--version",), ("resume", "ID")]
)
def test_a_reader_that_has_gone_is_no_error(coro: Coro, job: str, args: tuple[str, ...]) -> None:
    process = coro.popen(*(job if word == "ID" else word for word in args))
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr as err:
        said = err.read()
    assert process.wait(15) in ((0, 1) if args[0] == "resume" else (0,)) and b"Error" not in said and b"Traceback" not in said


@pytest.mark.parametrize("args", [("jobs",), ("jobs", "--json"), ("logs", "ID"), ("--help",), ("--version",), ()])
def test_output_that_is_lost_is_an_error(coro: Coro, job: str, args: tuple[str, ...]) -> None:
    with open("/dev/full", "wb") as full:
        process = coro.popen(*(job if word == "ID" else word for word in args), stdout=full)
    assert process.stderr is not None
    with process.stderr as err:
        said = err.read().decode()
    assert process.wait(15) == 1 and said.startswith("error: the output could not be written: ")


def test_notes_go_to_stderr_and_quiet_leaves_them_out(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 43)
    loud = coro("park", "github:acme/api#43", "--on", "merged")
    assert re.fullmatch(r"[a-z0-9]{6}\n", loud.out) and "coro start" in loud.err
    for flag in ("-q", "--quiet"):
        quiet = coro("park", "github:acme/api#43", "--on", "merged", flag)
        assert re.fullmatch(r"[a-z0-9]{6}\n", quiet.out) and quiet.err == ""
    assert coro("-q", "park", "github:acme/api#43", "--on", "merged").err == ""
