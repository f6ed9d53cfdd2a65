"""Configuration, files, store, runner: what is in the home."""

from __future__ import annotations

import os
import stat
import time
from functools import partial
from pathlib import Path

from coro_cli import config
from coro_cli.domain.durations import human
from coro_cli.errors import CoroError
from coro_cli.health.check import FAILED, OK, WARNING, Check, Checks, Patient
from coro_cli.polling import reporting
from coro_cli.polling.fleet import Fleet
from coro_cli.running import settle
from coro_cli.store.database import VERSION, Database

HEARTBEAT_LIMIT = 60.0


def configuration(patient: Patient) -> Checks:
    """Can it be read? Opens the fleet for the checks that follow."""
    path = patient.home.config_file
    try:
        patient.settings = config.load(patient.home)
    except CoroError as error:
        is_open = path.exists() and bool(path.stat().st_mode & 0o077) and "others can read it" in error.message
        fix = partial(os.chmod, path, 0o600) if is_open else None
        yield Check("config", FAILED, error.message, error.hint or "coro config edit", fix)
        return
    patient.fleet = Fleet(patient.settings)
    yield Check("config", OK, str(path) if path.exists() else f"no {path}: the defaults hold")


def permissions(patient: Patient) -> Checks:
    """Store, secrets and run files are the owner's alone."""
    for path in (patient.home.state, Path(patient.home.store), patient.home.secrets, patient.home.runs):
        if not path.exists():
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            wanted = 0o700 if path.is_dir() else 0o600
            mend = f"chmod {wanted:o} {path}"
            yield Check("permissions", WARNING, f"{path} can be read by others ({mode:04o})", mend, partial(os.chmod, path, wanted))
    if patient.home.state.exists() and not os.access(patient.home.state, os.W_OK):
        yield Check("permissions", FAILED, f"{patient.home.state} cannot be written", "name another home with --home")


def store(patient: Patient) -> Checks:
    """Integrity and version."""
    if not os.path.exists(patient.home.store):
        yield Check("store", OK, "no job was parked yet")
        return
    try:
        patient.db = Database(patient.home.store)
        found = str(patient.db.pragma("quick_check"))
    except CoroError as error:
        yield Check("store", FAILED, error.message, error.hint or "")
        return
    size = os.path.getsize(patient.home.store) / 1e6
    if found != "ok":
        yield Check("store", FAILED, f"damaged: {found}", "stop the runner, keep a copy, then restore a backup")
    else:
        yield Check("store", OK, f"whole, version {VERSION}, {size:.1f} MB")


def runner(patient: Patient) -> Checks:
    """Is one running, does its heart beat, and is there anything it should do?"""
    if patient.db is None:
        return
    known = reporting.runner(patient.db, patient.home)
    parked = patient.db.one("jobs_live_count")
    waiting = parked["n"] if parked is not None else 0
    if not known["alive"]:
        if waiting:
            jobs = "1 job waits" if waiting == 1 else f"{waiting} jobs wait"
            yield Check("runner", WARNING, f"none runs, and {jobs}", "coro start, or once and for all: coro service install")
        else:
            yield Check("runner", OK, "none runs, and nothing waits")
        return
    age = known["heartbeat_age"] or 0.0
    if age > HEARTBEAT_LIMIT:
        yield Check("runner", FAILED, f"pid {known['pid']} has not beaten for {human(age)}", f"end it (kill {known['pid']}) and start anew")
    else:
        yield Check("runner", OK, f"pid {known['pid']}, last beat {human(age)} ago")


def runs(patient: Patient) -> Checks:
    """Runs whose supervisor is gone, and jobs that need a person."""
    db = patient.db
    if db is None:
        return

    def sweep() -> None:
        settle.sweep(db, patient.home.runs)

    left = [r for r in db.all("runs_live") if time.time() - r["started_at"] > 60 and not _is_supervised(patient, r["job"], r["number"])]
    if left:
        names = ", ".join(f"{r['job']}.{r['number']}" for r in left[:5])
        yield Check("runs", WARNING, f"runs whose supervising process is gone: {names}", "coro poll settles them", sweep)
    needing = db.all("jobs_needing_attention", limit=100)
    for row in needing[:5]:
        yield Check("jobs", WARNING, f"{row['id']}: {row['attention']}", f"coro explain {row['id']}")
    if len(needing) > 5:
        yield Check("jobs", WARNING, f"and {len(needing) - 5} more jobs need attention", "coro jobs")


def _is_supervised(patient: Patient, job: str, number: int) -> bool:
    from coro_cli.running import locks

    return locks.is_held(patient.home.runs / job / f"{number}.lock")
