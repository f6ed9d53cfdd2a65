"""The verbs on one job: message, resume, retry, cancel. Each is one transaction; `resume` also watches the run to its end."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

from coro_cli.domain import events, states, waits
from coro_cli.domain.events import Actor, Event
from coro_cli.domain.prompts import prompt
from coro_cli.domain.waits import Wait
from coro_cli.errors import Conflict
from coro_cli.running import dispatch, launch, processes, reconcile
from coro_cli.running.files import RunFiles
from coro_cli.running.launch import Started
from coro_cli.store import claims, finish, inbox, rows, transitions, views
from coro_cli.store.claims import Batch
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
            transitions.wake(db, job, now=now, quiet_until=now, done=transitions.Recorded())
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
    number = inbox.insert(db, event, now, transitions.Recorded())
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
        finish.queue_again(db, job, now=now)
    elif row["state"] == states.PARKED:
        db.run("job_attention", id=job, attention="", held=0, now=now)
        transitions.wake(db, job, now=now, quiet_until=now, done=transitions.Recorded())
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
        finish.queue_again(db, job, now=now)
        db.run("note_insert", job=job, now=now, text="retried by hand")


def cancel(db: Database, job: str, reason: str, *, grace: float = 5.0) -> None:
    """Stop the job for good, and its processes with it. Of a cancelled job whose processes still run, only those."""
    with db.transaction("record"):
        row, live = _row(db, job), db.one("run_live_of_job", job=job)
        if row["state"] in states.STOPPED and (row["state"] != states.CANCELLED or live is None):
            raise Conflict(f"job {job} is {row['state']} already")
        if row["state"] != states.CANCELLED:
            live = finish.cancel(db, job, reason, now=time.time())
    ended = live is not None and live["pid"] and processes.end_group(live["pid"], live["pid_started"], grace=grace)
    if row["state"] == states.CANCELLED and not ended:
        raise Conflict(f"job {job} is cancelled already")


def _row(db: Database, job: str) -> sqlite3.Row:
    row = db.one("job_get", id=job)
    assert row is not None  # the caller resolved the id
    return row


__all__ = ["cancel", "check_resumable", "message", "resume", "retry"]


# `coro resume`: one job woken by hand, started in this process's care, and watched to its end.


LOOK_SECONDS = 0.05
CLAIM_SECONDS = 5.0


def look_after(db: Database, job: str, directory: Path) -> None:
    """Settle the job's run if its runner and supervisor are gone: it may only seem to run."""
    live = db.one("run_live_of_job", job=job)
    if live is not None:
        reconcile.settle_if_over(db, job, live["number"], RunFiles.of(directory, job, live["number"]))


def wake(db: Database, job: str, *, event: str, text: str, force: bool) -> None:
    """Make the job ready to be claimed. Raises Conflict where its state forbids that."""
    resume(db, job, event=_full_name(db, job, event), text=text, force=force)


def _full_name(db: Database, job: str, event: str) -> str:
    if not event:
        return ""
    row = db.one("wait_last", job=job)
    families = {events.family_of(p) for p in rows.wait(row).on} - {events.JOB} if row is not None else set()
    return events.expand(event, sorted(families))[0]


def start(db: Database, job: str, directory: Path, home: str) -> Started | None:
    """Claim and start it here; None for a job without a command. Raises Conflict if a runner was quicker."""
    row = db.one("job_get", id=job)
    assert row is not None  # the caller resolved the id
    if row["command"] == "[]" and row["state"] != states.QUEUED:
        return None  # it was woken, and so completed, already
    deadline = time.monotonic() + CLAIM_SECONDS
    while _job_row(db, job)["state"] == states.QUEUED:
        run = launch.claim_and_start(db, directory, home, job, skew=dispatch.skew_of(db, job))
        if run is not None:
            return run
        if time.monotonic() >= deadline:
            raise Conflict(f"job {job} is queued, and could not be taken", hint=f"see why: coro explain {job}")
        time.sleep(LOOK_SECONDS)
    return _of_somebody_else(db, job, directory)


def _of_somebody_else(db: Database, job: str, directory: Path) -> Started:
    """Another runner was quicker: its run is the one that was asked for."""
    live = db.one("run_last", job=job)
    if live is None:
        raise Conflict(f"job {job} is {_job_row(db, job)['state']}: somebody else was quicker", hint=f"coro show {job}")
    return Started(job, live["number"], RunFiles.of(directory, job, live["number"]), None)


def goes_on(db: Database, run: Started) -> bool:
    """Whether the run has not ended yet."""
    if run.process is None or run.process.poll() is not None:
        # The supervisor is gone, or was never ours: what nobody has recorded is recorded now.
        reconcile.settle_if_over(db, run.job, run.number, run.files)
    return views.is_live(db, run.job, run.number)


def ended(db: Database, run: Started) -> dict[str, Any]:
    """The run's JSON once it has ended; waits for that."""
    while goes_on(db, run):
        time.sleep(LOOK_SECONDS)
    row = db.one("run_get", job=run.job, number=run.number)
    assert row is not None  # it was claimed
    return views.run_json(db, row, str(run.files.log))


def shown(db: Database, job: str) -> dict[str, Any]:
    """The job's JSON."""
    row = db.one("job_get", id=job)
    assert row is not None  # the caller resolved the id
    return views.job_json(db, row)


def dry_run(db: Database, job: str, directory: Path, home: str, *, event: str, text: str, force: bool) -> dict[str, Any]:
    """What a resume would run, to the letter. Nothing is changed: the batch is made in a transaction that is undone."""
    try:
        with db.transaction():
            check_resumable(_job_row(db, job), force=force)
            resume_in(db, job, event=_full_name(db, job, event), text=text, force=force, now=time.time())
            claimed = claims.claim(db, job, now=time.time()) or claims.batch(db, job, _job_row(db, job)["runs"])
            raise _Undo(_plan(claimed, directory, home))
    except _Undo as undone:
        return undone.plan


class _Undo(Exception):
    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan


def _plan(batch: Batch, directory: Path, home: str) -> dict[str, Any]:
    files = RunFiles.of(directory, batch.job["id"], batch.number)
    added = launch.variables(batch, files, home, inherit=False)
    return {
        "job": batch.job["id"], "command": json.loads(batch.job["command"]), "cwd": batch.job["cwd"], "env": added,
        "stdin": prompt(batch.job["title"], batch.events, batch.messages, satisfied=batch.satisfied),
        "event_file": launch.event_file(batch),
    }  # fmt: skip


def _job_row(db: Database, job: str) -> Any:
    row = db.one("job_get", id=job)
    assert row is not None  # the caller resolved the id
    return row
