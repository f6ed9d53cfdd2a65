"""Deliveries into the database, many in one transaction: a commit is a wait for the disk, and is shared by all who wait.

Nobody waits for a batch to fill: while one is being committed the next one gathers.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import psycopg

from coro_cli.edge.pool import Away, Pool, Row

WRITERS = 2
MOST_ROWS, MOST_BYTES = 64, 16 * 1024 * 1024
# Within the ten seconds that hosts wait for an answer.
PATIENCE = 8.0
MOST_WAITING = 4096


@dataclass(slots=True)
class Writer:
    """The one way of a delivery into the tables."""

    pool: Pool
    _waiting: list[tuple[Row, asyncio.Future[Row]]] = field(default_factory=list)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        """Begin to write."""
        self._tasks = [asyncio.create_task(self._write()) for _ in range(WRITERS)]

    async def stop(self) -> None:
        """End; whoever waits still is told that nothing was stored."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for _, future in self._waiting:
            if not future.done():
                future.set_exception(Away("the edge ends"))

    async def put(self, values: Row) -> Row:
        """Store one; its row after the commit. Raises Away: then it may or may not be there, and may be sent again."""
        if len(self._waiting) >= MOST_WAITING:
            raise Away("too many wait already")
        future: asyncio.Future[Row] = asyncio.get_running_loop().create_future()
        self._waiting.append((values, future))
        self._wake.set()
        try:
            async with asyncio.timeout(PATIENCE):
                return await future
        except TimeoutError:
            raise Away("the database is slow") from None

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            batch = self._gather()
            if batch:
                await self._store(batch)

    def _gather(self) -> list[tuple[Row, asyncio.Future[Row]]]:
        count, size = 0, 0
        for values, _ in self._waiting:
            size += values["size"]
            if count and (count >= MOST_ROWS or size > MOST_BYTES):
                break
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        if not self._waiting:
            self._wake.clear()
        return [each for each in batch if not each[1].done()]

    async def _store(self, batch: list[tuple[Row, asyncio.Future[Row]]]) -> None:
        # In one order everywhere: two edges that are sent the same deliveries do not wait for each other in a ring.
        batch.sort(key=lambda each: (each[0]["team"], each[0]["plugin"], each[0]["delivery"], each[0]["digest"]))
        try:
            rows = await self.pool.many("delivery_insert", [values for values, _ in batch])
        except Away as away:
            self._fail(batch, away)
        except psycopg.Error as error:
            if len(batch) == 1:
                self._fail(batch, Away(type(error).__name__))
            for each in batch if len(batch) > 1 else ():
                await self._store([each])  # one of them cannot be stored: the others are no worse for it
        else:
            for (_, future), row in zip(batch, rows, strict=True):
                if not future.done():
                    future.set_result(row)

    def _fail(self, batch: list[tuple[Row, asyncio.Future[Row]]], away: Away) -> None:
        for _, future in batch:
            if not future.done():
                future.set_exception(away)
