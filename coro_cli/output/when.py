"""Times as people say them. Seconds in, a few characters out."""

from __future__ import annotations

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
# (unit in seconds, letter, how many of it are still said in this unit)
_UNITS = (
    (1, "s", 60),
    (_MINUTE, "m", 60),
    (_HOUR, "h", 48),
    (_DAY, "d", 60),
    (_DAY * 30.44, "mo", 24),
    (_DAY * 365.25, "y", 10_000),
)


def span(seconds: float) -> str:
    """How long: `42s`, `3m`, `26h`, `5d`, rounded to the unit; below ten seconds with a tenth (`1.3s`)."""
    seconds = abs(seconds)
    if 0 < seconds < 9.95 and round(seconds, 1) != int(seconds):
        return f"{seconds:.1f}s"
    for size, letter, limit in _UNITS:
        count = round(seconds / size) if seconds < 1e12 else limit
        if count < limit:
            return f"{count}{letter}"
    return "ages"


def ago(seconds_since: float) -> str:
    """`3m ago`; `now` within a second, `in 3m` where a clock runs ahead of ours."""
    if abs(seconds_since) < 1:
        return "now"
    said = span(round(seconds_since))
    return f"{said} ago" if seconds_since > 0 else f"in {said}"


def until(seconds_left: float) -> str:
    """`in 2h`; `3m ago` for what is past."""
    return ago(-seconds_left)


def seconds_of(moment: object) -> float | None:
    """Epoch seconds of an RFC 3339 string (or of a number); None for what is no time."""
    if isinstance(moment, (int, float)) and not isinstance(moment, bool):
        return float(moment)
    if not isinstance(moment, str) or not moment:
        return None
    from datetime import UTC, datetime

    try:
        parsed = datetime.fromisoformat(moment)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
