"""The short form of `python -m tests.bench`: that it measures at all, and the figures that do not hang on the machine's mood."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import parts


def test_requests_of_an_idle_cycle_grow_with_repositories_and_not_with_jobs(tmp_path: Path) -> None:
    few, many = parts.requests(tmp_path, True)
    assert not few.missed and not many.missed
    assert (few.measured.split(",")[0], many.measured.split(",")[0]) == ("1", "2"), "one request a repository"


def test_an_event_costs_the_same_however_many_wait_for_others(tmp_path: Path) -> None:
    (figure,) = parts.match(tmp_path, True)
    assert figure.ratio is not None and figure.ratio < 5, figure.row


@pytest.mark.parametrize("part", [parts.commands, parts.claim, parts.verification])
def test_a_part_of_the_table_is_measured_and_written_as_markdown(tmp_path: Path, part: object) -> None:
    rows = [figure.row for figure in part(tmp_path, True)]  # type: ignore[operator]
    assert rows and all(row.count("|") == 6 for row in rows)
