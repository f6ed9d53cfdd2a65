"""A few connections to PostgreSQL, shared by everything in one edge process.

A connection that broke is thrown away and the statement tried once more on a new one: every statement of ours may be run
twice. `Away` means the database cannot be had right now; nothing was answered, so nothing is lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row

from coro_cli.edge import database

Row = dict[str, Any]
Connection = psycopg.AsyncConnection[Row]
Work = Callable[[Connection], Awaitable[list[Row]]]
WAIT = 5.0
# The last two: a standby that took over and is read-only still; a connection that was closed under us.
TROUBLE = (psycopg.OperationalError, psycopg.InternalError, psycopg.InterfaceError)


class Away(Exception):
    """The database cannot be reached, or is too busy."""


class Unfit(Away):
    """It answers, but it is not what we know: no tables yet, other ones, or none that we may use."""


class Pool:
    """At most `size` connections, made when they are needed."""

    def __init__(self, url: str, size: int = 8) -> None:
        self.url = url
        self.last_good = 0.0
        self._statements = {name: text.encode() for name, text in database.load().items()}
        self._room = asyncio.Semaphore(size)
        self._idle: list[Connection] = []

    async def all(self, name: str, /, **values: Any) -> list[Row]:
        """Run one statement in a transaction of its own; all rows it returns. Raises Away."""
        return await self._tried(lambda connection: _one(connection, self._statements[name], values))

    async def many(self, name: str, values: Sequence[Row]) -> list[Row]:
        """Run one statement for each of these, all in one transaction; the first row of each. Raises Away."""
        return await self._tried(lambda connection: _each(connection, self._statements[name], values))

    async def _tried(self, work: Work) -> list[Row]:
        async with self._slot():
            for fresh in (False, True):
                try:
                    return await self._run(await self._take(fresh), work)
                except psycopg.ProgrammingError as error:
                    raise Unfit(type(error).__name__) from error
                except TROUBLE as error:
                    if fresh or isinstance(error, psycopg.errors.QueryCanceled):
                        raise Away(type(error).__name__) from error
        raise Away("never")

    async def one(self, name: str, /, **values: Any) -> Row | None:
        """The first row, or None."""
        return next(iter(await self.all(name, **values)), None)

    async def connect(self) -> Connection:
        """A connection of one's own (the listener's)."""
        try:
            return await psycopg.AsyncConnection.connect(self.url, autocommit=True, row_factory=dict_row, **database.settings())
        except psycopg.OperationalError as error:
            raise Away(type(error).__name__) from error

    async def close(self) -> None:
        """Close what is idle; what is at work closes itself when it comes back."""
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.close()

    async def _run(self, connection: Connection, work: Work) -> list[Row]:
        try:
            rows = await work(connection)
        except BaseException:
            # Also a cancelled one: what the connection was in the middle of is nobody's any more.
            await connection.close()
            raise
        self._idle.append(connection)
        self.last_good = asyncio.get_running_loop().time()
        return rows

    async def _take(self, fresh: bool) -> Connection:
        if fresh:
            await self.close()  # one is broken: the others were opened before whatever broke it
        return self._idle.pop() if self._idle else await self.connect()

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        try:
            # Not wait_for: before 3.12 it swallows a cancellation that comes in the same turn as the result.
            async with asyncio.timeout(WAIT):
                await self._room.acquire()
        except TimeoutError:
            raise Away("all connections are busy") from None
        try:
            yield
        finally:
            self._room.release()


async def _one(connection: Connection, text: bytes, values: Row) -> list[Row]:
    cursor = await connection.execute(text, values)
    return await cursor.fetchall() if cursor.description is not None else []


async def _each(connection: Connection, text: bytes, values: Sequence[Row]) -> list[Row]:
    rows: list[Row] = []
    async with connection.transaction(), connection.cursor() as cursor:
        await cursor.executemany(text, values, returning=True)
        while True:
            rows += await cursor.fetchmany(1)
            if not cursor.nextset():
                return rows
