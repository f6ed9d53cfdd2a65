"""Times as people say them. Seconds in, a few characters out."""

from __future__ import annotations

# (unit in seconds, letter, how many of it are said before the next unit takes over)
_UNITS = ((1, "s", 120), (60, "m", 120), (3600, "h", 48), (86400, "d", 60), (86400 * 30.44, "mo", 24))
_YEAR = 86400 * 365.25


def span(seconds: float) -> str:
    """How long: `1.3s`, `90s`, `75m`, `26h`, `5d`; tenths only below ten seconds."""
    seconds = abs(seconds)
    if seconds < 9.95 and round(seconds, 1) != int(seconds):
        return f"{seconds:.1f}s"
    return _said(seconds)


def ago(seconds_since: float) -> str:
    """`3m ago`; `now` within a second, `in 3m` where a clock runs ahead of ours."""
    if abs(seconds_since) < 1:
        return "now"
    said = _said(abs(seconds_since))
    return f"{said} ago" if seconds_since > 0 else f"in {said}"


def until(seconds_left: float) -> str:
    """`in 2h`; `3m ago` for what is past."""
    return ago(-seconds_left)


def seconds_of(moment: object) -> float | None:
    """Epoch seconds of an RFC 3339 string (or of a finite number); None for what is no time."""
    if isinstance(moment, (int, float)) and not isinstance(moment, bool):
        return float(moment) if abs(moment) < 1e12 else None
    if not isinstance(moment, str) or not moment:
        return None
    from datetime import UTC, datetime

    try:
        parsed = datetime.fromisoformat(moment)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _said(seconds: float) -> str:
    for size, letter, limit in _UNITS:
        if seconds / size < limit - 0.5:
            return f"{round(seconds / size)}{letter}"
    return f"{round(seconds / _YEAR)}y" if seconds < 1000 * _YEAR else "ages"
