"""Check runs and commit statuses: two systems, both count, by head commit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from coro_cli.domain.snapshot import Checks
from coro_cli.plugins.github.reader import Reader
from coro_cli.plugins.reading import moment

# https://docs.github.com/graphql/reference/enums#checkconclusionstate and #statusstate.
# Neutral and skipped checks do not stand in the way: so does GitHub's own merge box see it. A stale one never finished.
_WORDS = {
    "SUCCESS": "passed", "NEUTRAL": "passed", "SKIPPED": "passed",
    "FAILURE": "failed", "ERROR": "failed", "TIMED_OUT": "failed", "CANCELLED": "failed", "ACTION_REQUIRED": "failed",
    "STARTUP_FAILURE": "failed", "": "", "PENDING": "", "EXPECTED": "", "STALE": "",
}  # fmt: skip


def rollup(reader: Reader, url: str, sha: str, found: Iterable[tuple[str, str, Any]]) -> Checks:
    """All checks of one commit as one. found: (name, conclusion or state in any case, when it finished).

    One failure decides at once; success needs all of them, and at least one.
    """
    known = [(name, _word(reader, url, said.upper()), moment(at)) for name, said, at in found]
    failing = [(name, at) for name, word, at in known if word == "failed"]
    if failing:
        times = [at for _, at in failing if at is not None]
        return Checks(sha, "failed", min(times, default=None), tuple(sorted(name for name, _ in failing)), len(known))
    if not known:
        return Checks(sha, "none")
    if any(not word for _, word, _ in known):
        return Checks(sha, "pending", total=len(known))
    return Checks(sha, "passed", max((at for _, _, at in known if at is not None), default=None), (), len(known))


def _word(reader: Reader, url: str, said: str) -> str:
    if said not in _WORDS:
        reader.odd(url, "conclusion", said)
    return _WORDS.get(said, "")
