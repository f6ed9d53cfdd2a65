"""One polling pass over one plugin: detect what changed, read it, record what is news, and report it."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from coro_cli.domain.durations import human
from coro_cli.domain.events import Event
from coro_cli.errors import CoroError
from coro_cli.plugins.base import Changes, Look, Plugin, Watched
from coro_cli.plugins.client import Client
from coro_cli.plugins.protocol import Broken, Gone, Limited, Overloaded
from coro_cli.polling import plugin_set, unavailable, watching
from coro_cli.polling.plugin_set import Member
from coro_cli.polling.record import record_look
from coro_cli.polling.watching import by_scope, needing, watched_of
from coro_cli.store.database import Database
from coro_cli.system.crash_points import reach

# Downtime that is worth a word.
CATCHING_UP = 3600.0


@dataclass(slots=True)
class Report:
    """caught_up: seconds since the last good one. well: it went to its end.

    reachable, refused: whether the host answered, and whether it (or we, for want of credentials or settings) would not have it.
    queued, finished: the jobs that were woken; one without a command has nothing to run and is done with that.
    """

    plugin: str
    requests: int = 0
    not_modified: int = 0
    charged: int = 0
    errors: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    queued: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    duration: float = 0.0
    caught_up: float = 0.0
    limited_until: float | None = None
    reachable: bool = True
    refused: bool = False
    well: bool = False

    @property
    def note(self) -> str:
        """`caught up 6 d 4 h: 312 events, 3 jobs` after downtime that brought something, else ""."""
        jobs = len({*self.queued, *self.finished})
        if self.caught_up < CATCHING_UP or not (self.events or jobs):
            return ""
        events = f"{len(self.events)} event{'' if len(self.events) == 1 else 's'}"
        return f"caught up {human(self.caught_up)}: {events}, {jobs} job{'' if jobs == 1 else 's'}"


# One polling pass over one plugin: detect what changed, read it, record what is news.
#
# Three durable steps, each safe to die after: (1) what changed is marked `dirty` together with the cursor and the validators
# that would hide it from the next detection; (2) each look records its events and clears the mark; (3) the plugin's row says
# when the cycle ended. Nothing is marked clean before its events are recorded.


__all__ = ["Report", "batch", "poll", "waits_of", "watched_of"]

# A multiple of the requests at once, so that no lane stands idle at its end; small, so that the first jobs wake soon.
CHUNK = 18
# So many repositories in a row that the host fails over, and it is the host.
SAME_TROUBLE = 3


@dataclass(slots=True)
class _Cycle:
    """The state of one pass. source: the door that asked for it. passed: refs whose repository could not be asked."""

    db: Database
    member: Member
    plugin: Plugin
    client: Client
    report: Report
    source: str
    passed: set[str] = field(default_factory=set)

    def detect(self, watched: Sequence[Watched]) -> None:
        """Ask the change detector of each scope. One repository's trouble is its own; nonsense from every one is the host's."""
        stored = self.db.all("validators_of_plugin", plugin=self.member.name, token=self.member.token)
        validators = {row["url"]: (row["etag"], row["last_modified"]) for row in stored}
        newest = watching.newest_waits(self.db, self.member.name)
        failing = nonsense = 0
        groups = by_scope(watched)
        for scope, group in groups.items():
            try:
                self._detect(scope, group, validators, max(newest.get(str(one.ref), 0) for one in group))
                failing = 0
            except CoroError as error:
                failing += isinstance(error, Overloaded)
                mine = isinstance(error, Overloaded) and failing < min(SAME_TROUBLE, len(groups))
                if unavailable.is_of_all(error) and not mine:
                    raise
                self._pass_over(group, error)
                nonsense += isinstance(error, Broken)
                if nonsense == len(groups):
                    raise

    def _detect(self, scope: str, group: Sequence[Watched], validators: Mapping[str, tuple[str, str]], newest: int) -> None:
        row = self.db.one("cursor_get", plugin=self.member.name, scope=scope)
        known = self.db.one("cursor_get", plugin=self.member.name, scope=waits_of(scope))
        # Who parked since the last detection was not on its list: a 304 would say nothing of them.
        covered = known is not None and int(known["value"]) >= newest
        self.client.validators = validators if covered else {}
        self.client.news.clear()
        if not getattr(self.plugin, "detects_alone", False):
            group = watching.with_previous(self.db, group)
        changes = self.client.drive(self.plugin.changes(scope, group, row["value"] if row is not None else None))
        self.report.errors += changes.notes
        reach("poll.read")
        before = row["value"] if row is not None else None
        self._keep(scope, group, changes, None if covered else newest, moved=changes.cursor not in (None, before))

    def _keep(self, scope: str, group: Sequence[Watched], changes: Changes, newest: int | None, *, moved: bool) -> None:
        """One transaction, and none at all where nothing is to be kept: that is most cycles of most repositories."""
        name, news = self.member.name, self.client.news
        well = [row["ref"] for row in self.db.all("objects_troubled", plugin=name)]
        well = [str(one.ref) for one in group if str(one.ref) in well] if well else []
        if not (changes.marks or changes.unknown or news or moved or newest is not None or well):
            return
        with self.db.transaction():
            for ref, mark in changes.marks.items():
                self.db.run("object_marked", ref=ref, marker=mark)
            for ref in changes.unknown:
                self.db.run("object_dirty", ref=ref, now=time.time())
            for ref in well:
                self.db.run("object_well", ref=ref)
            for url, (etag, modified) in news.items():
                self.db.run(
                    "validator_put", plugin=name, url=url, token=self.member.token, etag=etag, last_modified=modified, now=time.time()
                )
            if changes.cursor is not None:
                self.db.run("cursor_put", plugin=name, scope=scope, value=changes.cursor)
            if newest is not None:
                self.db.run("cursor_put", plugin=name, scope=waits_of(scope), value=str(newest))

    def _pass_over(self, group: Sequence[Watched], error: CoroError) -> None:
        """This repository cannot be asked: its jobs say so, and the cycle goes on."""
        refs = [str(one.ref) for one in group]
        self.passed.update(refs)
        self.report.errors.append(error.message)
        with self.db.transaction():
            unavailable.note(self.db, dict.fromkeys(refs, error.message), refs if isinstance(error, Gone) else (), time.time())

    def look(self, watched: Sequence[Watched]) -> None:
        """Read these, a question's worth at a time, and record each before the next is asked."""
        for chunk in watching.chunks([one for one in watched if str(one.ref) not in self.passed], batch(self.plugin)):
            asked = time.time()
            chunk = watching.with_previous(self.db, chunk)
            try:
                found = self.client.drive(self.plugin.look(chunk))
            except CoroError as error:
                if unavailable.is_of_all(error):
                    raise
                self._pass_over(chunk, error)
                continue
            self._take_in(found, chunk, asked)
            if found.ended is not None:
                raise found.ended

    def _take_in(self, look: Look, chunk: Sequence[Watched], asked: float) -> None:
        now, skew = time.time(), self.client.skew or 0.0
        with self.db.transaction("record"):
            done = record_look(
                self.db, self.member, look, {str(w.ref): w for w in chunk}, now=now, asked=asked, skew=skew, source=self.source
            )
            unavailable.note(self.db, look.failed, look.gone, now)
        reach("poll.recorded")
        self.report.errors += [*look.notes, *(f"{ref}: {why}" for ref, why in look.failed.items())]
        self.report.events += done.new
        self.report.queued += done.queued
        self.report.finished += done.finished
        if done.queued:
            self.member.woken()

    def conclude(self, began: float, *, everything: bool) -> None:
        """The plugin is well. everything: all that is watched was looked at, so downtime ends here."""
        with self.db.transaction():
            row = self.db.one("plugin_get", name=self.member.name)
            if everything and row is not None and row["polled_at"] is not None:
                self.report.caught_up = max(time.time() - row["polled_at"], 0.0)
            plugin_set.remember(self.db, self.member)
            unavailable.over(self.db, self.member.name)
            if everything:
                self.db.run("plugin_polled", name=self.member.name, now=time.time(), cycle=time.monotonic() - began)


def poll(
    db: Database, member: Member, watched: Sequence[Watched], *, whole: bool = True, source: str = "poll",
    only: Collection[str] | None = None,
) -> Report:  # fmt: skip
    """One cycle. whole: ask the change detectors; else look at just these refs. source: the door that said so.

    only: look at these alone; changes of the others are marked all the same, for the answers of a list are given once.
    """
    report, began = Report(member.name), time.monotonic()
    try:
        plugin, client = member.ready()
        client.tally.requests = client.tally.not_modified = client.tally.charged = 0
        _respect_pause(db, member)
        shift = plugin_set.introduce(db, member)
        watched = [replace(one, since=one.since + shift) for one in watched] if shift else watched
        this = _Cycle(db, member, plugin, client, report, source)
        if whole:
            this.detect(watched)
        wanted = [one for one in watched if only is None or str(one.ref) in only]
        this.look(needing(db, wanted) if whole else wanted)
        this.conclude(began, everything=whole and only is None)
        report.well = True
    except CoroError as error:
        unavailable.stub(db, member, error, report)
    if member.client is not None:
        tally = member.client.tally
        report.requests, report.not_modified, report.charged = tally.requests, tally.not_modified, tally.charged
    report.duration = time.monotonic() - began
    return report


def batch(plugin: Plugin) -> int:
    """How many objects to read before what they brought is recorded."""
    size: int = getattr(plugin, "batch", CHUNK)
    return size


def _respect_pause(db: Database, member: Member) -> None:
    row = db.one("plugin_get", name=member.name)
    until = unavailable.paused_until(json.loads(row["budget"]), member.token) if row is not None else None
    if until is not None:
        raise Limited(f"{member.name} asked for a pause, which ends in {human(until - time.time())}", until=until)


def waits_of(scope: str) -> str:
    """Where the number of the newest wait that a detection knew of is kept, beside the cursor."""
    return f"{scope} waits"
