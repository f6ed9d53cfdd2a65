"""Runs in the store, first half: claimed by one, with the batch they are about, or given back. `ends` is the other half.

    queued ──claim──▶ starting ──begin──▶ running ──end──▶ succeeded | failed | not-yet | interrupted | cancelled
                          └──give back──▶ abandoned (the command never began; the batch is free again)
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from coro_cli.domain import states, waits
from coro_cli.domain.events import Event
from coro_cli.store import all_of, rows
from coro_cli.store.database import Database

# Runs that never began follow each other at 0, 1, 2, 4 … seconds: what keeps them from beginning (a full disk, no memory)
# may last, and must not be asked a hundred times a second.
LONGEST_PAUSE = 60.0
TELL_AFTER = 3


@dataclass(frozen=True, slots=True)
class Batch:
    """What a claimed run is about. satisfied: whether this is what the job was waiting for. refs: those of its wait."""

    job: sqlite3.Row
    number: int
    attempt: int
    satisfied: bool
    refs: list[str]
    events: list[Event]
    messages: list[str]


@dataclass(frozen=True, slots=True)
class _Meaning:
    """satisfied: what it waited for. message_only: woken by messages alone. partial: an `--all` that is not complete keeps
    what has come of it for later."""

    satisfied: bool
    message_only: bool
    partial: bool


def claim(db: Database, job: str, *, now: float, skew: float = 0.0) -> Batch | None:
    """queued → running with a new run in `starting`; None if somebody else was quicker. Call it in a transaction."""
    row = db.one("job_claim", id=job, now=now)
    if row is None:
        return None
    wait = db.one("wait_current", job=job)
    pending = db.all("verdicts_pending", job=job)
    before = _unfinished(db, row, wait)
    means = _meaning(db, wait, pending, before)
    db.run(
        "run_insert", job=job, number=row["runs"], attempt=row["attempt"], wait=wait["id"] if wait else None, since=now + skew,
        satisfied=int(means.satisfied), message_only=int(means.message_only), now=now,
    )  # fmt: skip
    if wait is not None:
        db.run("wait_satisfied", id=wait["id"], satisfied=None if means.message_only else int(means.satisfied))
    events, messages = _take(db, job, row["runs"], pending, partial=means.partial)
    if before is not None:
        events, messages = _repeat(db, job, row["runs"])
    return Batch(row, row["runs"], row["attempt"], means.satisfied, _refs(wait), events, messages)


def _refs(wait: sqlite3.Row | None) -> list[str]:
    return json.loads(wait["refs"]) if wait is not None else []


def _unfinished(db: Database, job: sqlite3.Row, wait: sqlite3.Row | None) -> sqlite3.Row | None:
    """The run before this one, if it did not settle its batch: this one gets the same batch again."""
    before = db.one("run_get", job=job["id"], number=job["runs"] - 1) if job["runs"] > 1 else None
    if before is None or wait is None or before["wait"] != wait["id"]:
        return None
    return before if before["state"] in ("failed", "interrupted", "abandoned", "cancelled") else None


def _meaning(db: Database, wait: sqlite3.Row | None, pending: list[sqlite3.Row], before: sqlite3.Row | None) -> _Meaning:
    """What the batch that is about to be taken means."""
    real = [row for row in pending if row["name"] != "job:message"]
    gaps = bool(wait is not None and wait["all"] and all_of.still_missing(db, rows.wait(wait)))
    satisfied = any(row["satisfies"] for row in real) and not gaps
    # Only parts of an incomplete `--all`, and a message: the job was not woken by them, and must not lose them.
    partial = gaps and all(row["satisfies"] and row["outcome"] == waits.QUEUED for row in real)
    message_only = partial or not real
    if before is not None:
        return _Meaning(satisfied or bool(before["satisfied"]), message_only and bool(before["message_only"]), partial)
    return _Meaning(satisfied, message_only, partial)


def _take(db: Database, job: str, number: int, pending: list[sqlite3.Row], *, partial: bool) -> tuple[list[Event], list[str]]:
    if pending:
        db.run("verdicts_consume_messages" if partial else "verdicts_consume", job=job, run=number)
        db.run("run_events_take", job=job, run=number)
    messages = db.all("messages_consume", job=job, run=number)
    if messages:
        db.run("run_messages_take", job=job, run=number)
    return [] if partial else _events(pending), [m["text"] for m in sorted(messages, key=lambda m: m["id"])]


def _repeat(db: Database, job: str, number: int) -> tuple[list[Event], list[str]]:
    db.run("run_events_repeat", job=job, run=number, before=number - 1)
    db.run("run_messages_repeat", job=job, run=number, before=number - 1)
    return _contents(db, job, number)


def batch(db: Database, job: str, number: int) -> Batch:
    """Everything about one run."""
    row, run = db.one("job_get", id=job), db.one("run_get", job=job, number=number)
    assert row is not None and run is not None  # the caller has just read it
    wait = db.one("wait_get", id=run["wait"]) if run["wait"] else None
    return Batch(row, number, run["attempt"], bool(run["satisfied"]), _refs(wait), *_contents(db, job, number))


def _contents(db: Database, job: str, number: int) -> tuple[list[Event], list[str]]:
    messages = db.all("run_messages_of", job=job, run=number)
    return _events(db.all("run_events_of", job=job, run=number)), [m["text"] for m in messages]


def _events(found: list[sqlite3.Row]) -> list[Event]:
    """A message is told by its text, not as an event."""
    return [rows.event(row) for row in found if row["name"] != "job:message"]


def give_back(db: Database, job: str, number: int, *, now: float, why: str = "") -> bool:
    """The command never began: the batch is free again. Call it in a transaction. False if the run had ended before."""
    if not db.run("run_end", job=job, number=number, state="abandoned", exit_code=None, now=now):
        return False
    db.run("verdicts_give_back", job=job, run=number)
    db.run("messages_give_back", job=job, run=number)
    row = db.one("job_get", id=job)
    if row is None or row["state"] != states.RUNNING:
        return True
    ready = now + _pause(db, job, why, now)
    db.run("job_move", id=job, state="queued", expected="running", ready_at=ready, gather_until=ready, now=now)
    # A run that never began was no attempt, but the one before it may have left its batch to be repeated.
    db.run("job_attempt", id=job, attempt=max(row["attempt"] - 1, 0))
    return True


def vain_starts(db: Database, job: str) -> int:
    """How many runs in a row, up to now, have never begun."""
    row = db.one("runs_vain", job=job)
    return int(row["n"]) if row is not None else 0


def _pause(db: Database, job: str, why: str, now: float) -> float:
    """Seconds until it is tried again; the first time at once, for a runner that was killed may be back."""
    times = vain_starts(db, job)
    if times >= TELL_AFTER:
        because = f": {why}" if why else ""
        db.run("job_attention", id=job, attention=f"its command could not be started {times} times{because}", held=0, now=now)
    return 0.0 if times < 2 else float(min(2.0 ** min(times - 2, 10), LONGEST_PAUSE))
