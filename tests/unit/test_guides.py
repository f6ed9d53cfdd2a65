"""The manual tells the truth: its pages are held against the code."""

from __future__ import annotations

import re

import pytest

from coro_cli import guides
from coro_cli.commands import index
from coro_cli.domain import names, states, waits

ALL = "\n".join(guides.page(topic) for topic in guides.written())


def test_every_topic_has_its_page_and_every_page_its_topic() -> None:
    assert set(guides.written()) == set(guides.TOPICS)


def test_every_event_is_explained() -> None:
    page = guides.page("events")
    missing = [name for name in names.EVENT_NAMES if f"`{name}`" not in page]
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


def test_every_state_is_named() -> None:
    assert [s for s in states.ALL if s not in ALL] == []
