"""What the store refuses, in sentences for people. A file that is not understood is never touched."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from coro_cli.errors import CoroError, StoreError, UsageError

BUSY_SECONDS = 20.0
KINDS = (sqlite3.DatabaseError, UnicodeEncodeError)


@contextmanager
def telling(path: str) -> Iterator[None]:
    """What the store refuses inside is said in a sentence."""
    try:
        yield
    except KINDS as error:
        raise told(error, path) from error


def told(error: sqlite3.DatabaseError | UnicodeEncodeError, path: str) -> CoroError:
    """What is wrong with the store, and the next step."""
    if isinstance(error, UnicodeEncodeError):  # a word of the command line in another encoding
        return UsageError("what was typed is not UTF-8, and cannot be stored", hint="check the terminal's encoding")
    return _translated(error, path)


def _is_full(path: str) -> bool:
    try:
        return os.statvfs(os.path.dirname(path)).f_bavail == 0
    except OSError:
        return False


def _translated(error: sqlite3.DatabaseError, path: str) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    # Without room for its index of the log SQLite speaks of an I/O error, or cannot open the file.
    if code == sqlite3.SQLITE_FULL or (code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN) and _is_full(path)):
        return StoreError(f"the disk that holds `{path}` is full: nothing was changed", hint="make room and try again")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreError(f"the store `{path}` is damaged: {error}", hint="nothing was overwritten; move the file away or restore a copy")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreError(f"the store `{path}` was locked by another process for {BUSY_SECONDS:.0f} seconds", hint="try again: coro doctor")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM):
        why = str(error) if os.access(os.path.dirname(path), os.W_OK) else "its directory is read-only"
        return StoreError(f"the store `{path}` cannot be written: {why}", hint="check its permissions and the disk: coro doctor")
    return StoreError(f"the store `{path}` refused: {error}")
