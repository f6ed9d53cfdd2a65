"""A doorbell: a FIFO in the home that any coro process rings when there may be work, so that the runner need not look often.

It is only a hint. A runner that hears nothing looks all the same once a second.
"""

from __future__ import annotations

import os
from pathlib import Path


def ring(path: Path) -> None:
    """Wake the runner, if one listens. Never blocks, never fails."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return  # no runner has it open (ENXIO), or it was never made
    try:
        os.write(descriptor, b"!")
    except OSError:
        pass  # full: it has been rung often enough
    finally:
        os.close(descriptor)


def listen(path: Path) -> int | None:
    """Open the bell for a runner; a descriptor to select on, or None where the file system has no FIFOs."""
    try:
        if not path.exists():
            os.mkfifo(path, 0o600)
        # Read and write: with no writer left, a read-only end would be readable (end-of-file) for ever.
        return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None


def drain(descriptor: int) -> None:
    """Take all rings at once."""
    try:
        os.read(descriptor, 65536)
    except OSError:
        pass
