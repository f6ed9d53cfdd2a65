"""Help: of every command, with an example; by every name that people try."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import pytest
from helpers import Coro

from coro_cli.commands import index


def commands(table: dict[str, tuple[str, str]], package: str, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], bool]]:
    """The words of every command, and whether it is a group."""
    for name, (target, _) in table.items():
        module, _, function = target.partition(":")
        loaded = import_module(f"{package}.{module}" if module else package)
        below = getattr(loaded, "TABLE", None) if not function else None
        yield (*path, name), below is not None
        if below is not None:
            yield from commands(below, f"{package}.{module}", (*path, name))


ALL = list(commands(index.TABLE, "coro_cli.commands"))
# The commands of the manual's table; more may come.
PROMISED = {
    "park", "resume", "message", "poll", "start", "status", "jobs", "show", "explain", "logs", "wait", "cancel", "retry", "events",
}  # fmt: skip


def test_every_promised_command_is_there() -> None:
    assert {path[0] for path, _ in ALL} >= PROMISED


@pytest.mark.parametrize(("path", "is_group"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_every_command_explains_itself_with_an_example(path: tuple[str, ...], is_group: bool, capfd: pytest.CaptureFixture[str]) -> None:
    assert index.run([*path, "--help"]) == 0
    out, err = capfd.readouterr()
    assert err == "" and f"Usage: coro {' '.join(path)}" in out
    assert "--json" in out and "--home" in out and "--quiet" in out and "--verbose" in out
    if not is_group:
        assert f"coro {' '.join(path)}" in out.partition("Example")[2]
    assert max(map(len, out.splitlines())) <= 80 or "example" in out.lower()


def test_help_lists_every_command_in_one_line_each(coro: Coro) -> None:
    out = coro("--help").out
    for name, (_, about) in index.TABLE.items():
        assert any(line.split()[:1] == [name] and about.split()[0] in line for line in out.splitlines()), name


def test_help_is_found_by_every_usual_name(coro: Coro) -> None:
    shown = coro("park", "--help")
    assert coro("help", "park").out == coro("park", "-h").out == shown.out
    assert coro("help").out == coro("--help").out == coro("-h").out


def test_coro_alone_says_what_to_do_next_and_makes_no_home(coro: Coro) -> None:
    fresh = Coro(coro.home.parent / "fresh", cwd=coro.cwd)
    done = fresh()
    assert done.code == 0 and "coro park" in done.out and "coro start" in done.out and "coro --help" in done.out
    assert not fresh.home.exists()
    assert fresh.json()["jobs"] == {}


def test_coro_alone_tells_of_waiting_jobs_that_nobody_looks_after(coro: Coro) -> None:
    coro("park", "github:acme/api#42", "--on", "merged", "--no-check")
    done = coro()
    assert "1 parked" in done.out and "coro start" in done.out
    assert coro.json()["next"][0]["command"] == "coro start"


def test_a_mistyped_command_is_met_with_the_nearest(coro: Coro) -> None:
    done = coro("prak")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: there is no command `coro prak`\n\nhint: did you mean `coro park`?")
    assert coro("help", "prak").code == 2


def test_a_mistyped_option_is_met_with_the_nearest(coro: Coro) -> None:
    assert "did you mean `--timeout`?" in coro("park", "x", "--timout", "5s").err


def test_the_version_is_one_line(coro: Coro) -> None:
    from coro_cli import __version__

    for words in (("--version",), ("-V",), ("--quiet", "--version"), ("--version", "--verbose")):
        assert coro(*words).out == f"coro {__version__}\n", words
    assert coro("--json", "--version").document == coro("--version", "--json").document == {"version": __version__}


@pytest.mark.parametrize("group", ["config", "webhook", "service", "edge"])
def test_a_group_alone_lists_its_commands_as_a_document_too(coro: Coro, group: str) -> None:
    listed = coro.json(group)["commands"]
    assert listed and all(entry["command"].startswith(f"coro {group} ") and entry["does"] for entry in listed)
