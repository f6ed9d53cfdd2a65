"""Durations and instants, as typed, as hosts write them, as printed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coro_cli.domain.durations import human, parse_duration, parse_time, parse_when, rfc3339
from coro_cli.errors import UsageError

NOW = 1795428000.0  # 2026-11-23T10:00:00Z


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("15m", 900),
        ("2h", 7200),
        ("3d", 259200),
        ("1w", 604800),
        ("1h30m", 5400),
        ("1w2d3h4m5s", 604800 + 2 * 86400 + 3 * 3600 + 4 * 60 + 5),
        (" 1H 30M ", 5400),
        ("45", 45),
        ("0.5", 0.5),
        ("1.5h", 5400),
        ("0h1s", 1),
        ("36500d", 36500 * 86400),
    ],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


def test_no_time_at_all_is_a_duration_where_it_is_asked_for() -> None:
    assert parse_duration("0", zero=True) == parse_duration("0s", zero=True) == 0
    with pytest.raises(UsageError):
        parse_duration("", zero=True)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "0",
            "0s",
            "0h0m",
            "-5",
            "-5m",
            "abc",
            "5x",
            "5 minutes",
            "500ms",
            "h",
            "1m1h",
            "1h1h",
            "1..5h",
            "1.h",
            ".5h",
        ),
        *("1e3", "inf", "nan", "٣s", "５m", "1,5h", "5m\x00", "99999999999d", "999999999999w", "9" * 100, "1h\x1b[31m"),
    ],
)
def test_nonsense_is_a_usage_error_with_an_example(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_duration(text)
    assert caught.value.hint is not None and "`90s`" in caught.value.hint
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2h", NOW - 7200),
        ("1h30m", NOW - 5400),
        ("60", NOW - 60),
        ("2026-11-23T10:00:00Z", NOW),
        ("2026-11-23T11:00:00+01:00", NOW),
        ("2026-11-23 09:59", NOW - 60),
        ("2026-11-23", NOW - 36000),
        (" 2026-11-22 ", NOW - 36000 - 86400),
    ],
)
def test_since_takes_a_duration_a_time_or_a_date(text: str, when: float) -> None:
    assert parse_when(text, NOW) == when


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01", "2026-02-30", "2026-11-23T25:00:00Z", "-2h", "0", "23.11.2026"]
)
def test_since_refuses_what_is_no_instant(text: str) -> None:
    with pytest.raises(UsageError, match="is not an instant") as caught:
        parse_when(text, NOW)
    assert caught.value.hint


def test_since_refuses_the_future() -> None:
    with pytest.raises(UsageError, match="lies in the future"):
        parse_when("2026-11-23T10:00:01Z", NOW)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (NOW, "2026-11-23T10:00:00Z"),
        (NOW + 0.25, "2026-11-23T10:00:00.250Z"),
        (NOW + 0.0004, "2026-11-23T10:00:00Z"),
        (NOW - 0.0004, "2026-11-23T10:00:00Z"),
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (-62135596800, "0001-01-01T00:00:00Z"),
        (253402300799.9996, "9999-12-31T23:59:59.999Z"),
    ],
)
def test_an_instant_is_written_in_utc(seconds: float, text: str) -> None:
    assert rfc3339(seconds) == text


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -math.inf, 1e300, 253402300800.5, -62135596801])
def test_what_is_no_instant_is_not_written(seconds: float) -> None:
    with pytest.raises(ValueError, match="no instant"):
        rfc3339(seconds)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z"),
        ("2026-11-23T10:00:00+00:00", "2026-11-23T10:00:00Z"),
        ("2026-11-23T10:00:00+0000", "2026-11-23T10:00:00Z"),
        ("2026-11-23T11:00:00+01:00", "2026-11-23T10:00:00Z"),
        ("2026-11-23T05:30:00.000-0430", "2026-11-23T10:00:00Z"),
        ("2026-11-23T10:00:00-00:00", "2026-11-23T10:00:00Z"),
        ("2026-11-23T10:00:00.5Z", "2026-11-23T10:00:00.500Z"),
        ("2026-11-23T10:00:00.123456789+00:00", "2026-11-23T10:00:00.123Z"),
        ("2026-11-23t10:00:00,1234567z", "2026-11-23T10:00:00.123Z"),
        ("2013-12-03 16:50:55 UTC", "2013-12-03T16:50:55Z"),
        ("2013-12-03 16:50:55 +0100", "2013-12-03T15:50:55Z"),
        ("2013-12-03 16:50:55", "2013-12-03T16:50:55Z"),
        ("2013-12-03", "2013-12-03T00:00:00Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        (1795428000, "2026-11-23T10:00:00Z"),
        (1795428000123, "2026-11-23T10:00:00.123Z"),
        (1795428000.25, "2026-11-23T10:00:00.250Z"),
        ("1795428000123", "2026-11-23T10:00:00.123Z"),
        (0, "1970-01-01T00:00:00Z"),
    ],
)
def test_a_time_of_a_host_is_read(value: object, text: str) -> None:
    assert rfc3339(parse_time(value)) == text


@pytest.mark.parametrize(
    "value",
    [
        *("", "now", "2026-02-30T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T10:60:00Z", "2026-11-23T10:00:61Z"),
        *("2026-11-23T10:00:00+24:00", "2026-11-23T10:00:00+01:60", "2026-11-23T10:00:00.1234567890Z", "0000-01-01"),
        *("2026-11-23T10:00:00Z; x", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "9" * 16, "٢٠٢٦-11-23"),
        *(None, True, -1, math.nan, math.inf, 10**18, 10**400, [], {}),
    ],
)
def test_what_is_no_time_is_a_value_error(value: object) -> None:
    with pytest.raises(ValueError, match=r"not a time|out of range|year"):
        parse_time(value)


@settings(deadline=None)
@given(st.floats(-62135596800, 253402300799, allow_nan=False))
def test_an_instant_comes_back_to_the_millisecond(seconds: float) -> None:
    assert abs(parse_time(rfc3339(seconds)) - seconds) <= 0.0006


@settings(deadline=None)
@given(
    st.one_of(
        st.text(max_size=40), st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}[Z+].{0,6}")
    )
)
def test_any_text_is_a_time_or_a_value_error(text: str) -> None:
    try:
        seconds = parse_time(text)
    except ValueError:
        return
    assert rfc3339(seconds)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=40), st.from_regex(r"[0-9.]{1,14}[wdhms]?[0-9.]{0,14}[wdhms]?", fullmatch=True)))
def test_any_text_is_a_duration_or_a_usage_error(text: str) -> None:
    try:
        seconds = parse_duration(text)
    except UsageError as error:
        assert error.hint
    else:
        assert 0 < seconds < math.inf


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (-3, "0 s"),
        (0.4, "0.4 s"),
        (0.04, "0 s"),
        (0.999, "1 s"),
        (1.52, "1.5 s"),
        (9.97, "10 s"),
        (45, "45 s"),
        (59.6, "1 m"),
        (90, "1 m 30 s"),
        (120, "2 m"),
        (3599.7, "1 h"),
        (3 * 86400 + 4 * 3600 + 59 * 60, "3 d 4 h"),
        (86400 + 5, "1 d"),
    ],
)
def test_a_duration_is_said_in_at_most_two_units(seconds: float, text: str) -> None:
    assert human(seconds) == text
