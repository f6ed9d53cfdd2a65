"""Parking: a job and its wait become durable together with the look that the wait starts from."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from coro_cli.domain import states, waits
from coro_cli.domain.diff import remembering
from coro_cli.domain.events import Event
from coro_cli.domain.ref import canonical
from coro_cli.domain.snapshot import Snapshot
from coro_cli.domain.waits import Search
from coro_cli.errors import Conflict
from coro_cli.store import inbox, rows, transitions
from coro_cli.store.database import Database
from coro_cli.store.transitions import Recorded


@dataclass(frozen=True, slots=True)
class Seen:
    """What a plugin has just read, as it reads.

    marker: the mark its change detector gives to this very state. asked: when it was asked for, by our clock; None: just now.
    """

    plugin: str
    snapshot: Snapshot
    marker: str = ""
    asked: float | None = None


@dataclass(frozen=True, slots=True)
class WaitSpec:
    """A wait as asked for. since: host time; None is "from now on" (or, in a running job, from its run's start)."""

    refs: tuple[str, ...]
    on: tuple[str, ...]
    all: bool = False
    only: bool = False
    at_head: bool = False
    who: str = "trusted"
    match: str = ""
    since: float | None = None
    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class JobSpec:
    """A job as asked for. None leaves what a job that parks again already has."""

    command: tuple[str, ...] | None = None
    cwd: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    title: str | None = None
    phase: str | None = None
    repeat: bool | None = None
    retries: int | None = None
    on_interrupt: str | None = None


# Parking: a job and its wait become durable together with the look that the wait starts from.


T = TypeVar("T")


def park_new(
    db: Database, job: JobSpec, wait: WaitSpec, looks: Mapping[str, Seen], events: Iterable[Event],
    *, now: float, started: float, search: Search, skew: float = 0.0,
) -> tuple[str, Recorded]:  # fmt: skip
    """Park a new job. Returns its id and what the present state did to it (it may be queued at once).

    looks: what was just read, by ref. started: when the command began, by the host's clock: what
    happens from there on is seen.
    """
    with db.transaction("park"):
        newest = _newest(db, started - skew)
        noticed = _look(db, looks, events, now=now, search=search, skew=skew)
        identity = _insert_job(db, job, now)
        opened = _insert_wait(db, identity, "open", wait, since=_or(wait.since, started), baseline=newest, now=now)
        done = inbox.replay(db, rows.wait(opened), now=now, search=search, skew=skew)
    done.queued += noticed.queued
    done.new += noticed.new
    return identity, done


def park_again(
    db: Database, identity: str, job: JobSpec, wait: WaitSpec, looks: Mapping[str, Seen],
    events: Iterable[Event], *, now: float, started: float, search: Search, skew: float = 0.0,
) -> Recorded:  # fmt: skip
    """Park a job that exists. A running one gets its next wait, which opens when the run ends well."""
    with db.transaction("park"):
        newest = _newest(db, started - skew)
        noticed = _look(db, looks, events, now=now, search=search, skew=skew)
        row = db.one("job_get", id=identity)
        assert row is not None  # the caller resolved the id
        if row["state"] == states.RUNNING:
            _insert_next(db, row, job, wait, now=now, skew=skew if looks else None)
            return noticed
        if row["state"] in (states.COMPLETED, states.CANCELLED):
            hint = f"park a new job, or start it again: coro resume --job {identity} --force"
            raise Conflict(f"job {identity} is {row['state']}", hint=hint)
        db.run("job_describe", id=identity, now=now, **_description(row, job))
        transitions.close(db, identity, "open")
        db.run("verdicts_reset_pending", job=identity)
        db.run("job_move", id=identity, state="parked", expected=row["state"], ready_at=None, gather_until=None, now=now)
        db.run("job_attention", id=identity, attention="", held=0, now=now)
        opened = _insert_wait(db, identity, "open", wait, since=_or(wait.since, started), baseline=newest, now=now)
        done = inbox.replay(db, rows.wait(opened), now=now, search=search, skew=skew)
        if any(r["outcome"] == waits.WOKE and r["name"] == "job:message" for r in db.all("verdicts_pending", job=identity)):
            transitions.wake(db, identity, now=now, quiet_until=now, done=done)  # it was queued to take a message
    done.queued += noticed.queued
    return done


def _insert_next(db: Database, row: sqlite3.Row, job: JobSpec, wait: WaitSpec, *, now: float, skew: float | None) -> None:
    """The wait that follows the present run, in the place of one that it has asked for before."""
    run = db.one("run_live_of_job", job=row["id"])
    assert run is not None  # `running` has a live run: the claim sets both in one transaction
    transitions.forget_next(db, row["id"])
    since = _or(wait.since, _start(run, skew))
    _insert_wait(db, row["id"], "next", wait, since=since, baseline=run["baseline"], now=now, becomes=_description(row, job))


def _start(run: sqlite3.Row, skew: float | None) -> float:
    """The start of a run by the host's clock, the earlier of two readings: ours may have been set meanwhile."""
    return float(run["since"]) if skew is None else float(min(run["since"], run["started_at"] + skew))


def see(
    db: Database, plugin: str, ref: str, snapshot: Snapshot, *, now: float, asked: float | None = None, marker: str = "",
    dirty: bool = False,
) -> None:  # fmt: skip
    """Keep a snapshot, unless a newer one is there already. asked: as in `Seen`."""
    db.run(
        "object_seen", ref=ref, plugin=plugin, scope=snapshot.renamed_to or canonical(ref).scope,
        family=snapshot.family, native=snapshot.native,
        snapshot=rows.snapshot_text(snapshot), looked_at=snapshot.looked_at, asked=_or(asked, now), marker=marker,
        dirty=int(dirty), now=now,
    )  # fmt: skip


def _look(
    db: Database, looks: Mapping[str, Seen], events: Iterable[Event], *, now: float, search: Search, skew: float
) -> Recorded:
    told, shown = list(events), {}  # the events first: they may compare with what is there before we keep what we saw
    for ref, seen in looks.items():
        shown[ref] = snapshot = remembering(last_look(db, ref, seen), seen.snapshot)
        if _leaves_gap(db, ref, snapshot) or is_overtaken(db.one("object_get", ref=ref), snapshot, seen.asked):
            db.run("object_dirty", ref=ref, now=now)
            continue
        dirty = snapshot.updated_at > snapshot.looked_at - 2
        see(db, seen.plugin, ref, snapshot, now=now, asked=seen.asked, marker=seen.marker, dirty=dirty)
    return inbox.record(db, told, shown, now=now, search=search, skew=skew)


def last_look(db: Database, ref: str, seen: Seen) -> Snapshot | None:
    """What was seen before: None where it is another object under the same name, or newer than what is there now."""
    row, present = db.one("object_get", ref=ref), seen.snapshot
    before = rows.snapshot(row)
    if before is None or before.id != present.id or before.looked_at > present.looked_at or is_overtaken(row, present, seen.asked):
        return None
    return before


def is_overtaken(row: sqlite3.Row | None, snapshot: Snapshot, asked: float | None) -> bool:
    """Whether what we have (a row of `objects`) was asked for later: hosts cut their times, which do not tell the order then."""
    if row is None or asked is None or not asked < (row["asked_at"] or 0.0):
        return False
    before = rows.snapshot(row)
    return before is not None and (before.looked_at, before.updated_at) == (snapshot.looked_at, snapshot.updated_at)


def _leaves_gap(db: Database, ref: str, snapshot: Snapshot) -> bool:
    """Between the last look and what this one has read is a gap, and another job waits for what is in it."""
    if snapshot.complete_since is None or db.one("ref_watched", ref=ref) is None:
        return False
    row = db.one("object_get", ref=ref)
    return row is not None and row["looked_at"] is not None and row["looked_at"] < snapshot.complete_since


def _insert_job(db: Database, job: JobSpec, now: float) -> str:
    while True:
        identity = rows.new_id()
        if db.one("job_get", id=identity) is None:
            break
    db.insert(
        "job_insert", id=identity, title=job.title or "", phase=job.phase or "", command=rows.dumps(list(job.command or ())),
        cwd=job.cwd or "", env=rows.dumps(dict(job.env)), repeat=int(bool(job.repeat)), retries=job.retries or 0,
        on_interrupt=job.on_interrupt or "hold", now=now,
    )  # fmt: skip
    return identity


def _description(row: sqlite3.Row, job: JobSpec) -> dict[str, Any]:
    fresh = job.command is not None
    return {
        "title": _or(job.title, row["title"]), "phase": _or(job.phase, row["phase"]),
        "command": rows.dumps(list(job.command or ())) if fresh else row["command"],
        "cwd": job.cwd if fresh or job.cwd else row["cwd"], "env": rows.dumps(dict(job.env)) if fresh or job.env else row["env"],
        "repeat": int(_or(job.repeat, row["repeat"])), "retries": _or(job.retries, row["retries"]),
        "on_interrupt": _or(job.on_interrupt, row["on_interrupt"]),
    }  # fmt: skip


def _insert_wait(
    db: Database, job: str, state: str, wait: WaitSpec, *, since: float, baseline: int, now: float, becomes: Mapping[str, Any] | None = None
) -> sqlite3.Row:
    number = db.insert(
        "wait_insert", job=job, state=state, refs=rows.dumps(list(wait.refs)), patterns=rows.dumps(list(wait.on)),
        all=int(wait.all), only=int(wait.only), at_head=int(wait.at_head), who=wait.who, match=wait.match, since=since,
        baseline=baseline, deadline=wait.deadline, becomes=rows.dumps(dict(becomes or {})), now=now,
    )  # fmt: skip
    for ref in wait.refs:
        db.run("wait_ref_insert", ref=ref, wait=number)
        db.run("object_known", ref=ref, plugin=ref.partition(":")[0], scope="", family="")
    row = db.one("wait_get", id=number)
    assert row is not None  # inserted above
    return row


def _newest(db: Database, before: float) -> int:
    """The newest event that was known at an instant by our clock: what comes to light later may have happened later."""
    row = db.one("event_newest_before", before=before)
    return int(row["number"]) if row is not None else 0


def _or(value: T | None, default: T) -> T:
    return default if value is None else value
