"""Moving a job on after its run has ended; and finding out how runs ended whose runner is gone.

Whoever comes first settles: the supervisor, the runner that started it, or a runner that starts later. The store lets only
one of them.
"""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

from coro_cli.errors import StoreError
from coro_cli.running import doorbell, processes
from coro_cli.running.files import RunFiles
from coro_cli.store import claims, finish
from coro_cli.store.database import Database
from coro_cli.store.transitions import Recorded
from coro_cli.system import locks

# Seconds that a `coro cancel` is left to end the processes by itself, and those between TERM and KILL.
LEFT_ALONE, GRACE = 10.0, 5.0
ORPHAN = "its supervisor is gone, but process {pid} still runs; its exit status will not be known"
LEFT = "its command was killed, but what it had started still runs (process group {pid}); `coro cancel {job}` ends that"


def from_supervisor(store: str, job: str, number: int, exit_code: int) -> bool:
    """Settle and ring. False where the store cannot be written now: the next runner settles by the exit file."""
    try:
        with Database(store) as db:
            settle(db, job, number, exit_code)
    except StoreError:
        return False
    finally:
        doorbell.ring(Path(store).parent / "doorbell")
    return True


def settle(db: Database, job: str, number: int, exit_code: int | None) -> Recorded | None:
    """Record the end and move the job on; None if somebody else did."""
    with db.transaction("finish"):
        return finish.finish(db, job, number, exit_code, now=time.time(), jitter=random.random())


def sweep(db: Database, directory: Path) -> Recorded:
    """Look after every live run whose supervisor may be gone: adopt, settle, give back, or call it interrupted."""
    done = Recorded()
    _end_cancelled(db)
    for run in db.all("runs_live"):
        result = _looked_after(db, run["job"], RunFiles.of(directory, run["job"], run["number"]))
        if result is not None:
            done.queued += result.queued
            done.finished += result.finished
    return done


def _looked_after(db: Database, job: str, files: RunFiles) -> Recorded | None:
    """One run whose files are closed to us (another user has started it) must not hold up the others."""
    try:
        return settle_if_over(db, job, files.number, files)
    except StoreError as error:
        say(db, job, f"it is not known how its run fares: {error.message}")
        return None


def _end_cancelled(db: Database) -> None:
    """A `coro cancel` that was itself ended before its grace was over left the command running: end it in its place."""
    for run in db.all("runs_outliving"):
        age = abs(time.time() - run["cancelled_at"])
        if age >= LEFT_ALONE:
            number = signal.SIGTERM if age < LEFT_ALONE + GRACE else signal.SIGKILL
            processes.signal_group(run["pid"], run["pid_started"], number)


def give_back(db: Database, job: str, number: int, why: str = "") -> None:
    """The command of this run never began: its batch is free for another one."""
    with db.transaction("finish"):
        claims.give_back(db, job, number, now=time.time(), why=why)


def settle_if_over(db: Database, job: str, number: int, files: RunFiles) -> Recorded | None:
    """Look after one live run; None while it goes on, and if somebody else was quicker."""
    if locks.is_held(files.path("lock")):
        return None
    # Read again: the supervisor may have begun, ended and let go since the row was read.
    run = db.one("run_get", job=job, number=number)
    if run is None or run["state"] not in ("starting", "running"):
        return None
    if processes.is_supervising(run["supervisor"], job, number):
        return None  # the lock's file was taken away under it; it holds what is to be known in its memory
    code = files.exit_code()
    if code is not None:
        return settle(db, job, number, code)
    if run["state"] == "starting" or files.is_unbegun():
        give_back(db, job, number)
        return Recorded(queued=[job])
    if processes.is_alive(run["pid"], run["pid_started"]):
        say(db, job, ORPHAN.format(pid=run["pid"]))
        return None
    if processes.has_left_some(run["pid"], run["pid_started"]):
        say(db, job, LEFT.format(pid=run["pid"], job=job))  # another run would have them beside it
        return None
    return settle(db, job, number, None)


def say(db: Database, job: str, text: str) -> None:
    """Why a person should look at the job."""
    row = db.one("job_get", id=job)
    if row is not None and row["attention"] != text:
        with db.transaction():
            db.run("job_attention", id=job, attention=text, held=0, now=time.time())
