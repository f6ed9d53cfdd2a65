"""Reading single values, from TOML (typed) or from the environment and flags (text). Each raises ValueError."""

from __future__ import annotations

from typing import Any

from coro_cli.domain.durations import parse_duration
from coro_cli.domain.showing import show
from coro_cli.errors import UsageError


def duration(value: Any, *, least: float = 0.0) -> float:
    """Seconds of `60s`, or of a plain number of seconds."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("no duration")
    try:
        seconds = parse_duration(str(value))
    except UsageError as error:
        raise ValueError(error.message) from error
    if seconds < least:
        raise ValueError("too short")
    return seconds


def interval(value: Any) -> float:
    """A duration of at least a second."""
    return duration(value, least=1.0)


def share(value: Any) -> float:
    """A number above 0, at most 1."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("no number")
    number = float(value)
    if not 0 < number <= 1:  # also refuses NaN
        raise ValueError("out of range")
    return number


def count(value: Any) -> int:
    """A whole number from 1 to 256."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value) < 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 256:
        raise ValueError("no such count")
    return value


def argv(value: Any) -> tuple[str, ...]:
    """A program and its arguments: a list of text, or one line cut as a shell would cut it (and no more than cut)."""
    if isinstance(value, str):
        import shlex

        value = shlex.split(value)
    if not isinstance(value, list) or not all(isinstance(word, str) and "\0" not in word for word in value):
        raise ValueError("no list of text")
    if not value or not value[0].strip():
        raise ValueError("no program")
    return tuple(value)


def listed(value: Any) -> tuple[str, ...]:
    """As `argv`, from a list only: in a file nothing needs cutting."""
    if not isinstance(value, list):
        raise ValueError("no list")
    return argv(value)


def text(value: Any) -> str:
    """Text that is printable and fits on a line."""
    if not isinstance(value, str) or not value.isprintable() or len(value) > 10_000:
        raise ValueError("no text")
    return value


def described(value: Any) -> str:
    """A wrong value for an error's sentence. Of an address nothing is shown that may hold a secret."""
    if isinstance(value, str) and "://" in value and "@" in value:
        return "one with a user name or password"
    if isinstance(value, str):
        value = value.partition("?")[0] if "://" in value else value
        return f"`{show(value)}`" if value else "empty"
    if isinstance(value, dict):
        return "a section"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return f"`{show(str(value).lower() if isinstance(value, bool) else str(value))}`"
