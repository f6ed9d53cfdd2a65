"""Forgetting what is long over: stopped jobs with their history, events that nobody refers to, deliveries, lags.

Rows first, files after: a row without files is a job whose logs are gone, files without a row are litter that the next
pruning finds. A job's directory is only there once its row is, so a directory without a row belongs to nobody.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from coro_cli.store.database import Database

DAY = 86400.0
BATCH = 200  # a transaction that deletes more keeps others waiting
ROUNDS = 50
# Validators that were not renewed for so long belong to pages or tokens that nobody asks for any more.
VALIDATORS = 30 * DAY


def prune_daily(db: Database, runs: Path, *, keep: float) -> int:
    """`prune`, unless it was done within a day. Returns how many jobs were forgotten. keep: seconds."""
    now = time.time()
    if not _is_due(db, now):
        return 0  # without a transaction: it is asked often
    with db.transaction():
        if not _is_due(db, now):
            return 0
        db.run("cursor_put", plugin="", scope="prune", value=str(now))
    return prune(db, runs, now=now, keep=keep)


def _is_due(db: Database, now: float) -> bool:
    row = db.one("cursor_get", plugin="", scope="prune")
    # The absolute difference: after a clock that was far ahead it must not wait for years.
    return row is None or abs(now - float(row["value"])) >= DAY


def prune(db: Database, runs: Path, *, now: float, keep: float) -> int:
    """Forget what ended more than `keep` seconds ago. Returns how many jobs that were."""
    before, forgotten = now - keep, 0
    for _ in range(ROUNDS):
        gone = _jobs(db, before)
        for job in gone:
            shutil.rmtree(runs / job, ignore_errors=True)
        forgotten += len(gone)
        if len(gone) < BATCH:
            break
    _rest(db, before, now)
    _litter(db, runs)
    return forgotten


def _jobs(db: Database, before: float) -> list[str]:
    """One transaction: a job that was started again meanwhile is not among them."""
    with db.transaction("prune"):
        old = [str(row["id"]) for row in db.all("jobs_old", before=before, limit=BATCH)]
        for job in old:
            db.run("job_delete", id=job)
    return old


def _rest(db: Database, before: float, now: float) -> None:
    for _ in range(ROUNDS):
        with db.transaction():
            if db.run("events_prune", before=before) == 0:
                break
    with db.transaction():
        db.run("objects_prune", before=before)
        db.run("deliveries_prune", before=before)
        db.run("lags_prune")
        db.run("validators_forget", before=now - VALIDATORS)


def _litter(db: Database, runs: Path) -> None:
    """Directories whose rows are gone: a crash came between the two."""
    if not runs.is_dir():
        return
    for folder in runs.iterdir():
        if folder.is_dir() and not folder.is_symlink() and db.one("job_get", id=folder.name) is None:
            shutil.rmtree(folder, ignore_errors=True)
