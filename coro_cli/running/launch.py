"""Starting one claimed run: its files, its environment, its supervisor."""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coro_cli.domain.prompts import prompt
from coro_cli.domain.waits import marker
from coro_cli.errors import StoreError
from coro_cli.running import reconcile
from coro_cli.running.files import RunFiles
from coro_cli.store import claims, finish
from coro_cli.store.claims import Batch
from coro_cli.store.database import Database
from coro_cli.system import locks
from coro_cli.system.crash_points import ARMED, reach

if TYPE_CHECKING:
    import sqlite3
    import subprocess


VALUE_LIMIT = 4096
# What is kept of the park's environment besides --env: environments hold secrets.
KEPT = ("PATH", "LANG", "LANGUAGE", "TZ", "VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV")
# What keeps a supervisor from being started for the job's own sake, and would the next time: more words than a program takes.
_LASTING = frozenset({errno.E2BIG})
# So often (at growing pauses, some four minutes in all) it is seen whether a directory comes: a disk may still be mounted.
PATIENCE = 9
NOT_STARTED = 126
UNKNOWN = (
    "held: its run {number} has ended here, which this store does not know: an older store was put back; "
    "its output is in {log}; `coro resume --job {job}` runs it again"
)


@dataclass(frozen=True, slots=True)
class Started:
    """A run that was handed to its supervisor."""

    job: str
    number: int
    files: RunFiles
    process: subprocess.Popen[bytes] | None


def claim_and_start(db: Database, home_runs: Path, home: str, job: str, *, skew: float = 0.0) -> Started | None:
    """Claim the job and start it; None if it was not to be had.

    The lock is taken before the claim commits: from then on either somebody holds it, or the run is free to be taken back.
    """
    row = db.one("job_get", id=job)
    if row is None:
        return None
    files = RunFiles.of(home_runs, job, row["runs"] + 1)
    try:
        lock = locks.take(files.path("lock"))
    except StoreError as error:
        reconcile.say(db, job, f"its command cannot be started: {error.message}")
        raise
    if lock is None:
        return None
    try:
        if unknown := files.ended_since():
            _hold(db, row, RunFiles.of(home_runs, job, unknown[-1]))
            return None
        files.clear()
        with db.transaction("claim"):
            claimed = claims.claim(db, job, now=time.time(), skew=skew)
            if claimed is None or claimed.number != files.number:
                raise _Lost
        return _start_or_settle(db, claimed, files, lock, home)
    except _Lost:
        return None
    finally:
        os.close(lock)


def _hold(db: Database, row: sqlite3.Row, last: RunFiles) -> None:
    """An older store was put back: what the job has done since is not done again without a word. Its numbers are used up."""
    why = UNKNOWN.format(job=row["id"], number=last.number, log=last.log)
    with db.transaction():
        if db.run("job_hold", id=row["id"], runs=row["runs"], known=last.number, attention=why, now=time.time()):
            db.run("note_insert", job=row["id"], now=time.time(), text=f"held: this store did not know of run {last.number}")


def _start_or_settle(db: Database, batch: Batch, files: RunFiles, lock: int, home: str) -> Started:
    """A run that cannot be started is given back where that may pass, and fails where it will not."""
    job, number = batch.job["id"], files.number
    try:
        return _start(db, batch, files, lock, home)
    except StoreError as error:
        reconcile.give_back(db, job, number, error.message)
        raise
    except (OSError, ValueError) as error:
        # A value that no environment or pipe can carry (ValueError) would be the same the next time, too.
        why = (error.strerror if isinstance(error, OSError) else str(error)) or "it cannot be started"
        if isinstance(error, OSError) and error.errno not in _LASTING:
            # Whatever it is (no memory, no interpreter while a package is renewed), it says nothing of the command.
            reconcile.give_back(db, job, number, f"its supervisor: {why}")
            raise StoreError(f"job {job} could not be started: {why}", hint="it is tried again") from error
        return _not_started(db, batch, files, NOT_STARTED, why)


def _not_started(db: Database, batch: Batch, files: RunFiles, exit_code: int, why: str) -> Started:
    files.create("log", _bytes(f"coro: {why}\n"))
    with db.transaction("finish"):
        finish.finish(db, batch.job["id"], files.number, exit_code, now=time.time(), jitter=0.0)
    return Started(batch.job["id"], files.number, files, None)


def _bytes(text: str) -> bytes:
    """surrogateescape: a title typed in another encoding comes out as the bytes it was. Other halves of pairs are no text."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


class _Lost(Exception):
    """Somebody else claimed it: roll back."""


def _start(db: Database, batch: Batch, files: RunFiles, lock: int, home: str) -> Started:
    command: list[str] = json.loads(batch.job["command"])
    if not command:  # a job that only waits, queued again by hand
        with db.transaction("finish"):
            finish.finish(db, batch.job["id"], files.number, 0, now=time.time(), jitter=0.0)
        return Started(batch.job["id"], files.number, files, None)
    environment = variables(batch, files, home)
    text = prompt(batch.job["title"], batch.events, batch.messages, satisfied=batch.satisfied)
    files.create("prompt", _bytes(text))
    files.create("json", json.dumps(event_file(batch), indent=1).encode())
    files.create("log", b"")
    reach("spawn.files-written")
    if problem := _problem(batch.job["cwd"]):
        if claims.vain_starts(db, batch.job["id"]) >= PATIENCE:
            return _not_started(db, batch, files, 1, problem)
        raise StoreError(f"job {batch.job['id']} could not be started: {problem}", hint="it is tried again for some minutes")
    process = _spawn(db.path, batch, files, lock, command, environment)
    reach("spawn.started")
    return Started(batch.job["id"], files.number, files, process)


def _problem(cwd: str) -> str:
    """What is amiss with the directory that the command is to start in."""
    try:
        is_there = stat.S_ISDIR(os.stat(cwd).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        is_there = False
    except OSError as error:
        return f"the directory it was parked in cannot be used: {cwd}: {error.strerror}"
    return "" if is_there else f"the directory it was parked in is gone: {cwd}"


def _spawn(
    store: str, batch: Batch, files: RunFiles, lock: int, command: list[str], environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    import subprocess

    supervisor = os.path.join(os.path.dirname(__file__), "supervise.py")
    words = [sys.executable, "-I", "-S", supervisor, store, batch.job["id"], str(files.number), str(lock), str(files.directory)]
    with open(files.path("prompt"), "rb") as stdin, open(files.log, "ab") as log:
        return subprocess.Popen(
            [*words, *command], stdin=stdin, stdout=log, stderr=log, cwd=batch.job["cwd"], env=environment,
            pass_fds=(lock,), start_new_session=True,
        )  # fmt: skip


def variables(batch: Batch, files: RunFiles, home: str, *, inherit: bool = True) -> dict[str, str]:
    """The command's environment: the runner's (`inherit`), then what the park kept, then coro's own, each of bounded size."""
    event = batch.events[0] if batch.events else None
    job = batch.job
    own = {
        "CORO_JOB_ID": job["id"],
        "CORO_RUN_ID": f"{job['id']}.{files.number}",
        "CORO_ATTEMPT": str(batch.attempt),
        "CORO_PHASE": job["phase"],
        "CORO_TITLE": job["title"],
        "CORO_EVENT": event.name if event else "job:message",
        "CORO_REF": event.ref if event and event.ref else (batch.refs[0] if batch.refs else ""),
        "CORO_URL": event.url if event else "",
        "CORO_SATISFIED": "true" if batch.satisfied else "false",
        "CORO_MARKER": marker(job["id"], files.number),
        "CORO_HOME": home,
        "CORO_EVENT_FILE": str(files.path("json")),
    }
    # Of coro's own variables only the crash point goes on: the supervisor has some, too.
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("CORO_") or k == ARMED} if inherit else {}
    kept: dict[str, str] = json.loads(job["env"])
    if kept:  # what was not set at the park is not set for the command either
        inherited = {k: v for k, v in inherited.items() if not is_of_the_park(k)}
    return inherited | kept | {k: _bounded(v) for k, v in own.items()}


def is_of_the_park(name: str) -> bool:
    """Whether the command gets this variable as it was at the park: the path, the locale, the virtual environment."""
    return name in KEPT or name.startswith("LC_")


def _bounded(value: str) -> str:
    """No value from outside may grow without bound or hold what an environment cannot: exec would fail."""
    flat = "".join(c if c.isprintable() else " " for c in value)
    return flat.encode("utf-8", "replace")[:VALUE_LIMIT].decode("utf-8", "ignore")


def event_file(batch: Batch) -> dict[str, Any]:
    """The document of CORO_EVENT_FILE."""
    return {
        "job": batch.job["id"],
        "run": f"{batch.job['id']}.{batch.number}",
        "events": [e.as_json("woke") for e in batch.events],
        "messages": batch.messages,
        "satisfied": batch.satisfied,
    }
