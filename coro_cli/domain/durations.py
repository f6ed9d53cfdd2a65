"""Durations and instants: as typed, as hosts write them, as coro prints them. Instants are seconds since the epoch."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from coro_cli.errors import UsageError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_LAST_MS = 253_402_300_799_999  # 9999-12-31T23:59:59.999Z, the last instant RFC 3339 can write
_FIRST_MS = -62_135_596_800_000  # 0001-01-01T00:00:00Z, which hosts written in Go send for "never"
_LONGEST = 100 * 366 * 86400.0
# As seconds this is the year 5138, as milliseconds 1973: no host means either.
_FIRST_AS_MS = 100_000_000_000

_SIZES = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_COUNT = r"[0-9]{1,12}(?:\.[0-9]{1,9})?"
# Compiled when first used: many commands print a time, few read one.
_DURATION = r"\s*".join(rf"(?:({_COUNT})\s*{unit})?" for unit in _SIZES)
_TIME = (
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
    r"\s?([Zz]|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?)?"
)


def parse_duration(text: str, *, zero: bool = False) -> float:
    """Seconds of `90s`, `15m`, `2h`, `3d`, `1w`, `1h30m`, or of a bare number of seconds. Raises UsageError.

    Units go from large to small, each once, with decimals if wanted (`1.5h`). Longest: a century. zero: none at all will do.
    """
    seconds = _seconds(text.strip()) if len(text) <= 80 else None
    if seconds is None:
        raise UsageError(f"`{_show(text)}` is not a duration", hint="write it like `90s`, `15m`, `1h30m`, `3d` or `1w`")
    if seconds == 0 and zero:
        return 0.0
    if not 0 < seconds <= _LONGEST:
        side = "longer than nothing" if seconds <= 0 else "at most a hundred years"
        raise UsageError(f"a duration is {side}, `{_show(text)}` is not", hint="write it like `90s`, `1h30m` or `3d`")
    return seconds


def parse_when(text: str, now: float) -> float:
    """The past instant meant by `--since`: `2h` (that long before `now`), an RFC 3339 time, or a date.

    A time or a date without a zone is UTC. Raises UsageError, also for what lies in the future.
    """
    text = text.strip()
    try:
        when = _instant(text) if re.fullmatch(_TIME, text) else now - parse_duration(text)
    except (UsageError, ValueError) as error:
        hint = "write how long ago (`2h`, `3d`), a date (`2026-11-23`) or a time (`2026-11-23T10:00:00Z`)"
        raise UsageError(f"`{_show(text)}` is not an instant", hint=hint) from error
    if when > now:
        raise UsageError(
            f"`{_show(text)}` lies in the future", hint=f"it is {rfc3339(now)} now; times without a zone are UTC"
        )
    return when


def rfc3339(seconds: float) -> str:
    """`2026-11-23T10:00:00Z`, with milliseconds only where there are any. Raises ValueError outside years 1 to 9999."""
    try:
        ms = round(seconds * 1000)
    except (OverflowError, ValueError) as error:
        raise ValueError(f"{seconds} is no instant") from error
    if not _FIRST_MS <= ms <= _LAST_MS + 1:
        raise ValueError(f"{seconds} is no instant")
    whole = _EPOCH + timedelta(milliseconds=min(ms, _LAST_MS))
    return whole.isoformat(timespec="milliseconds" if whole.microsecond else "seconds").replace("+00:00", "Z")


def parse_time(value: object) -> float:
    """An instant as a host gives it. Raises ValueError for all else.

    Takes RFC 3339 with any offset (`Z`, `+01:00`, `+0000`) and up to nine decimals, `2013-12-03 16:50:55 UTC` (as in
    webhooks of GitLab), a bare date, and epoch seconds or milliseconds as a number or in digits. No zone is UTC.
    """
    if isinstance(value, str):
        text = value.strip()
        return _number(int(text)) if re.fullmatch(r"[0-9]{1,15}", text) else _instant(text)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value)
    raise ValueError(f"not a time: {type(value).__name__}")


def human(seconds: float) -> str:
    """At most two units for a person: `3 d 4 h`, `2 m`, `45 s`, `0.4 s`. What is below nothing is `0 s`."""
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f}".removesuffix(".0") + " s"
    left, parts = round(min(seconds, _LONGEST * 100)), []
    for unit in "dhms":
        count, left = divmod(left, _SIZES[unit])
        parts.append(f"{count} {unit}" if count else "")
    first = next(i for i, part in enumerate(parts) if part)
    return " ".join(part for part in parts[first : first + 2] if part)


def _seconds(text: str) -> float | None:
    if re.fullmatch(r"-?" + _COUNT, text):
        return float(text)
    match = re.fullmatch(_DURATION, text, re.IGNORECASE)
    if match is None or not any(match.groups()):
        return None
    return sum(float(count) * size for count, size in zip(match.groups(), _SIZES.values(), strict=True) if count)


def _instant(text: str) -> float:
    """Plain arithmetic: `datetime` refuses a leap second and the mixed zone spellings of hosts."""
    match = re.fullmatch(_TIME, text)
    if match is None:
        raise ValueError(f"not a time: {_show(text)}")
    year, month, day = (int(match[i]) for i in (1, 2, 3))
    hour, minute, second = (int(match[i] or 0) for i in (4, 5, 6))
    if hour > 23 or minute > 59 or second > 60:
        raise ValueError(f"not a time: {_show(text)}")
    days = date(year, month, day).toordinal() - _EPOCH_DAY
    whole = days * 86400 + hour * 3600 + minute * 60 + second - _offset(match[8] or "Z")
    return _bounded(whole + float(f"0.{match[7] or 0}"))


def _offset(zone: str) -> int:
    if zone[0] not in "+-":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if hours > 23 or minutes > 59:
        raise ValueError(f"not a time zone: {zone}")
    return (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1)


def _number(value: float) -> float:
    if not 0 <= value <= _LAST_MS:  # also refuses NaN
        raise ValueError("not a time: the number is out of range")
    return _bounded(value / 1000 if value >= _FIRST_AS_MS else float(value))


def _bounded(seconds: float) -> float:
    """Only instants that can be written again."""
    if not _FIRST_MS <= seconds * 1000 < _LAST_MS + 1:
        raise ValueError("not a time: out of range")
    return seconds


def _show(text: str) -> str:
    return "".join(c if c.isprintable() and c != "`" else "?" for c in text[:40])
