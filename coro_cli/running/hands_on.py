"""`coro resume`: one job woken by hand, started in this process's care, and watched to its end."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from coro_cli.domain import names, states
from coro_cli.domain.prompts import prompt
from coro_cli.errors import Conflict
from coro_cli.running import dispatch, launch, manual, settle
from coro_cli.running.files import RunFiles
from coro_cli.running.launch import Started
from coro_cli.store import lookup, rows, runs
from coro_cli.store.database import Database
from coro_cli.store.runs import Batch

LOOK_SECONDS = 0.05
CLAIM_SECONDS = 5.0


def look_after(db: Database, job: str, directory: Path) -> None:
    """Settle the job's run if its runner and supervisor are gone: it may only seem to run."""
    live = db.one("run_live_of_job", job=job)
    if live is not None:
        settle.settle_if_over(db, job, live["number"], RunFiles.of(directory, job, live["number"]))


def wake(db: Database, job: str, *, event: str, text: str, force: bool) -> None:
    """Make the job ready to be claimed. Raises Conflict where its state forbids that."""
    manual.resume(db, job, event=_full_name(db, job, event), text=text, force=force)


def _full_name(db: Database, job: str, event: str) -> str:
    if not event:
        return ""
    row = db.one("wait_last", job=job)
    families = {names.family_of(p) for p in rows.wait(row).on} - {names.JOB} if row is not None else set()
    return names.expand(event, sorted(families))[0]


def start(db: Database, job: str, directory: Path, home: str) -> Started | None:
    """Claim and start it here; None for a job without a command. Raises Conflict if a runner was quicker."""
    row = db.one("job_get", id=job)
    assert row is not None  # the caller resolved the id
    if row["command"] == "[]" and row["state"] != states.QUEUED:
        return None  # it was woken, and so completed, already
    deadline = time.monotonic() + CLAIM_SECONDS
    while _row(db, job)["state"] == states.QUEUED:
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
        raise Conflict(f"job {job} is {_row(db, job)['state']}: somebody else was quicker", hint=f"coro show {job}")
    return Started(job, live["number"], RunFiles.of(directory, job, live["number"]), None)


def goes_on(db: Database, run: Started) -> bool:
    """Whether the run has not ended yet."""
    if run.process is None or run.process.poll() is not None:
        # The supervisor is gone, or was never ours: what nobody has recorded is recorded now.
        settle.settle_if_over(db, run.job, run.number, run.files)
    return lookup.is_live(db, run.job, run.number)


def ended(db: Database, run: Started) -> dict[str, Any]:
    """The run's JSON once it has ended; waits for that."""
    while goes_on(db, run):
        time.sleep(LOOK_SECONDS)
    row = db.one("run_get", job=run.job, number=run.number)
    assert row is not None  # it was claimed
    return lookup.run_json(db, row, str(run.files.log))


def shown(db: Database, job: str) -> dict[str, Any]:
    """The job's JSON."""
    row = db.one("job_get", id=job)
    assert row is not None  # the caller resolved the id
    return lookup.job_json(db, row)


def dry_run(db: Database, job: str, directory: Path, home: str, *, event: str, text: str, force: bool) -> dict[str, Any]:
    """What a resume would run, to the letter. Nothing is changed: the batch is made in a transaction that is undone."""
    try:
        with db.transaction():
            manual.check_resumable(_row(db, job), force=force)
            manual.resume_in(db, job, event=_full_name(db, job, event), text=text, force=force, now=time.time())
            claimed = runs.claim(db, job, now=time.time()) or runs.batch(db, job, _row(db, job)["runs"])
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


def _row(db: Database, job: str) -> Any:
    row = db.one("job_get", id=job)
    assert row is not None  # the caller resolved the id
    return row
