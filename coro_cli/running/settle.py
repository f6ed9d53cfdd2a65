"""Moving a job on after its run has ended; and finding out how runs ended whose runner is gone.

Whoever comes first settles: the supervisor, the runner that started it, or a runner that starts later. The store lets only
one of them.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

from coro_cli.errors import StoreError
from coro_cli.running import bell, locks, processes
from coro_cli.running.files import RunFiles
from coro_cli.store import ends, runs
from coro_cli.store.database import Database
from coro_cli.store.inbox import Recorded

ORPHAN = "its supervisor is gone, but process {pid} still runs; its exit status will not be known"


def from_supervisor(store: str, job: str, number: int, directory: str) -> None:
    """Settle and ring. A store that cannot be written now is left to the next runner: the exit file stays."""
    files = RunFiles(Path(directory), number)
    try:
        with Database(store) as db:
            settle(db, job, number, files.exit_code())
    except StoreError:
        pass
    bell.ring(Path(store).parent / "doorbell")


def settle(db: Database, job: str, number: int, exit_code: int | None) -> Recorded | None:
    """Record the end and move the job on; None if somebody else did."""
    with db.transaction("finish"):
        return ends.finish(db, job, number, exit_code, now=time.time(), jitter=random.random())


def sweep(db: Database, directory: Path) -> Recorded:
    """Look after every live run whose supervisor may be gone: adopt, settle, give back, or call it interrupted."""
    done = Recorded()
    for run in db.all("runs_live"):
        result = settle_if_over(db, run["job"], run["number"], RunFiles.of(directory, run["job"], run["number"]))
        if result is not None:
            done.queued += result.queued
            done.finished += result.finished
    return done


def give_back(db: Database, job: str, number: int, why: str = "") -> None:
    """The command of this run never began: its batch is free for another one."""
    with db.transaction("finish"):
        runs.give_back(db, job, number, now=time.time(), why=why)


def settle_if_over(db: Database, job: str, number: int, files: RunFiles) -> Recorded | None:
    """Look after one live run; None while it goes on, and if somebody else was quicker."""
    if locks.is_held(files.path("lock")):
        return None
    # Read again: the supervisor may have begun, ended and let go since the row was read.
    run = db.one("run_get", job=job, number=number)
    code = files.exit_code()
    if run is None or run["state"] not in ("starting", "running"):
        return None
    if code is not None:
        return settle(db, job, number, code)
    if run["state"] == "starting" or files.path("unbegun").exists():
        give_back(db, job, number)
        return Recorded(queued=[job])
    if processes.is_alive(run["pid"], run["pid_started"]):
        _say(db, job, ORPHAN.format(pid=run["pid"]))
        return None
    return settle(db, job, number, None)


def _say(db: Database, job: str, text: str) -> None:
    row = db.one("job_get", id=job)
    if row is not None and row["attention"] != text:
        with db.transaction():
            db.run("job_attention", id=job, attention=text, held=0, now=time.time())
