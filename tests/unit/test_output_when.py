"""Times as people say them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coro_cli.output.parts import ago, seconds_of, span, until


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "now"),
        (0.4, "now"),
        (42, "42s ago"),
        (119.6, "2m ago"),
        (180, "3m ago"),
        (5400, "90m ago"),
        (7200, "2h ago"),
        (86400, "24h ago"),
        (3 * 86400, "3d ago"),
        (90 * 86400, "3mo ago"),
        (800 * 86400, "2y ago"),
        (1e15, "ages ago"),
        (-7200, "in 2h"),
    ],
)
def test_how_long_ago(seconds: float, said: str) -> None:
    assert ago(seconds) == said
    assert until(-seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0s"), (0.25, "0.2s"), (1.34, "1.3s"), (7, "7s"), (63, "63s"), (61.4, "61s")]
)
def test_how_long(seconds: float, said: str) -> None:
    assert span(seconds) == said


def test_a_time_is_read_from_rfc_3339_or_a_number() -> None:
    assert seconds_of("1970-01-01T00:01:00Z") == 60
    assert seconds_of("1970-01-01T01:01:00.5+01:00") == 60.5
    assert seconds_of(12) == 12


@pytest.mark.parametrize("junk", [None, "", "soon", True, float("nan"), float("inf"), [], "9999-99-99T00:00:00Z"])
def test_what_is_no_time_is_none(junk: object) -> None:
    assert seconds_of(junk) is None


@given(st.floats(allow_nan=False) | st.integers())
def test_any_number_of_seconds_is_said_in_few_letters(seconds: float) -> None:
    assert 0 < len(ago(seconds)) <= 9
    assert 0 < len(span(seconds)) <= 6
