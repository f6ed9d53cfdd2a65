"""PostgreSQL from a command: one connection, the named statements, the schema, and its troubles as sentences."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from coro_cli import edge
from coro_cli.errors import ConfigError, Conflict, CoroError, Unreachable
from coro_cli.store import database

if TYPE_CHECKING:
    import psycopg


SQL = os.path.join(os.path.dirname(__file__), "sql")


@cache
def load() -> dict[str, str]:
    """Every statement by its name."""
    return database.named(read("queries.sql"))


def read(file: str) -> str:
    """The text of one file of SQL."""
    with open(os.path.join(SQL, file), encoding="utf-8") as handle:
        return handle.read()


# PostgreSQL from a command: one connection, its troubles told as sentences, and the schema brought up to date.


VERSION = 1
MIGRATIONS = {1: "schema.sql"}
OLDEST = 150000
# Any number that nobody else locks; two `migrate` at once do it once.
LOCK = 0x636F726F
# A statement that takes longer is a database in trouble; the host that waits for our answer gives up after ten seconds.
OPTIONS = "-c statement_timeout=8000 -c idle_in_transaction_session_timeout=30000"
_NO_TABLE, _NO_CATALOG, _PASSWORD, _FORBIDDEN = "42P01", "3D000", "28", "42501"


def address(given: str | None) -> str:
    """`--database`, else CORO_EDGE_DATABASE_URL. ConfigError where neither is there."""
    found = given or os.environ.get("CORO_EDGE_DATABASE_URL", "")
    if not found:
        raise ConfigError("no database is named", hint="set CORO_EDGE_DATABASE_URL, or --database postgresql://USER@HOST/NAME")
    return found


def settings() -> dict[str, Any]:
    """What every connection is opened with: a server that went away without a word is noticed in seconds."""
    return {
        "connect_timeout": 4, "keepalives": 1, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
        "tcp_user_timeout": 15000, "application_name": "coro edge", "options": OPTIONS,
    }  # fmt: skip


def known(version: int | None) -> None:
    """Raise ConfigError unless the tables are of our version."""
    if version is None or version < VERSION:
        raise ConfigError("the database has no tables of the edge yet, or old ones", hint="coro edge migrate")
    if version > VERSION:
        raise ConfigError(f"the database is of version {version}, this coro knows {VERSION}", hint="upgrade coro")


class Admin:
    """One connection for one command. `run` is one statement in a transaction of its own, unless `transaction()` is open."""

    def __init__(self, url: str | None) -> None:
        edge.need(edge.ADMIN)
        import psycopg
        from psycopg.rows import dict_row

        self._statements = load()
        with told():
            self.connection: psycopg.Connection[dict[str, Any]] = psycopg.connect(
                address(url), autocommit=True, row_factory=dict_row, **settings()
            )

    def __enter__(self) -> Admin:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def all(self, name: str, /, **values: Any) -> list[dict[str, Any]]:
        """All rows that a statement returns."""
        with told():
            cursor = self.connection.execute(self._statements[name].encode(), values)
            return cursor.fetchall() if cursor.description is not None else []

    def one(self, name: str, /, **values: Any) -> dict[str, Any] | None:
        """The first row, or None."""
        return next(iter(self.all(name, **values)), None)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        with told(), self.connection.transaction():
            yield

    def notify(self, *words: str) -> None:
        """Tell every edge; a hint, nobody relies on it."""
        self.all("notify", words=list(words))

    def migrate(self) -> tuple[int, int]:
        """Bring the schema up to date. Returns the version before and after. Raises ConfigError for a newer one."""
        with told(), self.connection.transaction():
            if self.connection.info.server_version < OLDEST:
                raise ConfigError("the edge needs PostgreSQL 15 or newer", hint="upgrade the server")
            self.connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            self.connection.execute("SET LOCAL statement_timeout = 0")
            self.connection.execute(
                "CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())"
            )
            row = self.connection.execute("SELECT coalesce(max(version), 0) AS version FROM schema_version").fetchone()
            before = int(row["version"]) if row is not None else 0
            if before > VERSION:
                known(before)
            for number in range(before + 1, VERSION + 1):
                self.connection.execute(read(MIGRATIONS[number]).encode())
                self.connection.execute("INSERT INTO schema_version (version) VALUES (%s)", (number,))
        return before, VERSION


@contextmanager
def told() -> Iterator[None]:
    """Say what is wrong with the database in a sentence. A server's text may quote values: only its class is told."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise translated(error) from None


def translated(error: psycopg.Error) -> CoroError:
    """The sentence for an error of the driver."""
    import psycopg

    state = error.sqlstate or ""
    if state == _NO_TABLE:
        return ConfigError("the database has no tables of the edge yet", hint="coro edge migrate")
    if state == _FORBIDDEN:
        return ConfigError("the database's user may not do that", hint="let it own the database, or GRANT CREATE, USAGE ON SCHEMA public")
    text = str(error)
    if state.startswith(_PASSWORD) or "password" in text or "authentication" in text:
        return ConfigError("the database refuses these credentials", hint="check CORO_EDGE_DATABASE_URL, or ~/.pgpass")
    if state == _NO_CATALOG or "does not exist" in text:
        return ConfigError("there is no such database or user", hint="check CORO_EDGE_DATABASE_URL")
    if isinstance(error, psycopg.errors.UniqueViolation):
        return Conflict("there is one already")
    if isinstance(error, psycopg.ProgrammingError) and not state:
        return ConfigError("the database's address cannot be understood", hint="it looks like postgresql://USER@HOST:5432/NAME")
    if isinstance(error, psycopg.OperationalError):
        return Unreachable("the database cannot be reached", hint="is it up? check CORO_EDGE_DATABASE_URL")
    return CoroError(f"the database refused: {type(error).__name__} {state}".rstrip())
