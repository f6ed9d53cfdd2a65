"""The one way in: events are recorded and matched against every open wait on their ref, in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import replace

from coro_cli.domain import states, waits
from coro_cli.domain.events import Actor, Event
from coro_cli.domain.snapshot import Snapshot
from coro_cli.domain.waits import Decision, Search, Wait
from coro_cli.store import all_of, rows, transitions
from coro_cli.store.database import Database
from coro_cli.store.transitions import Recorded

QUIET = 1.0
TOLD = "a delivery had told of it: "
LOOP_WAKES, LOOP_SECONDS = 5, 600.0


def record(
    db: Database, events: Iterable[Event], snapshots: Mapping[str, Snapshot], *, now: float, search: Search, skew: float = 0.0
) -> Recorded:
    """Record events and what they do to jobs. Call it inside a transaction.

    snapshots: the present state by ref, where it was read; state events are judged by it. skew: host clock less ours.
    """
    done = Recorded()
    for event in events:
        number = insert(db, event, now, done)
        for row in db.all("waits_on_ref", ref=event.ref):
            consider(db, rows.wait(row), event, number, snapshots.get(event.ref), now=now, search=search, done=done, skew=skew)
    for ref, snapshot in snapshots.items():
        for row in db.all("waits_on_ref", ref=ref):
            prove(db, rows.wait(row), ref, snapshot, now=now, search=search, done=done, skew=skew)
    return done


def prove(
    db: Database, wait: Wait, ref: str, snapshot: Snapshot, *, now: float, search: Search, done: Recorded, skew: float = 0.0
) -> None:
    """Level first: whatever of the wait already holds becomes (or finds) its event and counts."""
    for event in waits.proofs(wait, snapshot, ref, search):
        number = insert(db, event, now, done)
        consider(db, wait, event, number, snapshot, now=now, search=search, done=done, skew=skew)


def consider(
    db: Database, wait: Wait, event: Event, number: int, snapshot: Snapshot | None,
    *, now: float, search: Search, done: Recorded, skew: float = 0.0,
) -> None:  # fmt: skip
    """Judge one event for one wait and let it act on the job."""
    known = db.one("verdict_get", job=wait.job, event=number)
    if known is not None and known["run"] is not None:
        return  # one (job, event) starts at most one run
    job = db.one("job_get", id=wait.job)
    if job is None:
        return
    if known is not None and known["outcome"] in (waits.WOKE, waits.QUEUED, waits.HELD):
        if wait.all and job["state"] == states.PARKED and not job["held"] and not all_of.still_missing(db, wait):
            # A state that had lapsed holds again: the event that proves it was counted before the others came.
            transitions.wake(db, wait.job, now=now, quiet_until=now, done=done)
        return
    if known is not None and known["outcome"] == waits.DUPLICATE:
        return
    told = _told_before(db, wait.job, event) if known is None else None
    if told is not None:
        _put(db, wait, number, Decision(waits.DUPLICATE, TOLD + told.key), now)
        return
    if known is not None:
        event = replace(event, detected_at=_detected(db, number))
    verdict = waits.match(wait, event, number, snapshot, search)
    if verdict.wakes and job["state"] in states.STOPPED:
        verdict = Decision(waits.NO_JOB, f"the job had {job['state']} by then")
    elif verdict.wakes and job["state"] == states.PARKED:
        verdict = _guarded(db, job, wait, event, verdict, now)
    elif verdict.wakes:
        verdict = Decision(waits.QUEUED, f"the job is {job['state']}: it joins the batch", True, verdict.satisfies)
    _put(db, wait, number, verdict, now)
    if verdict.outcome == waits.WOKE:
        transitions.wake(db, wait.job, now=now, quiet_until=quiet_until(event, now, skew), done=done)
    elif verdict.outcome == waits.QUEUED and job["state"] == states.QUEUED:
        db.run("job_gather", id=wait.job, ready_at=quiet_until(event, now, skew), now=now)


def _told_before(db: Database, job: str, event: Event) -> Event | None:
    """The event by which a delivery has told this job of the same, when there was no token to ask the host for its key."""
    if event.data.get("loose") or event.source in ("manual", "runner"):
        return None
    loose = db.all("events_loose", job=job, ref=event.ref, name=event.name, why=TOLD)
    return next((told for row in loose if waits.is_same(told := rows.event(row), event)), None)


def _detected(db: Database, number: int) -> float:
    row = db.one("event_by_number", number=number)
    return float(row["detected_at"]) if row is not None else 0.0


def _guarded(db: Database, job: sqlite3.Row, wait: Wait, event: Event, verdict: Decision, now: float) -> Decision:
    if job["held"]:
        return Decision(waits.HELD, "the job is held: a person has to resume it", True, verdict.satisfies)
    if wait.all and not event.name.startswith("job:"):
        missing = all_of.still_missing(db, wait, event)
        if missing and verdict.satisfies:
            return Decision(waits.QUEUED, f"still to come: {', '.join(missing)}", True, True)
        if missing and not any(gap.endswith(f" on {event.ref}") for gap in missing):
            return Decision(waits.NO_MATCH, f"all that was wanted of {event.ref} has come; the others are still open")
    if not event.name.startswith("job:") and _is_looping(db, wait.job, event.actor, now):
        return Decision(waits.HELD, _hold(db, wait.job, event.actor, now), True, verdict.satisfies)
    return verdict


def _is_looping(db: Database, job: str, actor: Actor, now: float) -> bool:
    """Results of checks, and what only shows by comparing, name nobody: those count that may be the job's own doing."""
    statement = "wakes_by_nobody" if actor.kind == "ghost" else "wakes_by_actor"
    row = db.one(statement, job=job, login=actor.login, since=now - LOOP_SECONDS)
    return row is not None and row["n"] >= LOOP_WAKES


def _hold(db: Database, job: str, actor: Actor, now: float) -> str:
    who = "what happened while it ran" if actor.kind == "ghost" else actor.login
    why = f"{who} woke it more than {LOOP_WAKES} times in {LOOP_SECONDS / 60:.0f} minutes"
    db.run("job_attention", id=job, attention=f"held: {why}; `coro resume --job {job}` goes on", held=1, now=now)
    db.run("note_insert", job=job, now=now, text=f"held: {why}")
    return why


def held_for_looping(db: Database, job: str, waiting: Iterable[sqlite3.Row], now: float) -> bool:
    """The loop guard for what came while the job ran: if nobody but looping actors wakes it, it is held."""
    rows_ = list(waiting)
    if any(row["name"].startswith("job:") or not _is_looping(db, job, rows.event(row).actor, now) for row in rows_):
        return False
    _hold(db, job, rows.event(rows_[-1]).actor, now)
    for row in rows_:
        db.run("verdict_pick", job=job, event=row["event"], outcome=waits.HELD)
    return True


def quiet_until(event: Event, now: float, skew: float) -> float:
    """When the burst this event belongs to has been quiet for a second.

    An event that a poll found long after it happened has had its quiet second already; one that was pushed has not.
    Hosts cut times to the second, hence two.
    """
    if event.source in ("manual", "runner"):
        return now
    if event.source in ("webhook", "relay"):
        return now + QUIET
    return min(max(event.occurred_at - skew + 2 * QUIET, now), now + QUIET)


def insert(db: Database, event: Event, now: float, done: Recorded) -> int:
    """Put an event into the log unless its key is there; returns its number either way."""
    if db.run("event_insert", **rows.event_values(event, now)):
        done.new.append(event)
    row = db.one("event_number", key=rows.event_values(event, now)["key"])
    assert row is not None  # it was just inserted, or was there before
    return int(row["number"])


def _put(db: Database, wait: Wait, number: int, verdict: Decision, now: float) -> None:
    db.run(
        "verdict_put", job=wait.job, event=number, wait=wait.id, outcome=verdict.outcome, why=rows.utf8(verdict.why),
        satisfies=int(verdict.satisfies), now=now,
    )  # fmt: skip


def replay(db: Database, wait: Wait, *, now: float, search: Search, skew: float = 0.0) -> Recorded:
    """A wait has just opened: judge what is already in the log for its refs, and what already holds."""
    done = Recorded()
    for ref in wait.refs:
        snapshot = rows.snapshot(db.one("object_get", ref=ref))
        for row in db.all("events_on_ref_after", ref=ref, baseline=wait.baseline, since=float(int(wait.since))):
            consider(db, wait, rows.event(row), row["number"], snapshot, now=now, search=search, done=done, skew=skew)
        if snapshot is not None:
            prove(db, wait, ref, snapshot, now=now, search=search, done=done, skew=skew)
    return done


def carry_over(db: Database, wait: Wait, before: Iterable[sqlite3.Row], *, now: float, search: Search, done: Recorded) -> None:
    """What the wait before this one wanted, and no run was given: it counts for the new one, however old it is."""
    always = replace(wait, since=0.0)
    for row in before:
        if row["ref"] in wait.refs and not row["name"].startswith("job:"):
            snapshot = rows.snapshot(db.one("object_get", ref=row["ref"]))
            consider(db, always, rows.event(row), row["event"], snapshot, now=now, search=search, done=done)
