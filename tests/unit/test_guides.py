"""The manual tells the truth: its pages are held against the code."""

from __future__ import annotations

import os
import pathlib
import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from coro_cli import guides
from coro_cli.commands import index
from coro_cli.config import schema
from coro_cli.domain import events, states, waits
from coro_cli.plugins import credentials

ALL = "\n".join(guides.page(topic) for topic in guides.written())


def test_every_topic_has_its_page_and_every_page_its_topic() -> None:
    assert set(guides.written()) == set(guides.TOPICS)


def test_every_event_is_explained() -> None:
    page = guides.page("events")
    missing = [name for name in events.EVENT_NAMES if f"`{name}`" not in page]
    assert not missing


def test_every_outcome_is_explained() -> None:
    page = guides.page("events")
    words = ("WOKE", "QUEUED", "NO_JOB", "NO_MATCH", "UNTRUSTED", "OWN_MARKER", "BEFORE_WAIT", "DUPLICATE", "HELD")
    outcomes = [getattr(waits, word) for word in words]
    assert [o for o in outcomes if f"| `{o}` |" not in page] == []


def test_every_exit_code_is_listed() -> None:
    listed = [int(code) for code in re.findall(r"^\| (\d+) \|", guides.page("exit-codes"), flags=re.MULTILINE)]
    assert listed == [0, 1, 2, 3, 4, 5, 6, 124, 130]


def test_every_command_is_mentioned() -> None:
    missing = [name for name in index.TABLE if name != "completion" and f"coro {name}" not in ALL]
    assert not missing


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`coro ([a-z]+)|^ {4}coro ([a-z]+)", ALL, flags=re.MULTILINE))))
def test_no_page_names_a_command_that_is_not_there(command: tuple[str, str]) -> None:
    assert "".join(command) in {*index.TABLE, "help"}


@pytest.mark.parametrize("row", re.findall(r"^\| ([^`|]{12,}?) \| ", guides.page("troubleshooting"), flags=re.MULTILINE))
def test_the_words_that_troubleshooting_names_are_said_somewhere(row: str) -> None:
    """So that who searches for what is on the screen finds it."""
    words = max(row.split(" … "), key=len)
    folder = os.path.dirname(os.path.dirname(guides.__file__))
    sources = (path.read_text(encoding="utf-8") for path in pathlib.Path(folder).rglob("*.py"))
    assert row.startswith("`coro explain`") or row == "a permission is named (403)" or any(words in source for source in sources)


def test_every_variable_that_is_read_is_on_its_page() -> None:
    page = guides.page("environment")
    missing = [field.variable for field in schema.FIELDS if field.variable not in page]
    tokens = [v.name for kind in credentials._KINDS.values() for v in kind]
    tokens += [v.name for v in (*credentials._GITHUB_COM, *credentials._GITHUB_ENTERPRISE)]
    assert missing + [name for name in tokens if f"`{name}`" not in page] == []


# ── the examples

README = (pathlib.Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def examples(text: str) -> list[str]:
    """The command lines of indented blocks and of code in a line."""
    blocks = [line.partition("  #")[0].strip() for line in re.findall(r"^ {4,}(.*\bcoro [a-z].*)$", text, flags=re.MULTILINE)]
    blocks = [line for line in blocks if "──" not in line]  # the picture of the states
    return [*blocks, *re.findall(r"`(coro [a-z][^`]*)`", text.replace("\n", " "))]


def calls(example: str) -> list[list[str]]:
    """The words behind each `coro` of a shell line; what follows a pipe, a comment or `&&` is no longer ours."""
    found = []
    for part in re.findall(r"\bcoro ((?:[a-z_]|--).*?)(?:$|\s#|\s\||\s&&|\s&\s|;|\)\"|\)\s&|\s>>?\s|\s<\s)", example):
        try:
            found.append(shlex.split(part.replace("…", "")))
        except ValueError:
            continue  # a quote that the cut has torn
    return [words for words in found if words]


@pytest.mark.parametrize("topic", [*(topic for topic in guides.written() if topic != "reference"), "README"])
def test_every_example_is_a_command_line_that_coro_understands(topic: str) -> None:
    for example in examples(README if topic == "README" else guides.page(topic)):
        for words in calls(example):
            understood(words, example)


def understood(words: list[str], example: str) -> None:
    """Whether the command is there, and each of its options. Nothing is carried out."""
    command: Any = index.group("coro", "", index.TABLE, "coro_cli.commands")
    before = words[: words.index("--")] if "--" in words else words
    while hasattr(command, "table") and before and not before[0].startswith("-"):
        if before[0] in ("help", "VERB", "COMMAND"):
            return
        assert before[0] in command.table, f"{before[0]} in {example}"
        command = command.get_command(None, before.pop(0))
    known = {name for parameter in command.params for name in parameter.opts} | {"--help", "-h", "--version"}
    used = {word.partition("=")[0] for word in before if re.fullmatch(r"--?[a-z][a-z-]*(=.*)?", word)}
    assert used <= known, f"{used - known} in {example}"


# ── the generated page


def test_the_reference_is_the_help_of_every_command() -> None:
    made = "".join(reference())
    path = pathlib.Path(guides.FOLDER) / "reference.md"
    if os.environ.get("CORO_REWRITE_SNAPSHOTS"):
        path.write_text(made, encoding="utf-8")
    assert made == path.read_text(encoding="utf-8")


def reference() -> Iterator[str]:
    yield "# The help of every command\n\n"
    yield "Each one also takes `--home DIR`, `--json`, `--quiet`, `--verbose` and `--help`.\n"
    yield from of_group(index.group("coro", "", index.TABLE, "coro_cli.commands"), "coro", None)


def of_group(group: Any, path: str, above: Any) -> Iterator[str]:
    context = typer.Context(group, info_name=path.rpartition(" ")[2], parent=above, terminal_width=80)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if hasattr(command, "table"):
            yield from of_group(command, f"{path} {name}", context)
            continue
        text = command.get_help(typer.Context(command, info_name=name, parent=context, terminal_width=80))
        kept = [line for line in text.splitlines() if not re.match(r"  (--home|--json|-q, --quiet|-v, --verbose|--help) ", line)]
        shown = re.sub(r"\n+Options:\s*$", "", "\n".join(kept).rstrip())
        yield f"\n## {path} {name}\n\n" + "".join(f"    {line}".rstrip() + "\n" for line in shown.splitlines())


def test_every_state_is_named() -> None:
    assert [s for s in states.ALL if s not in ALL] == []
