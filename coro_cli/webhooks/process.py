"""From stored deliveries to events: look at what they name, at once; where that cannot be, let the signed payload speak.

A row counts as handled only after its events are recorded. Whoever dies between the two leaves it to the next one, who finds
the same keys, and the same keys change nothing.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from coro_cli.domain.events import Event
from coro_cli.errors import CoroError
from coro_cli.plugins.base import Hint, Plugin, Watched
from coro_cli.plugins.client import ANONYMOUS
from coro_cli.polling import cycle, watching
from coro_cli.polling.cycle import Report
from coro_cli.polling.plugin_set import Fleet, Member
from coro_cli.store import inbox, rows
from coro_cli.store.database import Database
from coro_cli.system import regex
from coro_cli.webhooks import delivery_log, interpret

MOST = 500
# A host that limits or does not answer is left alone so long; meanwhile the payloads count.
PAUSE = 30.0


@dataclass(slots=True)
class Handled:
    """What one delivery did. outcome: a word (`woke`, `nothing-new`, `no-job`, `unavailable` …); why: a sentence, or ""."""

    id: int
    plugin: str
    hint: Hint
    received_at: float = 0.0
    refs: Sequence[str] = ()
    events: list[Event] = field(default_factory=list)
    outcome: str = ""
    why: str = ""


@dataclass(slots=True)
class Handler:
    """Handles what waits. For one thread; the fleet's clients are its own."""

    db: Database
    fleet: Fleet
    reports: list[Report] = field(default_factory=list)
    queued: list[str] = field(default_factory=list)
    _renewed: dict[str, float] = field(default_factory=dict)
    _again: dict[str, float] = field(default_factory=dict)

    def waiting(self, most: int = MOST) -> list[Handled]:
        """Handle what waits, oldest first; an empty list when nothing does."""
        return self.take(self.db.all("deliveries_waiting", limit=most))

    def take(self, found: Sequence[sqlite3.Row]) -> list[Handled]:
        """Handle these rows, handled before or not."""
        with self.db.transaction():
            for row in found:
                self.db.run("delivery_tried", id=row["id"])
        done: list[Handled] = []
        for plugin in dict.fromkeys(row["plugin"] for row in found):
            done += self._safely(plugin, [row for row in found if row["plugin"] == plugin])
        return done

    def _safely(self, name: str, found: Sequence[sqlite3.Row]) -> list[Handled]:
        """One that breaks its reader holds up no other: it is closed as failed, and taken up again if it is sent again."""
        try:
            return self._plugin(name, found)
        except CoroError:
            raise
        except Exception as error:
            if len(found) > 1:
                return [done for row in found for done in self._safely(name, [row])]
            row, why = found[0], f"{type(error).__name__}: {error}"
        with self.db.transaction():
            delivery_log.close(self.db, row["id"], row["event"], "failed", [], [], time.time())
        return [Handled(row["id"], name, Hint(event=row["event"]), outcome="failed", why=why)]

    def _plugin(self, name: str, found: Sequence[sqlite3.Row]) -> list[Handled]:
        try:
            member = self._member(name)
        except CoroError as error:
            done = [Handled(row["id"], name, Hint(event=row["event"]), outcome="no-plugin", why=error.message) for row in found]
        else:
            watched = watching.watched_of(self.db, name)
            done = [self._read(member, row, watched) for row in found]
            source = "relay" if found and all(row["source"] == "relay" for row in found) else "webhook"
            self._act(member, [one for one in done if one.refs], watched, source)
        with self.db.transaction():
            for one in done:
                delivery_log.close(self.db, one.id, one.hint.event, one.outcome, one.refs, [e.key for e in one.events], time.time())
        return done

    def _member(self, name: str) -> Member:
        member = self.fleet.member(name)
        if member.reason and time.time() >= self._renewed.get(name, 0.0) + PAUSE:
            self._renewed[name] = time.time()  # looking for a token may start programs
            member = self.fleet.renew(name)
        row = self.db.one("plugin_get", name=name)
        if row is not None and row["me"] and member.plugin is not None and hasattr(member.plugin, "me"):
            member.plugin.me = row["me"]
        return member

    def _read(self, member: Member, row: sqlite3.Row, watched: Sequence[Watched]) -> Handled:
        plugin = member.plugin
        if plugin is None:
            return Handled(row["id"], member.name, Hint(event=row["event"]), outcome="unavailable", why=member.reason)
        try:
            hint = read_stored(plugin, row)
        except CoroError as error:
            return Handled(row["id"], member.name, Hint(event=row["event"]), outcome="unreadable", why=error.message)
        refs = [str(one.ref) for one in interpret.concerned(hint, watched)]
        why = "" if refs else "no job waits on it" if hint.refs or hint.natives or hint.scopes else "it is about no pull request or issue"
        since = row["received_at"] if row["handled_at"] is None else time.time()  # a replay tells what it did itself
        return Handled(row["id"], member.name, hint, since, refs, outcome="" if refs else "no-job", why=why)

    def _act(self, member: Member, concerned: Sequence[Handled], watched: Sequence[Watched], source: str) -> None:
        """One look for all that the deliveries name; then what each of them did."""
        wanted = {ref for one in concerned for ref in one.refs}
        if not wanted:
            return
        began, report = time.time(), Report(member.name)
        with self.db.transaction():
            for ref in wanted:
                self.db.run("object_dirty", ref=ref, now=began)
        if not member.reason and time.time() >= self._again.get(member.name, 0.0):
            report = cycle.poll(self.db, member, [w for w in watched if str(w.ref) in wanted], whole=False, source=source)
            self._heed(member.name, report)
        self.reports.append(report)
        self.queued += report.queued
        found = {ref: self.db.one("object_get", ref=ref) for ref in wanted}
        seen = {ref for ref, row in found.items() if row is not None and row["asked_at"] is not None and row["asked_at"] >= began}
        for one in concerned:
            self._conclude(one, seen, report, member, source)

    def _heed(self, name: str, report: Report) -> None:
        if report.limited_until is not None:
            self._again[name] = report.limited_until
        elif not report.reachable:
            self._again[name] = time.time() + PAUSE

    def _conclude(self, one: Handled, seen: set[str], report: Report, member: Member, source: str) -> None:
        unseen = [ref for ref in one.refs if ref not in seen]
        believed = unseen if not one.hint.loose or member.token == ANONYMOUS else []
        told = self._believe(one.hint, believed, source) if believed else []
        report.events += told
        self._recheck(one.hint, [ref for ref in one.refs if ref in seen])
        one.events = self._caused(one, source) or [event for event in report.events if event.ref in one.refs]
        if not one.events and unseen and not any(interpret.said_of(one.hint, ref) for ref in believed):
            one.outcome, one.why = "unavailable", member.reason or next(iter(report.errors), "the host does not answer")
            return
        one.outcome, one.why = delivery_log.outcome(self.db, one.events)

    def _believe(self, hint: Hint, refs: Sequence[str], source: str) -> list[Event]:
        """It could not be looked at: the payload is signed, and counts. But for reviews, states are judged as edges then."""
        told = list(interpret.events(hint, refs, source=source))
        if hint.loose:  # should it be read one day, it is known again by this
            told = [replace(event, data=event.data | {"loose": True}) for event in told]
        with self.db.transaction("record"):
            done = inbox.record(self.db, told, interpret.known(self.db, hint, told), now=time.time(), search=regex.search)
        self.queued += done.queued
        return done.new

    def _caused(self, one: Handled, source: str) -> list[Event]:
        """The payload's own events that came in since it did: by this look, or by that of a delivery just before."""
        found = []
        for event in interpret.events(one.hint, one.refs, source=source):
            row = self.db.one("event_by_key", key=event.key)
            if row is not None and row["detected_at"] >= one.received_at:
                found.append(rows.event(row))
        return found

    def _recheck(self, hint: Hint, refs: Sequence[str]) -> None:
        """A replica of the host may lag behind its own delivery: then the next cycle looks once more."""
        for ref in refs:
            told, seen = interpret.said_of(hint, ref), rows.snapshot(self.db.one("object_get", ref=ref))
            if told is not None and seen is not None and seen.updated_at < told.updated_at:
                with self.db.transaction():
                    self.db.run("object_dirty", ref=ref, now=time.time())


def read_stored(plugin: Plugin, row: Mapping[str, Any] | sqlite3.Row) -> Hint:
    """What a stored delivery is about."""
    headers = [(name, value) for name, value in json.loads(row["headers"])]
    return interpret.read(plugin, headers, bytes(row["body"]))
