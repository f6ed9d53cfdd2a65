"""What an edge process does by itself, beside its sockets: listen for hints, sweep for what no hint told, keep order.

Each loop is on its own and survives the database: LISTEN/NOTIFY makes things quick, the sweeps make them certain.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import psycopg

from coro_cli.edge import hub as hubs
from coro_cli.edge.hub import Hub
from coro_cli.edge.metrics import Metrics
from coro_cli.edge.pool import Away, Pool

SWEEP = 2.0
PULSE = 5.0
UPKEEP = 15.0
PING_AFTER = 30.0
# A connection whose edge gave no sign for so long is nobody's; well above the pulse, below what the contract promises.
STALE = 60.0
# After the database was away nobody's signs of life are new: first everybody has had time to give one.
SETTLED = 20.0
ACK = 30.0
INHERIT = 86400.0
KEEP = 30 * 86400.0


@dataclass(slots=True)
class Keeper:
    """The loops of one edge. forget: called with a team whose secrets have changed."""

    pool: Pool
    hub: Hub
    metrics: Metrics
    forget: Callable[[str], None]
    _away: float = field(default_factory=time.monotonic)
    _news: dict[str, set[str]] = field(default_factory=dict)
    _told: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        """Begin all loops."""
        loops: list[Coroutine[Any, Any, None]] = [
            self._every(SWEEP, self.sweep), self._every(PULSE, self.pulse), self._every(UPKEEP, self.upkeep),
            self._listen(), self._herald(),
        ]  # fmt: skip
        self._tasks = [asyncio.create_task(loop) for loop in loops]

    async def stop(self) -> None:
        """End all loops."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def tell(self, team: str, runners: list[str]) -> None:
        """Something was stored: our own sockets know at once, the other edges in a moment."""
        self.hub.wake(team, runners)
        self._news.setdefault(team, set()).update(runners or [""])
        self._told.set()

    async def _herald(self) -> None:
        """NOTIFY takes a lock of the whole server at commit: it goes by itself, once for all that came meanwhile."""
        while True:
            await self._told.wait()
            self._told.clear()
            news, self._news = self._news, {}
            words = []
            for team, runners in news.items():
                words += [hubs.notice(team)] if "" in runners else []
                words += [hubs.notice(team, sorted(runners - {""}))] if runners - {""} else []
            try:
                await self.pool.all("notify", words=words)
            except Away:
                pass  # the sweeps of the others find it
            await asyncio.sleep(0.01)

    async def _every(self, seconds: float, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            try:
                await work()
            except Away:
                self._away = time.monotonic()
                self.metrics.add("coro_edge_database_errors_total")
            except psycopg.Error:
                self.metrics.add("coro_edge_database_errors_total")
            await asyncio.sleep(seconds)

    async def sweep(self) -> None:
        """Which teams have something that nobody holds?"""
        for row in await self.pool.all("teams_waiting"):
            for socket in self.hub.sockets.values():
                if socket.team == row["team"]:
                    socket.wake.set()

    async def pulse(self) -> None:
        """Our sockets are alive; which of them have lost the right to be? Who has been silent, who sits on something?"""
        now, epochs = time.monotonic(), list(self.hub.sockets)
        silent = {epoch: now - self.hub.sockets[epoch].heard for epoch in epochs}
        for epoch in epochs:
            if silent[epoch] > self.hub.silence:
                self.hub.end(epoch, hubs.SILENT, "silent")
        # Together: each of those that take nothing costs its second, and all of them must not cost a pulse.
        await asyncio.gather(*(self.hub.ping(epoch) for epoch in epochs if PING_AFTER < silent[epoch] <= self.hub.silence))
        await self.check()
        for row in await self.pool.all("dispatches_overdue", epochs=epochs, seconds=ACK, most=hubs.MOST_TRIES) if epochs else ():
            self.metrics.add("coro_edge_released_total", 'why="overdue"')
            for epoch in epochs:
                if epoch in self.hub.sockets:
                    self.hub.sockets[epoch].unacked.pop(row["delivery"], None)
                    self.hub.sockets[epoch].wake.set()

    async def check(self) -> None:
        """Tokens are revoked at once: a hint brings us here, and the pulse does without one."""
        epochs = list(self.hub.sockets)
        if not epochs:
            return
        alive = {row["epoch"] for row in await self.pool.all("connections_alive", epochs=epochs)}
        lost = {epoch: self.hub.sockets[epoch].token for epoch in epochs if epoch not in alive and epoch in self.hub.sockets}
        good = {row["id"] for row in await self.pool.all("tokens_good", ids=list(set(lost.values())))} if lost else set()
        for epoch, token in lost.items():
            # With a good token only the row is gone: the runner came again elsewhere, or was given up.
            self.hub.end(epoch, *((hubs.REPLACED, "replaced") if token in good else (hubs.REVOKED, "revoked")))

    async def upkeep(self) -> None:
        """Whose edge died? What is too old?"""
        settled = time.monotonic() - self._away > SETTLED
        stale = [row["epoch"] for row in await self.pool.all("connections_stale", seconds=STALE)] if settled else []
        stale += [row["epoch"] for row in await self.pool.all("dispatches_orphaned")]
        if stale:
            await self.hub.release(stale, fault=0, why="orphaned")
        for row in await self.pool.all("dispatches_inherit", seconds=INHERIT):
            self.hub.wake(row["team"])
        gone = [row["delivery"] for row in await self.pool.all("dispatches_give_up")]
        if gone:
            await self.pool.all("bodies_drop", ids=gone)
        await self.pool.all("deliveries_forget", seconds=KEEP)
        await self.pool.all("runners_forget")

    async def _listen(self) -> None:
        while True:
            try:
                connection = await self.pool.connect()
                async with connection:
                    await connection.execute("LISTEN coro_edge")
                    await self.sweep()  # what was said while nobody listened
                    await self._hear(connection)
            except Exception:  # whatever breaks it (mostly the database going away): an edge that hears nothing sweeps, and is slow
                self.metrics.add("coro_edge_database_errors_total")
                await asyncio.sleep(1.0)

    async def _hear(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Notices until the connection breaks; a half-open one is found by asking it something now and then."""
        while True:
            async for notice in connection.notifies(timeout=15.0):
                await self._heed(notice.payload)
            async with asyncio.timeout(5.0):
                await connection.execute("SELECT 1")

    async def _heed(self, payload: str) -> None:
        """Whoever may connect to the database may say anything on the channel: what is no word of ours is passed over."""
        try:
            word = json.loads(payload)
        except (ValueError, RecursionError):
            return
        match word:
            case {"team": str(team), "runners": [*runners]}:
                self.hub.wake(team, [name for name in runners if isinstance(name, str)])
            case {"team": str(team)}:
                self.hub.wake(team)
            case {"hooks": str(team)}:
                self.forget(team)
            case {"tokens": _}:
                await self.check()
