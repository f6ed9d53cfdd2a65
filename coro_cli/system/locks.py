"""flock: a lock that the kernel lets go of when its last holder dies, however it dies.

A pid file would have to be believed; a pid is somebody else's after a reboot. A lock belongs to the open file, so it passes
with the descriptor from the claimer to the run's supervisor without an instant in which nobody holds it.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from coro_cli.errors import StoreError
from coro_cli.system import files


def take(path: Path, *, patience: float = 0.0) -> int | None:
    """The descriptor of the locked file, or None if somebody else holds it. Creates the file, never deletes it.

    patience: seconds to try: whoever only asks `is_held` holds it for an instant.
    """
    descriptor = _open(path)
    deadline = time.monotonic() + patience
    while not _lock(descriptor, fcntl.LOCK_EX):
        if time.monotonic() >= deadline:
            os.close(descriptor)
            return None
        time.sleep(0.01)
    return descriptor


def _open(path: Path) -> int:
    try:
        files.folder(path.parent)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(f"`{path}` cannot be opened: {error.strerror}", hint="make room, or check the home's permissions") from error


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def is_held(path: Path) -> bool:
    """Whether some living process holds the lock."""
    if not path.exists():
        return False
    descriptor = _open(path)
    try:
        # Shared: two that ask at the same time are not in each other's way.
        return not _lock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)
