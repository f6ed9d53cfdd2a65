"""flock: a lock that the kernel lets go of when its last holder dies, however it dies.

A pid file would have to be believed; a pid is somebody else's after a reboot. A lock belongs to the open file, so it passes
with the descriptor from the claimer to the run's supervisor without an instant in which nobody holds it.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from coro_cli import private


def take(path: Path) -> int | None:
    """The descriptor of the locked file, or None if somebody else holds it. Creates the file, never deletes it."""
    private.folder(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def is_held(path: Path) -> bool:
    """Whether some living process holds the lock."""
    if not path.exists():
        return False
    descriptor = take(path)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False
