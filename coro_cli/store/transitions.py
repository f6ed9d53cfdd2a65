"""The transitions that several parts of the store share: a parked job is woken, waits open and close, a running job stops.

Call them inside a transaction.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field

from coro_cli.domain import states
from coro_cli.domain.events import Event
from coro_cli.store import claims
from coro_cli.store.database import Database

GATHER = 10.0


@dataclass(slots=True)
class Recorded:
    """What one recording did: the events that were new, and the jobs that became ready to run."""

    new: list[Event] = field(default_factory=list)
    queued: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)


def wake(db: Database, job: str, *, now: float, quiet_until: float, done: Recorded) -> None:
    """parked → queued. A job without a command has nothing to run: it completes here, in the same transaction."""
    row = db.one("job_get", id=job)
    if row is not None and row["command"] == "[]":
        _complete_without_command(db, job, now=now)
        done.finished.append(job)
        return
    until = max(now + GATHER, quiet_until)
    if db.run("job_move", id=job, state="queued", expected="parked", ready_at=quiet_until, gather_until=until, now=now):
        db.run("job_attempt", id=job, attempt=0)
        done.queued.append(job)


def _complete_without_command(db: Database, job: str, *, now: float) -> None:
    """A job that only waits is woken: its run begins and ends here. Call it in a transaction."""
    db.run("job_move", id=job, state="queued", expected="parked", ready_at=now, gather_until=now, now=now)
    claimed = claims.claim(db, job, now=now)
    if claimed is not None:
        db.run("run_end", job=job, number=claimed.number, state="succeeded", exit_code=0, now=now)
        stop(db, job, states.COMPLETED, now)


def stop(db: Database, job: str, state: str, now: float) -> None:
    """running → a stop: its waits end, and what nobody has taken is said."""
    db.run("job_move", id=job, state=state, expected="running", ready_at=None, gather_until=None, now=now)
    forget_next(db, job)
    close(db, job, "open")
    if state == states.COMPLETED:
        # A failed or interrupted job keeps what came meanwhile: another attempt takes it.
        db.run("verdicts_expire", job=job, why=f"the job had {state}")
    if db.all("messages_pending", job=job):
        how = " --force" if state == states.COMPLETED else ""
        why = f"a message came while it ran and nobody has taken it; `coro resume --job {job}{how}` delivers it"
        db.run("job_attention", id=job, attention=why, held=0, now=now)
    if state == states.INTERRUPTED:
        why = f"its process vanished without an exit status; `coro retry {job}` runs it again if twice is safe"
        db.run("job_attention", id=job, attention=why, held=0, now=now)
        db.run("note_insert", job=job, now=now, text="interrupted: the process vanished without an exit status")


def open_next(db: Database, job: str, wait: sqlite3.Row, *, now: float) -> None:
    """The run ended well: its next wait opens, and the job becomes what was asked for. Until then a retry is the old job."""
    db.run("wait_move", id=wait["id"], state="open")
    becomes = json.loads(wait["becomes"])
    if becomes:
        db.run("job_describe", id=job, now=now, **becomes)


def forget_next(db: Database, job: str) -> None:
    """The run did not end well, or asks for another wait."""
    db.run("wait_forget", job=job)


def close(db: Database, job: str, state: str) -> None:
    """End the job's open wait: nothing is watched for it."""
    row = db.one("wait_of_job", job=job, state=state)
    if row is not None:
        db.run("wait_move", id=row["id"], state="closed")
        db.run("wait_refs_drop", wait=row["id"])
