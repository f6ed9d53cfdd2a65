"""Checks of what is in the home: configuration, files, store, runner, webhook secrets, the service."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from coro_cli import config
from coro_cli.domain.durations import human
from coro_cli.errors import CoroError
from coro_cli.jobs import status
from coro_cli.polling.plugin_set import Fleet
from coro_cli.runner import service_files
from coro_cli.running import reconcile
from coro_cli.store.database import VERSION, Database
from coro_cli.system import paths

OK, WARNING, FAILED = "ok", "warning", "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """name: what was looked at. text: what was found. mend: what to do. fix: doing it, where that is safe."""

    name: str
    status: str
    text: str
    mend: str = ""
    fix: Callable[[], None] | None = None

    def as_json(self) -> dict[str, Any]:
        """As `coro doctor --json` prints it."""
        return {"name": self.name, "status": self.status, "text": self.text, "mend": self.mend or None, "fixable": self.fix is not None}


@dataclass(slots=True)
class Patient:
    """What is looked at. settings, fleet and db are None where they could not be opened: that was a check of its own.

    tell: says what takes its time.
    """

    home: paths.Home
    tell: Callable[[str], None] = lambda _: None
    settings: config.Config | None = None
    fleet: Fleet | None = None
    db: Database | None = None


Checks = Iterator[Check]


# Configuration, files, store, runner: what is in the home.


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
    known = status.runner(patient.db, patient.home)
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
        reconcile.sweep(db, patient.home.runs)

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
    from coro_cli.system import locks

    return locks.is_held(patient.home.runs / job / f"{number}.lock")


# Webhook secrets, and the service that keeps `coro start` running.


def secrets(patient: Patient) -> Checks:
    """Overlaps that end while deliveries still come in on the old secret; secrets past their age."""
    if not patient.home.secrets.exists():
        return
    from coro_cli.webhooks import secrets

    for text, mend in secrets.warnings(patient.home, patient.db):
        yield Check("webhook secrets", WARNING, text, mend)


def service(patient: Patient) -> Checks:
    """Is it installed, and will it live on after logout?"""
    if not service_files.is_installed(patient.home):
        return
    there = service_files.path(patient.home)
    if sys.executable not in there.read_text(encoding="utf-8", errors="replace"):
        yield Check("service", WARNING, f"{there} starts another coro than this one", "coro service install")
    elif not service_files.status(patient.home)["active"]:
        how = "coro service install" if service_files.is_mac() else "systemctl --user start coro; why not: journalctl --user -u coro"
        yield Check("service", WARNING, f"installed, but not active: {there}", how)
    else:
        yield Check("service", OK, f"active: {there}")
    if sys.platform.startswith("linux") and not os.path.exists(f"/var/lib/systemd/linger/{_user()}"):
        yield Check("service", WARNING, "it stops when you log out", f"loginctl enable-linger {_user()}")


def _user() -> str:
    return os.environ.get("USER") or os.environ.get("LOGNAME") or str(os.getuid())
