"""The runner sockets of one edge process: what each holds, what it is owed, and when it is to be closed.

All that lasts is in PostgreSQL. A socket works under its epoch; whatever an edge forgets, the sweep of any edge finds.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from coro_cli.edge import frames
from coro_cli.edge.metrics import Metrics
from coro_cli.edge.pool import Away, Pool, Row

# Frames that one socket may hold without having acknowledged them, and how many bytes of them are read at a time.
WINDOW = 64
CHUNK_ROWS, CHUNK_BYTES = 16, 1024 * 1024
# A delivery that was sent so often and never acknowledged is parked aside.
MOST_TRIES = 8
PAUSE = 0.5
# What anybody may have is told to so many; whoever is not told finds it at the next sweep.
FEW = 4
REVOKED, BAD, REPLACED, SILENT = 4401, 1008, 4409, 4408


@dataclass(slots=True)
class Socket:
    """One runner's connection. send: one text frame. ending: why it is to be closed, for its own task to see to."""

    epoch: int
    team: str
    token: int
    send: Callable[[str], Awaitable[None]]
    runner: str = ""
    unacked: dict[int, float] = field(default_factory=dict)
    acks: list[int] = field(default_factory=list)
    heard: float = field(default_factory=time.monotonic)
    bad: int = 0
    gone: bool = False
    doubt: bool = False
    ending: tuple[int, str] | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    acked: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def runners(self) -> list[str]:
        """Whose deliveries it is given: everybody's and its own."""
        return ["", self.runner] if self.runner else [""]


@dataclass(slots=True)
class Hub:
    """All sockets of this process by epoch."""

    pool: Pool
    metrics: Metrics
    sockets: dict[int, Socket] = field(default_factory=dict)
    silence: float = 80.0

    def wake(self, team: str, runners: Sequence[str] = ()) -> None:
        """There is something for that team: for these runners, or for anybody, and then a few of them need to know."""
        mine = [socket for socket in self.sockets.values() if socket.team == team]
        chosen = [socket for socket in mine if socket.runner in runners]
        if not runners:
            chosen = random.sample(mine, min(len(mine), FEW))
        for socket in chosen:
            socket.wake.set()

    async def register(self, socket: Socket, said: frames.Registered) -> None:
        """The runner has said who it is. Its older sockets are void from this instant. Raises Away."""
        socket.runner = said.runner
        if said.watching is not None:
            await self.pool.all("runner_put", team=socket.team, name=said.runner, host=said.host, watching=said.watching)
        await self.pool.all("connection_named", epoch=socket.epoch, runner=said.runner)
        older = await self.pool.all("connections_superseded", team=socket.team, runner=said.runner, epoch=socket.epoch)
        if older:
            await self.release([row["epoch"] for row in older], fault=0, why="replaced")
            for row in older:
                self.end(row["epoch"], REPLACED, "replaced")
            await self.pool.all("notify", words=[json.dumps({"tokens": socket.team})])  # those at other edges
        socket.wake.set()

    def end(self, epoch: int, code: int, why: str) -> None:
        """Have one of ours closed by its own task: a peer that takes nothing holds up a close as it does a frame."""
        socket = self.sockets.get(epoch)
        if socket is not None and socket.ending is None:
            self.metrics.add("coro_edge_closed_total", f'why="{why}"')
            socket.ending = (code, why)
            socket.over.set()

    async def ping(self, epoch: int) -> None:
        """Ask for a sign of life; without one the socket is closed a little later."""
        socket = self.sockets.get(epoch)
        if socket is not None:
            try:
                async with asyncio.timeout(1.0):
                    await socket.send('{"type": "runner:ping"}')
            except Exception:  # a peer that takes nothing is silent, and is dealt with as such
                pass

    async def pump(self, socket: Socket) -> None:
        """Give the socket what there is for it, never more than its window; ends with the socket's task."""
        while not socket.gone:
            await socket.wake.wait()
            socket.wake.clear()
            try:
                await self._recollect(socket)
                while await self._fill(socket):
                    pass
            except Away:
                socket.doubt = True
                self.metrics.add("coro_edge_database_errors_total")
                await asyncio.sleep(PAUSE)
                socket.wake.set()

    async def _recollect(self, socket: Socket) -> None:
        """The database went away under us: what it has as ours and was never sent is given back, and claimed anew."""
        if socket.doubt:
            await self.pool.all("dispatches_unsent", epoch=socket.epoch, sent=list(socket.unacked))
            socket.doubt = False

    async def _fill(self, socket: Socket) -> bool:
        """One claim and its frames. False when there is no room, or nothing to send."""
        room = min(WINDOW - len(socket.unacked), CHUNK_ROWS)
        if room <= 0 or not socket.runner:
            return False
        claimed = await self._claim(socket, room, suspects=False)
        if not claimed and not socket.unacked:
            claimed = await self._claim(socket, 1, suspects=True)
        for chunk in _chunks(claimed):
            for row in await self.pool.all("frames_read", ids=chunk):
                if row["body"] is not None:
                    socket.unacked[row["id"]] = time.monotonic()
                    await socket.send(frames.webhook(row))
                    self.metrics.add("coro_edge_frames_total", 'way="out",type="event:pluginWebhook"')
        return len(claimed) == room

    async def _claim(self, socket: Socket, limit: int, *, suspects: bool) -> list[Row]:
        return await self.pool.all(
            "dispatches_claim", team=socket.team, runners=socket.runners, epoch=socket.epoch, limit=limit, suspects=suspects
        )

    async def settle(self, socket: Socket) -> None:
        """Write down the acknowledgements, many at a time; once the socket is gone it ends with the last of them."""
        while not socket.gone or socket.acks:
            await socket.acked.wait()
            socket.acked.clear()
            ids, socket.acks = socket.acks, []
            if ids:
                await self._acked(socket, ids)
            for id in ids:
                socket.unacked.pop(id, None)
            socket.wake.set()

    async def _acked(self, socket: Socket, ids: list[int]) -> None:
        whose = {"team": socket.team, "runners": socket.runners, "epoch": socket.epoch, "by": socket.runner}
        while True:
            try:
                await self.pool.all("dispatches_ack", ids=ids, **whose)
                await self.pool.all("bodies_drop", ids=ids)
                return
            except Away:
                if socket.gone:
                    return
                await asyncio.sleep(PAUSE)

    async def release(self, epochs: list[int], *, fault: int, why: str) -> None:
        """Give back what these connections held. fault: 1 where the try counts against the deliveries. Raises Away."""
        rows = await self.pool.all("dispatches_release", epochs=epochs, fault=fault, most=MOST_TRIES)
        self.metrics.add("coro_edge_released_total", f'why="{why}"', len(rows))
        teams = {row["team"] for row in rows}
        for team in teams:
            self.wake(team)
        if teams:
            await self.pool.all("notify", words=[notice(team) for team in teams])

    async def frame(self, socket: Socket, frame: dict[str, Any]) -> None:
        """One frame of a runner's. Raises BadFrame, Away."""
        kind = frame["type"]
        known = kind in ("runner:register", "runner:heartbeat", "event:ack")
        self.metrics.add("coro_edge_frames_total", f'way="in",type="{kind if known else "unknown"}"')
        if kind == "event:ack":
            id = frames.word(frame, "deliveryId")
            if not id.isascii() or not id.isdigit() or len(id) > 18:
                raise frames.BadFrame("it acknowledges nothing")
            socket.acks.append(int(id))
            socket.acked.set()
        elif kind == "runner:register" or (kind == "runner:heartbeat" and isinstance(frame.get("capabilities"), dict)):
            said = frames.registered(frame)
            if kind == "runner:register" or said.runner == socket.runner:
                await self.register(socket, said)


def notice(team: str, runners: Sequence[str] = ()) -> str:
    """What edges tell each other (at most 8000 bytes): which team has something new, and for whom."""
    words = json.dumps({"team": team, "runners": list(runners)})
    return words if len(words) < 7000 else json.dumps({"team": team})


def _chunks(claimed: list[Row]) -> list[list[int]]:
    """Ids in groups whose bodies are read together; a large body is read alone."""
    groups: list[list[int]] = []
    size = 0
    for row in sorted(claimed, key=lambda row: int(row["delivery"])):
        if not groups or size + row["size"] > CHUNK_BYTES:
            groups.append([])
            size = 0
        groups[-1].append(row["delivery"])
        size += row["size"]
    return groups
