"""`--all`: which of the wanted events have come, on every ref they can happen to."""

from __future__ import annotations

from coro_cli.domain import waits
from coro_cli.domain.events import JOB, Event, covers, family_of
from coro_cli.domain.snapshot import Snapshot
from coro_cli.domain.waits import Wait
from coro_cli.store import rows
from coro_cli.store.database import Database


def still_missing(db: Database, wait: Wait, event: Event | None = None) -> list[str]:
    """What is still to come, as `pattern on ref`; the given event counts as come.

    Edges that came stay; a state event must still hold when the last one arrives.
    """
    come = _come(db, wait) + ([event] if event is not None else [])
    gaps = []
    for ref in wait.refs:
        snapshot = rows.snapshot(db.one("object_get", ref=ref))
        for pattern in wait.on:
            if _applies(pattern, snapshot) and not _has_come(wait, pattern, ref, snapshot, [e for e in come if e.ref == ref]):
                gaps.append(f"{pattern} on {ref}")
    return gaps


def _come(db: Database, wait: Wait) -> list[Event]:
    return [rows.event(row) for row in db.all("verdicts_towards", job=wait.job, wait=wait.id)]


def _applies(pattern: str, snapshot: Snapshot | None) -> bool:
    return family_of(pattern) != JOB and (snapshot is None or family_of(pattern) == snapshot.family)


def _has_come(wait: Wait, pattern: str, ref: str, snapshot: Snapshot | None, events: list[Event]) -> bool:
    from coro_cli.system import regex

    if snapshot is not None:
        now = waits.level_of(wait, pattern, snapshot, ref, regex.search)
        if now is not None:
            return now.true
    return any(waits.pattern_for(wait, e) == pattern or covers(pattern, e.name) for e in events)
