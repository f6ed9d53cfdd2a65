"""What a look brought becomes events, in one transaction with the snapshot that later looks are compared with."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import replace

from coro_cli.domain import diff, events
from coro_cli.domain.diff import remembering
from coro_cli.domain.events import Event
from coro_cli.domain.snapshot import Snapshot
from coro_cli.plugins.base import Look, Watched
from coro_cli.polling.plugin_set import Member
from coro_cli.store import inbox, parking, rows
from coro_cli.store.database import Database
from coro_cli.store.transitions import Recorded
from coro_cli.system import regex

# A change in the second in which we looked may be followed by another in the same second: look again next time.
FRESH = 2.0
# As in `object_seen`.
SET_BACK = 900.0


def record_look(
    db: Database, member: Member, look: Look, watched: Mapping[str, Watched], *, now: float, skew: float, asked: float | None = None,
    source: str = "poll",
) -> Recorded:  # fmt: skip
    """Events of snapshots that were just read. An answer older than the one we have is left out. asked: as in `Seen`."""
    assert member.plugin is not None  # its answers are being read
    events: list[Event] = []
    fresh: dict[str, Snapshot] = {}
    for ref, snapshot in look.snapshots.items():
        row, one = db.one("object_get", ref=ref), watched.get(ref)
        before = rows.snapshot(row)
        if before is not None and _is_rival(before, snapshot):
            continue
        if parking.is_overtaken(row, snapshot, asked) or (one is not None and one.quick and _is_stale(row, asked, now)):
            db.run("object_dirty", ref=ref, now=now)  # what it has seen besides is found by the next one
            continue
        if before is not None and (before.id != snapshot.id or before.looked_at > snapshot.looked_at):
            before = None  # another object under the same name, or another time: nothing of it is to be compared
        if snapshot.checks is None and before is not None and before.head == snapshot.head:
            snapshot = replace(snapshot, checks=before.checks)
        snapshot = remembering(before, snapshot)
        news = list(diff.found(before, snapshot, ref, since=one.since - 1 if one else snapshot.looked_at))
        events += [replace(event, source=source) for event in news]
        dirty = snapshot.updated_at > snapshot.looked_at - FRESH
        parking.see(db, member.name, ref, snapshot, now=now, asked=asked, marker=member.plugin.mark(snapshot), dirty=dirty)
        fresh[ref] = snapshot
        if before is not None:
            _sample(db, member.name, news, source, now, skew)
    return inbox.record(db, events, fresh, now=now, search=regex.search, skew=skew)


def _is_rival(before: Snapshot, snapshot: Snapshot) -> bool:
    """Whether what we have is newer: two doors asked at the same time. Of one second (hosts cut) the host's own time decides.

    A look that is a quarter of an hour ahead is no rival: the host's clock was set back.
    """
    if before.looked_at == snapshot.looked_at:
        return before.updated_at > snapshot.updated_at
    return snapshot.looked_at < before.looked_at <= snapshot.looked_at + SET_BACK


def _is_stale(row: sqlite3.Row | None, asked: float | None, now: float) -> bool:
    """A quick look takes over from the one before it what it does not ask for: that must still be the last."""
    return row is not None and asked is not None and asked < (row["read_at"] or 0.0) <= now


def _sample(db: Database, plugin: str, news: list[Event], source: str, now: float, skew: float) -> None:
    """The lag of what happened while a runner was looking; what was missed while none ran is catching up, not lag."""
    row = db.one("plugin_get", name=plugin) if news else None
    if row is None or row["polled_at"] is None or row["interval"] is None:
        return
    if now - row["polled_at"] > 3 * row["interval"] + 30:
        return
    for event in news:
        if event.actor.kind != "ghost" or events.short_of(event.name) in ("merged", "closed"):
            db.run("lag_insert", plugin=plugin, source=source, now=now, seconds=max(now + skew - event.occurred_at, 0.0))
