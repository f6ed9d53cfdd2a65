"""The short form of `python -m tests.bench`: that it measures at all, and the figures that do not hang on the machine's mood."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.bench import __main__ as bench
from tests.bench import core, github, hosts, trackers
from tests.bench.figures import Figure


def test_requests_of_an_idle_cycle_grow_with_repositories_and_not_with_jobs(tmp_path: Path) -> None:
    few, many = github.requests(tmp_path, True)
    assert not few.missed and not many.missed
    assert (few.measured.split(",")[0], many.measured.split(",")[0]) == ("1", "2"), "one request a repository"


@pytest.mark.parametrize("part", [github.checks, hosts.hosts, trackers.trackers])
def test_requests_stay_within_what_was_promised(tmp_path: Path, part: Callable[[Path, bool], Iterator[Figure]]) -> None:
    figures = list(part(tmp_path, True))
    assert figures and not [figure.row for figure in figures if figure.missed]


def test_an_event_costs_the_same_however_many_wait_for_others(tmp_path: Path) -> None:
    (figure,) = core.match(tmp_path, True)
    assert figure.ratio is not None and figure.ratio < 5, figure.row


@pytest.mark.parametrize("part", ["start-up", "claim", "wake", "verification", "deliveries"])
def test_a_part_of_the_table_is_measured_and_written_as_markdown(tmp_path: Path, part: str) -> None:
    rows = [figure.row for figure in bench.PARTS[part](tmp_path, True)]
    assert rows and all(row.count("|") == 6 for row in rows)
