"""One polling pass over one plugin: detect what changed, read it, record what is news.

Three durable steps, each safe to die after: (1) what changed is marked `dirty` together with the cursor and the
validators that would hide it from the next detection; (2) each look records its events and clears the mark; (3) the
plugin's row says when the cycle ended. Nothing is marked clean before its events are recorded.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from coro_cli import bounded
from coro_cli.domain import edges, names
from coro_cli.domain.events import Event
from coro_cli.domain.refs import canonical
from coro_cli.domain.snapshot import OPEN
from coro_cli.errors import CoroError, Unavailable, Unreachable
from coro_cli.plugins.base import Look, Watched
from coro_cli.plugins.client import Client
from coro_cli.plugins.wire import Broken, Gone, Limited
from coro_cli.points import reach
from coro_cli.polling import fleet
from coro_cli.polling.fleet import Member
from coro_cli.store import inbox, parking, rows
from coro_cli.store.database import Database
from coro_cli.store.inbox import Recorded

CHUNK = 25
# Names whose change does not move the object's own "updated" time: these waits are looked at every cycle.
RESTLESS = frozenset({"checks_passed", "checks_failed", "conflicted", "thread_resolved"})
# A change in the second in which we looked may be followed by another in the same second: look again next time.
FRESH = 2.0


@dataclass(slots=True)
class Report:
    """What one cycle of one plugin did."""

    plugin: str
    requests: int = 0
    not_modified: int = 0
    charged: int = 0
    errors: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    queued: list[str] = field(default_factory=list)
    duration: float = 0.0
    caught_up: float = 0.0
    limited_until: float | None = None
    reachable: bool = True


def poll(db: Database, member: Member, watched: Sequence[Watched], *, whole: bool = True, source: str = "poll") -> Report:
    """One cycle. whole: ask the change detectors; else look at just these refs. source: the door that said so."""
    report, began = Report(member.name), time.monotonic()
    try:
        plugin, client = member.ready()
        _measure(client)
        fleet.introduce(db, member)
        if whole:
            for scope, group in by_scope(watched).items():
                _guard(report, lambda s=scope, g=group: _detect(db, member, client, s, g), db, group)
        _look_at_all(db, member, client, report, watched if not whole else needing(db, watched), source)
        _conclude(db, member, report)
    except CoroError as error:
        _stub(db, member, error, report)
    if member.client is not None:
        tally = member.client.tally
        report.requests, report.not_modified, report.charged = tally.requests, tally.not_modified, tally.charged
    report.duration = time.monotonic() - began
    return report


def _measure(client: Client) -> None:
    client.tally.requests = client.tally.not_modified = client.tally.charged = 0


def by_scope(watched: Iterable[Watched]) -> dict[str, list[Watched]]:
    """Grouped by repository or project: the unit of change detection."""
    groups: dict[str, list[Watched]] = {}
    for one in watched:
        groups.setdefault(one.ref.scope, []).append(one)
    return groups


def _guard(report: Report, step: Any, db: Database, group: Sequence[Watched]) -> None:
    """One repository's trouble is its own; a limit, refused credentials or a dead host concern all."""
    try:
        step()
    except CoroError as error:
        if isinstance(error, Limited) or fleet.is_refusal(error) or type(error) is Unreachable:
            raise
        report.errors.append(error.message)
        with db.transaction():
            for one in group:
                db.run("object_error", ref=str(one.ref), error=error.message, gone=int(isinstance(error, Gone)), now=time.time())


def _detect(db: Database, member: Member, client: Client, scope: str, group: Sequence[Watched]) -> None:
    row = db.one("cursor_get", plugin=member.name, scope=scope)
    client.validators = {
        v["url"]: (v["etag"], v["last_modified"]) for v in db.all("validators_of_plugin", plugin=member.name, token=member.token)
    }
    client.news.clear()
    assert member.plugin is not None  # poll() asked ready()
    changes = client.drive(member.plugin.changes(scope, group, row["value"] if row is not None else None))
    reach("poll.read")
    with db.transaction():
        for ref, mark in changes.marks.items():
            db.run("object_marked", ref=ref, marker=mark)
        for ref in changes.unknown:
            db.run("object_dirty", ref=ref)
        for url, (etag, modified) in client.news.items():
            db.run("validator_put", plugin=member.name, url=url, token=member.token, etag=etag, last_modified=modified, now=time.time())
        if changes.cursor is not None:
            db.run("cursor_put", plugin=member.name, scope=scope, value=changes.cursor)
        for one in group:
            db.run("object_well", ref=str(one.ref))


def needing(db: Database, watched: Sequence[Watched]) -> list[Watched]:
    """Marked dirty, never read, or waiting for something that does not move the object's own time."""
    found = []
    for one in watched:
        row = db.one("object_get", ref=str(one.ref))
        if row is None or row["dirty"] or row["read_at"] is None or (one.checks and _unsettled(one)):
            found.append(one)
    return found


def _unsettled(one: Watched) -> bool:
    seen = one.previous
    if seen is None or seen.state != OPEN:
        return seen is None
    return seen.checks is None or seen.checks.state in ("none", "pending") or seen.checks.sha != seen.head


def _look_at_all(
    db: Database, member: Member, client: Client, report: Report, watched: Sequence[Watched], source: str
) -> None:
    for start in range(0, len(watched), CHUNK):
        chunk = watched[start : start + CHUNK]
        assert member.plugin is not None  # poll() asked ready()
        asked = member.plugin.look(chunk)
        _guard(report, lambda a=asked, c=chunk: _take_in(db, member, client, report, client.drive(a), c, source), db, chunk)


def _take_in(
    db: Database, member: Member, client: Client, report: Report, look: Look, chunk: Sequence[Watched], source: str
) -> None:
    now, skew = time.time(), client.skew or 0.0
    with db.transaction("record"):
        done = record_look(db, member, look, {str(w.ref): w for w in chunk}, now=now, skew=skew, report=report, source=source)
        for ref, why in look.failed.items():
            db.run("object_error", ref=ref, error=why, gone=int(ref in look.gone), now=now)
    reach("poll.recorded")
    report.errors += [f"{ref}: {why}" for ref, why in look.failed.items()]
    report.events += done.new
    report.queued += done.queued


def record_look(
    db: Database, member: Member, look: Look, watched: dict[str, Watched], *, now: float, skew: float, report: Report, source: str = "poll"
) -> Recorded:
    """Events of snapshots that were just read. An answer older than the one we have is left out."""
    from dataclasses import replace

    events: list[Event] = []
    fresh = {}
    for ref, snapshot in look.snapshots.items():
        row = db.one("object_get", ref=ref)
        before = rows.snapshot(row)
        if before is not None and before.looked_at > snapshot.looked_at:
            continue
        if snapshot.checks is None and before is not None and before.head == snapshot.head:
            snapshot = replace(snapshot, checks=before.checks)
        snapshot = edges.remembering(before, snapshot)
        one = watched.get(ref)
        news = list(edges.found(before, snapshot, ref, since=one.since - 1 if one else snapshot.looked_at))
        events += [replace(e, source=source) for e in news]
        dirty = snapshot.updated_at > snapshot.looked_at - FRESH
        assert member.plugin is not None  # its answers are being read
        parking.see(db, member.name, ref, snapshot, now=now, marker=member.plugin.mark(snapshot), dirty=dirty)
        fresh[ref] = snapshot
        _sample(db, member.name, news, before is not None, source, now, skew)
    return inbox.record(db, events, fresh, now=now, search=bounded.search, skew=skew)


def _sample(db: Database, plugin: str, news: list[Event], watched_before: bool, source: str, now: float, skew: float) -> None:
    """The lag of what happened while a runner was looking; what was missed while none ran is catching up, not lag."""
    row = db.one("plugin_get", name=plugin)
    if not watched_before or row is None or row["polled_at"] is None or row["interval"] is None:
        return
    if now - row["polled_at"] > 3 * row["interval"] + 30:
        return
    for event in news:
        if event.actor.kind != "ghost" or names.short_of(event.name) in ("merged", "closed"):
            db.run("lag_insert", plugin=plugin, source=source, now=now, seconds=max(now + skew - event.occurred_at, 0.0))


def _conclude(db: Database, member: Member, report: Report) -> None:
    with db.transaction():
        row = db.one("plugin_get", name=member.name)
        if row is not None and row["polled_at"] is not None:
            report.caught_up = time.time() - row["polled_at"]
        fleet.remember(db, member)
        _attend(db, member.name, "")


def _stub(db: Database, member: Member, error: CoroError, report: Report) -> None:
    """Failure is not news: no job changes its state, but each says what it suffers from."""
    if isinstance(error, Limited):
        report.limited_until = error.until
    report.errors.append(error.message)
    report.reachable = not isinstance(error, Unreachable) or isinstance(error, Broken)
    reason = error.message.removeprefix(f"{member.name} is unavailable: ") if isinstance(error, Unavailable) else error.message
    with db.transaction():
        fleet.remember(db, member, state="stub", reason=reason)
        _attend(db, member.name, f"unavailable: {reason}")


def _attend(db: Database, plugin: str, text: str) -> None:
    db.run("attention_of_plugin", attention=text, mark="unavailable: %", refs=f"{plugin}:%")


def watched_of(db: Database, plugin: str, *, job: str | None = None) -> list[Watched]:
    """What the open and coming waits watch at one plugin."""
    patterns: dict[str, set[str]] = {}
    since: dict[str, float] = {}
    for row in db.all("watched_patterns"):
        patterns.setdefault(row["ref"], set()).update(names.short_of(p) for p in json.loads(row["patterns"]))
        since[row["ref"]] = min(row["since"], since.get(row["ref"], row["since"]))
    only = {row["ref"] for row in db.all("watched_by_job", job=job)} if job else None
    found = []
    for row in db.all("watched"):
        ref = canonical(row["ref"])
        if ref.plugin != plugin or (only is not None and row["ref"] not in only):
            continue
        wanted = patterns.get(row["ref"], set())
        found.append(
            Watched(
                ref=ref, native=row["native"] or "", family=row["family"] or "", since=since.get(row["ref"], 0.0),
                checks=bool(wanted & RESTLESS or "*" in wanted), previous=rows.snapshot(db.one("object_get", ref=row["ref"])),
            )
        )  # fmt: skip
    return found
