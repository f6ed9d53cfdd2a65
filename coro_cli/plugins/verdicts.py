"""Checks of one commit taken together, whatever the host calls them."""

from __future__ import annotations

from collections.abc import Iterable

from coro_cli.domain.snapshot import Checks

PASSED, FAILED, PENDING = "passed", "failed", "pending"


def rollup(sha: str, verdicts: Iterable[tuple[str, str, float | None]]) -> Checks:
    """One failure decides at once; success needs all of them, and at least one.

    verdicts: (name, `passed failed pending`, when it came to that); of several by one name the newest counts.
    """
    newest: dict[str, tuple[str, float | None]] = {}
    for name, verdict, at in sorted(verdicts, key=lambda each: each[2] or 0.0):
        newest[name] = (verdict, at)
    times = [at for verdict, at in newest.values() if at is not None and verdict == FAILED]
    failing = tuple(sorted(name for name, (verdict, _) in newest.items() if verdict == FAILED))
    if failing:
        return Checks(sha, FAILED, min(times, default=None), failing, len(newest))
    if not newest:
        return Checks(sha, "none")
    if any(verdict == PENDING for verdict, _ in newest.values()):
        return Checks(sha, PENDING, total=len(newest))
    return Checks(sha, PASSED, max((at for _, at in newest.values() if at is not None), default=None), (), len(newest))
