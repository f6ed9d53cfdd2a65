"""Reading small files that may hold secrets: bounded, never a FIFO that blocks, with who else can read them."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds. shared: its mode lets others than its owner read or write it."""

    data: bytes = field(repr=False)
    shared: bool


def read(path: str | os.PathLike[str]) -> Found:
    """The file's bytes and its mode, of one and the same open file. Raises OSError, also for what is no plain file."""
    # Without O_NONBLOCK a FIFO in the file's place would hold us for ever.
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    about = os.fstat(handle)
    if not stat.S_ISREG(about.st_mode):
        os.close(handle)
        raise OSError(0, "it is not a plain file")
    with open(handle, "rb") as file:
        data = file.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise OSError(0, f"it is larger than {LIMIT >> 20} MB")
    return Found(data, bool(about.st_mode & 0o077))


def folder(path: Path) -> None:
    """Make a directory and what is missing above it, each for the owner alone: `mkdir(parents=True)` sees to the last only."""
    if path.is_dir():
        return
    folder(path.parent)
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        if not path.is_dir():
            raise


def cause(error: OSError) -> str:
    """Why a file could not be read, without its path: `permission denied`."""
    said = error.strerror or "it cannot be read"
    return said[:1].lower() + said[1:]
