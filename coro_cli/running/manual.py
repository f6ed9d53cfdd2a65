"""The hands-on verbs on one job: message, resume, retry, cancel. Each is one transaction; the doors are the same as for events."""

from __future__ import annotations

import sqlite3
import time

from coro_cli.domain import states, waits
from coro_cli.domain.events import Actor, Event
from coro_cli.domain.waits import Wait
from coro_cli.errors import Conflict
from coro_cli.running import processes
from coro_cli.store import ends, inbox, rows
from coro_cli.store.database import Database

PERSON = Actor("you", "user", "self")


def message(db: Database, job: str, text: str, *, resume: bool) -> str:
    """Leave a message; a parked job wakes to take it. Returns the job's state afterwards."""
    now = time.time()
    with db.transaction("record"):
        row = _row(db, job)
        if row["state"] in (states.COMPLETED, states.CANCELLED):
            hint = f"start it again first: coro resume --job {job} --force"
            raise Conflict(f"job {job} is {row['state']}: nobody would read it", hint=hint)
        number = db.insert("message_insert", job=job, text=text, now=now)
        # `held` is taken by the next run, whatever wakes it, and wakes none itself.
        outcome, why = ("woke", "by hand") if resume else ("held", "left for the next run (--no-resume)")
        _log(db, job, "job:message", f"{job}:message:{number}", now, outcome=outcome, why=why)
        if resume and row["state"] == states.PARKED:
            # A message is a person's word: it also lets go of a job that the loop guard holds.
            inbox.wake(db, job, now=now, quiet_until=now, done=inbox.Recorded())
        elif resume and row["state"] == states.QUEUED:
            db.run("job_hurry", id=job, now=now)
    return str(_row(db, job)["state"])


def _log(db: Database, job: str, name: str, key: str, now: float, *, outcome: str = "woke", why: str = "by hand") -> None:
    """Put a manual event into the log with its verdict for this job alone."""
    wait_row = db.one("wait_current", job=job)
    wait = rows.wait(wait_row) if wait_row is not None else None
    ref = wait.refs[0] if wait is not None and wait.refs else ""
    title, url = rows.named(db.one("object_get", ref=ref))
    event = Event(key=key, name=name, ref=ref, actor=PERSON, occurred_at=now, title=title, url=url, source="manual")
    number = inbox.insert(db, event, now, inbox.Recorded())
    satisfies = wait is not None and _covers(wait, event)
    db.run(
        "verdict_put", job=job, event=number, wait=wait.id if wait else None, outcome=outcome, why=why,
        satisfies=int(satisfies), now=now,
    )  # fmt: skip


def _covers(wait: Wait, event: Event) -> bool:
    return waits.pattern_for(wait, event) is not None


def resume(db: Database, job: str, *, event: str, text: str, force: bool) -> None:
    """Make the job ready to be claimed this instant, whatever it was waiting for."""
    with db.transaction("record"):
        resume_in(db, job, event=event, text=text, force=force, now=time.time())


def resume_in(db: Database, job: str, *, event: str, text: str, force: bool, now: float) -> None:
    """The same inside a transaction of the caller's."""
    row = _row(db, job)
    check_resumable(row, force=force)
    if text:
        db.insert("message_insert", job=job, text=text, now=now)
    name = event or "job:resumed"
    _log(db, job, name, f"{job}:manual:{row['runs'] + 1}:{name}:{now:.6f}", now)
    if row["state"] in states.STOPPED:
        ends.queue_again(db, job, now=now)
    elif row["state"] == states.PARKED:
        db.run("job_attention", id=job, attention="", held=0, now=now)
        inbox.wake(db, job, now=now, quiet_until=now, done=inbox.Recorded())
    else:
        db.run("job_hurry", id=job, now=now)


def check_resumable(row: sqlite3.Row, *, force: bool) -> None:
    """Conflict where the state forbids a resume."""
    state, job = row["state"], row["id"]
    if state == states.RUNNING:
        raise Conflict(f"job {job} is running", hint=f"follow it: coro logs {job} --follow")
    if state in (states.COMPLETED, states.CANCELLED) and not force:
        raise Conflict(f"job {job} is {state}", hint=f"run it all the same: coro resume --job {job} --force")


def retry(db: Database, job: str) -> None:
    """Queue a failed or interrupted job again, with the batch it had."""
    now = time.time()
    with db.transaction("record"):
        row = _row(db, job)
        if row["state"] not in (states.FAILED, states.INTERRUPTED):
            hint = f"wake it: coro resume --job {job}"
            raise Conflict(f"job {job} is {row['state']}: only failed and interrupted jobs can be retried", hint=hint)
        ends.queue_again(db, job, now=now)
        db.run("note_insert", job=job, now=now, text="retried by hand")


def cancel(db: Database, job: str, reason: str, *, grace: float = 5.0) -> None:
    """Stop the job for good, and its processes with it. Of a cancelled job whose processes still run, only those."""
    with db.transaction("record"):
        row, live = _row(db, job), db.one("run_live_of_job", job=job)
        if row["state"] in states.STOPPED and (row["state"] != states.CANCELLED or live is None):
            raise Conflict(f"job {job} is {row['state']} already")
        if row["state"] != states.CANCELLED:
            live = ends.cancel(db, job, reason, now=time.time())
    ended = live is not None and live["pid"] and processes.end_group(live["pid"], live["pid_started"], grace=grace)
    if row["state"] == states.CANCELLED and not ended:
        raise Conflict(f"job {job} is cancelled already")


def _row(db: Database, job: str) -> sqlite3.Row:
    row = db.one("job_get", id=job)
    assert row is not None  # the caller resolved the id
    return row


__all__ = ["cancel", "check_resumable", "message", "resume", "retry"]
