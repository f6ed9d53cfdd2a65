"""What is done to a process at a point, from outside: Linux only, for it reads /proc and mounts small disks."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.crash.ways import Doing, Scene
from tests.helpers import until

KILL, TOLD, FULL, LOCKED = "SIGKILL at the point", "done, but told it failed", "disk full", "database locked"
COLUMNS = (KILL, TOLD, FULL, LOCKED)
# How the process is armed for a column.
ARMING = {KILL: "", TOLD: "fail:", FULL: "stop:", LOCKED: "stop:"}
HELD = 1.2


@contextlib.contextmanager
def disk(wanted: bool) -> Iterator[Path]:
    """A folder; one of three megabytes where the disk shall be filled."""
    with tempfile.TemporaryDirectory() as folder:
        if wanted:
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], check=True)
        try:
            yield Path(folder)
        finally:
            if wanted:
                subprocess.run(["umount", "--lazy", folder], check=True)


def halted(home: Path) -> int:
    """The process of this home that has stopped itself, 0 while there is none."""
    mark = f"CORO_HOME={home}".encode()
    for entry in Path("/proc").iterdir():
        try:
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0] if entry.name.isdigit() else ""
            if state == "T" and mark in (entry / "environ").read_bytes().split(b"\0"):
                return int(entry.name)
        except OSError:
            continue
    return 0


def strike(column: str, scene: Scene, doing: Doing) -> bool:
    """Do it and wait for the end. False where the point was not reached."""
    if column in (KILL, TOLD):
        doing.end()
        return True
    try:
        pid = until(lambda: halted(scene.coro.home) or (doing.process.poll() is not None and -1), timeout=30)
    except AssertionError:
        pid = -1
    if pid == -1:
        doing.end()
        return False
    with _full(scene.coro.home) if column == FULL else _locked(scene.coro.home / "coro.db"):
        os.kill(pid, signal.SIGCONT)
        _passed(doing.process)
    with _nobody_halted(scene.coro.home):
        doing.end()
    return True


@contextlib.contextmanager
def _nobody_halted(home: Path) -> Iterator[None]:
    """Whoever else comes to the point (another process that takes the work over) goes on at once."""
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(0.1):
            if pid := halted(home):
                os.kill(pid, signal.SIGCONT)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _passed(process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + HELD
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)


@contextlib.contextmanager
def _full(home: Path) -> Iterator[None]:
    """Not a byte is left on the disk for the time of the block."""
    ballast = os.open(home.parent / "ballast", os.O_CREAT | os.O_WRONLY)
    for size in (65536, 512):
        with contextlib.suppress(OSError):
            while os.write(ballast, b"x" * size) == size:
                pass
    os.close(ballast)
    yield
    (home.parent / "ballast").unlink()


@contextlib.contextmanager
def _locked(store: Path) -> Iterator[None]:
    """Somebody else holds the lock for writing, from now or from when a transaction that is open has ended."""
    release, held = threading.Event(), threading.Event()

    def hold() -> None:
        with contextlib.closing(sqlite3.connect(store, timeout=30, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            held.set()
            release.wait(30)
            other.execute("ROLLBACK")

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(0.1)
    yield
    release.set()
    thread.join(30)
