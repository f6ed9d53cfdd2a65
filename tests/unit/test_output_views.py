"""Every view as it looks, held in files; and what no view may ever do.

`CORO_REWRITE_SNAPSHOTS=1 pytest tests/unit/test_output_views.py` writes the pictures anew; read the diff.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coro_cli import guides
from coro_cli.output import live, views
from coro_cli.output.parts import seconds_of
from coro_cli.output.terminal import Terminal, cell_width

SNAPSHOTS = Path(__file__).parent / "snapshots" / "output"
SAMPLES: dict[str, dict[str, Any]] = json.loads((SNAPSHOTS / "samples.json").read_text(encoding="utf-8"))
NOW = seconds_of("2026-01-02T12:00:00Z") or 0.0

PLAIN = Terminal(width=60, tty=True, unicode=True, now=NOW)
LOOKS = {
    "60 columns, plain": PLAIN,
    "60 columns, coloured": replace(PLAIN, colour=True),
    "120 columns, plain": replace(PLAIN, width=120),
    "120 columns, coloured, linked": replace(PLAIN, width=120, colour=True, links=True),
    "40 columns, ASCII": replace(PLAIN, width=40, unicode=False),
    "no terminal": Terminal(unicode=True, now=NOW),
}
OWN_SEQUENCES = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;;[!-~]*\x1b\\")


def pictured(sample: dict[str, Any], terminal: Terminal) -> list[str]:
    return list(views.load(sample["view"])(sample["data"], terminal))


def bare(line: str) -> str:
    return OWN_SEQUENCES.sub("", line)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_view_looks_as_it_did(name: str) -> None:
    sections = (
        f"=== {look} ===\n" + "".join(f"{line}\n" for line in pictured(SAMPLES[name], terminal))
        for look, terminal in LOOKS.items()
    )
    picture = "\n".join(sections).replace("\x1b", "␛")
    held = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("CORO_REWRITE_SNAPSHOTS"):
        held.write_text(picture, encoding="utf-8")
    assert picture == held.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SAMPLES)
def test_colour_only_adds_and_never_moves_a_letter(name: str) -> None:
    coloured = pictured(SAMPLES[name], LOOKS["60 columns, coloured"])
    assert [bare(line) for line in coloured] == pictured(SAMPLES[name], PLAIN)


@pytest.mark.parametrize("name", SAMPLES)
def test_an_ascii_terminal_gets_no_mark_of_ours_beyond_ascii(name: str) -> None:
    text = json.dumps(SAMPLES[name]["data"], ensure_ascii=False)
    drawn = "\n".join(pictured(SAMPLES[name], replace(PLAIN, unicode=False, width=120)))
    assert {ch for ch in drawn if not ch.isascii()} <= set(text)


@pytest.mark.parametrize("view", ["jobs", "events"])
def test_an_empty_list_tells_a_person_the_next_step_and_a_script_nothing(view: str) -> None:
    empty: dict[str, Any] = {"view": view, "data": []}
    assert "coro p" in "\n".join(pictured(empty, PLAIN))
    assert pictured(empty, Terminal()) == []


def test_a_script_gets_the_same_number_of_fields_in_every_row() -> None:
    for name in ("jobs", "events"):
        rows = [line.split("\t") for line in pictured(SAMPLES[name], LOOKS["no terminal"])]
        assert len(rows) == len(SAMPLES[name]["data"])
        assert len({len(row) for row in rows}) == 1


def test_verbose_shows_the_whole_text_of_a_comment() -> None:
    short = "\n".join(pictured(SAMPLES["show"], replace(PLAIN, width=120)))
    whole = "\n".join(pictured(SAMPLES["show"], replace(PLAIN, width=120, verbose=True)))
    assert "Third line." in whole
    assert "Third line." not in short


def test_a_dry_run_shows_every_argument_byte_for_byte() -> None:
    shown = "\n".join(pictured(SAMPLES["dry_run"], replace(PLAIN, width=120)))
    assert r"""./ship.sh --tag 'it'\''s v2' $'a\e[31mb'""" in shown


HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\x1b\x9b\x9d\x07\r\n\t\x7f\x00\u202e\u2066\u200b\u2028\ud800\udfff\ufe0f\u0301漢🙂한"),
    ),
    max_size=60,
) | st.sampled_from(
    ["\x1b[2J", "\x1b]0;owned\x07", "\x1b]8;;http://e.example\x1b\\x", "\x9b31m", "a\r\x1b[Kb", "x" * 300]
)


# Views whose every word and number is our own.
OWN = {"descriptors", "drill", "plan", "scenarios", "secrets", "topics", "welcome"}
FOREIGN = [name for name, sample in SAMPLES.items() if sample["view"] not in OWN]


def poisoned(data: Any, draw: Any) -> Any:
    """The same shape with hostile text in every string, and for the names that are keys (plugins, facts, variables)."""
    if isinstance(data, dict):
        named = {key for key in data if key in ("github", "jira", "parked", "CORO_TITLE", "approved")}
        ours = {"status"}
        return {draw(HOSTILE) if key in named else key: value if key in ours else poisoned(value, draw) for key, value in data.items()}
    if isinstance(data, list):
        return [poisoned(value, draw) for value in data]
    if isinstance(data, str) or data is None:
        return draw(st.one_of(HOSTILE, st.just(data)))
    return draw(st.one_of(st.just(data), st.none(), st.integers(), st.floats())) if not isinstance(data, bool) else data


@pytest.mark.parametrize("name", FOREIGN)
@settings(max_examples=40, deadline=None)
@given(chosen=st.data(), width=st.integers(20, 130), unicode=st.booleans(), fancy=st.booleans())
def test_no_view_lets_foreign_controls_or_long_lines_through(
    name: str, chosen: Any, width: int, unicode: bool, fancy: bool
) -> None:
    data = poisoned(SAMPLES[name]["data"], chosen.draw)
    terminal = replace(PLAIN, width=width, unicode=unicode, colour=fancy, links=fancy)
    for line in pictured({"view": SAMPLES[name]["view"], "data": data}, terminal):
        assert bare(line).isprintable(), repr(line)
        assert cell_width(bare(line)) <= width
        assert fancy or "\x1b" not in line


@pytest.mark.parametrize("name", FOREIGN)
@settings(max_examples=25, deadline=None)
@given(chosen=st.data())
def test_no_view_lets_foreign_controls_through_to_a_pipe(name: str, chosen: Any) -> None:
    data = poisoned(SAMPLES[name]["data"], chosen.draw)
    for line in pictured({"view": SAMPLES[name]["view"], "data": data}, Terminal(now=NOW)):
        assert line.replace("\t", "").isprintable(), repr(line)


def test_a_view_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError):
        views.load("os")


def test_every_view_is_held_in_a_file() -> None:
    assert {sample["view"] for sample in SAMPLES.values()} == set(views.MODULES) - {"page"}


HAPPENED = [(NOW - 60, "event", "event github:acme/api#42 approved by alice -> woke"), (NOW - 9, "run-started", "run k7m2qp.1 started")]


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
@pytest.mark.parametrize("rows", [8, 24, 50])
def test_the_live_view_fits_the_terminal_and_names_the_jobs(columns: int, rows: int) -> None:
    terminal = replace(PLAIN, width=columns)
    jobs = SAMPLES["jobs"]["data"]
    lines = live.screen(SAMPLES["status"]["data"], jobs, HAPPENED * 20, terminal, rows)
    assert len(lines) < rows and max(map(cell_width, lines)) <= columns
    if rows > 8:
        assert any(line.startswith("k7m2qp  parked") for line in lines) and any("k7m2qp.1" in line for line in lines)
        assert lines[-1] == "Ctrl-C stops; running jobs live on"
    crowd = live.screen(SAMPLES["status"]["data"], jobs * 20, HAPPENED, terminal, rows)
    assert len(crowd) < rows
    assert rows != 50 or any("more: coro jobs" in line for line in crowd)


@pytest.mark.parametrize("topic", guides.written())
def test_a_page_of_the_manual_fits_and_keeps_its_backticks_without_colour(topic: str) -> None:
    page = {"view": "page", "data": {"topic": topic, "markdown": guides.page(topic)}}
    shown = pictured(page, replace(PLAIN, width=80))
    assert max(map(cell_width, shown)) <= 80
    assert "`" in "\n".join(shown) and "\x1b" not in "\n".join(shown)
    plain = "\n".join(pictured(page, replace(PLAIN, width=80, unicode=False)))
    assert not set("─│•…▶→≤") & set(plain)
