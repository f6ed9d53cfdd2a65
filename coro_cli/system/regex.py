"""Regular expressions from users (`--match`): which are accepted, and searching outside text with them in bounded time."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from coro_cli.errors import UsageError

LIMIT = 1.0
_CHILD = (
    "import json,re,sys;p,t=json.load(sys.stdin);"
    "sys.exit(0 if re.search(p,t,re.M) else 3)"
)  # fmt: skip


def search(pattern: str, text: str) -> bool:
    """Whether the pattern is found; a search that takes longer than a second has not found it."""
    if quick(pattern):
        return plain_search(pattern, text)
    import json
    import subprocess
    import sys

    try:
        child = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _CHILD],
            input=json.dumps([pattern, text[: TEXT_LIMIT]]).encode(), timeout=LIMIT, capture_output=True, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False
    return child.returncode == 0


# `--match`: which regular expressions are accepted, and which of them are quick on any text.
#
# Python's engine backtracks: two open-ended repeats can take minutes on a text made for it. Such a pattern is only ever run in
# a process of its own with a time limit (`coro_cli.bounded`); one that is `quick` is run in place.


TEXT_LIMIT = 8192
PATTERN_LIMIT = 500


def check(pattern: str) -> str:
    """The pattern itself, or UsageError with the place of the mistake."""
    if len(pattern) > PATTERN_LIMIT:
        raise UsageError(f"the regular expression is longer than {PATTERN_LIMIT} characters", hint="name the few words that matter")
    try:
        _compiled(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(
            f"`--match` is not a regular expression: {error}", hint="escape special characters with `\\`, e.g. --match 'v1\\.2'"
        ) from error
    return pattern


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.MULTILINE)


def plain_search(pattern: str, text: str) -> bool:
    """Whether the pattern is found in the first 8,192 characters; `^` and `$` stand for the ends of lines."""
    return _compiled(pattern).search(text[:TEXT_LIMIT]) is not None


@lru_cache(maxsize=256)
def quick(pattern: str) -> bool:
    """Whether the time to search 8,192 characters is bounded by a fraction of a second whatever the text."""
    from re import _parser  # type: ignore[attr-defined]

    return _open_ended(_parser.parse(pattern)) <= 1


def _open_ended(parsed: Any) -> int:
    """How many open-ended repeats, look-arounds and back-references it holds; one inside another counts double."""
    count = 0
    for op, argument in parsed:
        name = str(op)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            low, high, body = argument
            inner = _open_ended(body) + sum(str(o) == "BRANCH" for o, _ in body) + _branches_below(body)
            count += 1 + 2 * inner if high - low > 8 else inner * max(1, high)
        elif name in ("GROUPREF", "GROUPREF_EXISTS", "ASSERT", "ASSERT_NOT"):
            count += 2
        elif name == "SUBPATTERN":
            count += _open_ended(argument[-1])
        elif name == "BRANCH":
            count += max(_open_ended(branch) for branch in argument[1])
    return count


def _branches_below(body: Any) -> int:
    return sum(str(o) == "BRANCH" for op, a in body if str(op) == "SUBPATTERN" for o, _ in a[-1])
