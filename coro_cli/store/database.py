"""One connection to the store: opened, checked, upgraded; its named statements, transactions, and refusals in sentences for people."""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from coro_cli.errors import CoroError, StoreError, UsageError
from coro_cli.system.crash_points import reach

APPLICATION_ID = 0x636F726F  # "coro"
VERSION = 3
MIGRATIONS: dict[int, str] = {1: "schema.sql", 2: "runner_interval.sql", 3: "looks_in_order.sql"}


class Database:
    """A connection for one thread. `run` changes, `one` and `all` read; statements go by their names."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._statements = load()
        with telling(path):
            self._connection = _open(path)

    def close(self) -> None:
        """Close it; a second time does nothing."""
        self._connection.close()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # The four are written out: a wrapper around each would take as long as the statement itself.

    def run(self, name: str, /, **values: Any) -> int:
        """Run a statement; returns how many rows it changed."""
        try:
            return self._connection.execute(self._statements[name], values).rowcount
        except KINDS as error:
            raise told(error, self.path) from error

    def insert(self, name: str, /, **values: Any) -> int:
        """Run an INSERT; returns the new row's number."""
        try:
            return int(self._connection.execute(self._statements[name], values).lastrowid or 0)
        except KINDS as error:
            raise told(error, self.path) from error

    def one(self, name: str, /, **values: Any) -> sqlite3.Row | None:
        """The first row, or None."""
        try:
            row: sqlite3.Row | None = self._connection.execute(self._statements[name], values).fetchone()
        except KINDS as error:
            raise told(error, self.path) from error
        return row

    def all(self, name: str, /, **values: Any) -> list[sqlite3.Row]:
        """All rows."""
        try:
            return self._connection.execute(self._statements[name], values).fetchall()
        except KINDS as error:
            raise told(error, self.path) from error

    def pragma(self, text: str) -> Any:
        """The first value of a PRAGMA."""
        with telling(self.path):
            return self._connection.execute(f"PRAGMA {text}").fetchone()[0]

    @property
    def changes(self) -> int:
        """A number that grows when another connection has committed: a cheap "is there news?"."""
        return int(self.pragma("data_version"))

    @contextmanager
    def transaction(self, point: str = "") -> Iterator[None]:
        """All or nothing, alone. `point` names the crash points before and after its commit."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                if point:
                    reach(f"{point}.before-commit")
                self._connection.execute("COMMIT")
            except BaseException:
                # A failed COMMIT (disk full, busy) leaves the transaction open; some errors have already ended it.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except KINDS as error:
            raise told(error, self.path) from error
        if point:
            reach(f"{point}.committed")


def _open(path: str) -> sqlite3.Connection:
    _make_private(path)
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        if sys.platform == "darwin":
            connection.execute("PRAGMA fullfsync = ON")
        _prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_private(path: str) -> None:
    """Create the file for the owner alone, before SQLite would with the process's umask."""
    if os.path.exists(path):
        _refuse_emptied(path)
    else:
        from coro_cli.system import files  # for the first call of all alone

        try:
            files.folder(Path(path).parent)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            home = os.path.dirname(path)
            raise StoreError(f"`{home}` cannot be written: {error.strerror}", hint="name another home with --home") from error


def _refuse_emptied(path: str) -> None:
    """A file without a byte is a store that is just being made, unless jobs have run here before: then it was emptied."""
    runs, patience = Path(path).parent / "runs", 50
    while os.path.isfile(path) and os.path.getsize(path) == 0 and runs.is_dir() and any(runs.iterdir()):
        patience -= 1
        if patience == 0:
            raise StoreError(f"the store `{path}` is damaged: it is empty", hint="move the file away or restore a copy")
        time.sleep(0.02)


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version and connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise _foreign(path)
    if version == VERSION:
        return
    if version > VERSION:
        raise StoreError(
            f"the store `{path}` was written by a newer coro (version {version}, this one knows {VERSION})", hint="upgrade coro"
        )
    if version == 0 and connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] and not _is_ours(connection):
        raise _foreign(path)
    if _switch_to_wal(connection) != "wal":
        raise StoreError(f"the store `{path}` is on a file system that cannot hold it", hint="name a home on a local disk with --home")
    _migrate(connection, path)


def _foreign(path: str) -> StoreError:
    return StoreError(f"`{path}` is a database, but not one of coro's", hint="name another home with --home")


def _is_ours(connection: sqlite3.Connection) -> bool:
    """Another process may have made the tables since the version was read."""
    return bool(connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)


def _switch_to_wal(connection: sqlite3.Connection) -> str:
    """The busy time-out does not hold for this one statement: of several processes that open a new store, one is refused."""
    for _ in range(int(BUSY_SECONDS / 0.02)):
        try:
            return str(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(0.02)
    return str(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])


def _migrate(connection: sqlite3.Connection, path: str) -> None:
    """Bring the store to VERSION in one transaction; two processes that open it at once do it once."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        for number in range(version + 1, VERSION + 1):
            for statement in _statements(read(MIGRATIONS[number])):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        reach("migrate.before-commit")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    reach("migrate.committed")


def _statements(script: str) -> Iterator[str]:
    """Split a script: executescript() would commit the open transaction first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


# The named statements of `sql/queries.sql`, read once.
#
# A statement starts at a line `-- name: NAME` and ends at the next one. Parameters are `:named`.


SQL = os.path.join(os.path.dirname(__file__), "sql")


@cache
def load() -> dict[str, str]:
    """Every statement by its name."""
    return named(read("queries.sql"))


def named(script: str) -> dict[str, str]:
    """The statements of a script by their names, without its comments. Raises ValueError for a name that is given twice."""
    statements: dict[str, str] = {}
    for block in script.split("-- name: ")[1:]:
        name, _, text = block.partition("\n")
        if name in statements:
            raise ValueError(f"two statements are named {name}")
        lines = [line for line in text.splitlines() if not line.startswith("--")]
        statements[name.strip()] = "\n".join(lines).strip().rstrip(";")
    return statements


def read(file: str) -> str:
    """The text of one file of SQL."""
    with open(os.path.join(SQL, file), encoding="utf-8") as handle:
        return handle.read()


# What the store refuses, in sentences for people. A file that is not understood is never touched.


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
