"""`/ws/runner`: one socket from its token to its end."""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from coro_cli.edge import frames
from coro_cli.edge.hub import BAD, Hub, Socket
from coro_cli.edge.pool import Away

MOST_BAD = 20
TOKEN_LONGEST = 500
AGAIN = 1013
CLOSE_SECONDS, SETTLE_SECONDS = 2.0, 5.0


@dataclass(slots=True)
class Relay:
    """Serves sockets. edge: this process's name. draining: it is about to end, and what it holds goes back at once."""

    hub: Hub
    edge: str
    draining: bool = False

    async def serve(self, ws: WebSocket) -> None:
        """One connection, whole."""
        token = _token(ws)
        try:
            row = await self.hub.pool.one("token_use", hash=hashlib.sha256(token.encode()).digest()) if token else None
            if row is None:
                await ws.send_denial_response(JSONResponse({"error": {"code": "unauthorized", "message": "the token is not valid"}}, 401))
                return
            opened = await self.hub.pool.one("connection_open", team=row["team"], token=row["id"], edge=self.edge)
        except Away:
            await ws.send_denial_response(JSONResponse({"error": {"code": "not-ready", "message": "the database is away"}}, 503))
            return
        assert opened is not None  # an INSERT returns its row
        await ws.accept()
        await self._work(ws, Socket(opened["epoch"], row["team"], row["id"], ws.send_text))

    async def _work(self, ws: WebSocket, socket: Socket) -> None:
        hub = self.hub
        hub.sockets[socket.epoch] = socket
        settler = asyncio.create_task(hub.settle(socket))
        parts = (hub.pump(socket), self._read(ws, socket), socket.over.wait())
        tasks: list[asyncio.Task[Any]] = [asyncio.create_task(part) for part in parts]
        try:
            # A pump that fails (the peer is gone in the middle of a frame) ends the socket as well.
            await asyncio.wait([settler, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            socket.gone = True
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            hub.sockets.pop(socket.epoch, None)
            await asyncio.gather(_close(ws, socket), self._leave(socket, settler), return_exceptions=True)

    async def _read(self, ws: WebSocket, socket: Socket) -> None:
        while True:
            try:
                message = await ws.receive()
            except (WebSocketDisconnect, RuntimeError):
                return
            if message["type"] != "websocket.receive":
                return
            socket.heard = time.monotonic()
            try:
                await self.hub.frame(socket, frames.parse(message.get("text") or message.get("bytes") or ""))
            except frames.BadFrame:
                socket.bad += 1
                if socket.bad >= MOST_BAD:
                    self.hub.end(socket.epoch, BAD, "malformed")
                    return
            except Away:
                self.hub.end(socket.epoch, AGAIN, "database")
                return

    async def _leave(self, socket: Socket, settler: asyncio.Task[None]) -> None:
        """Its own epoch only: a newer connection's deliveries are not touched, however late this comes."""
        socket.acked.set()
        # What a runner acknowledged with its last breath is acknowledged: it is not sent again.
        await asyncio.wait([settler], timeout=SETTLE_SECONDS)
        settler.cancel()
        try:
            await self.hub.release([socket.epoch], fault=0 if self.draining else 1, why="drained" if self.draining else "closed")
            await self.hub.pool.all("connections_closed", epochs=[socket.epoch])
        except Away:
            pass  # the sweep of any edge finds the epoch without a sign of life


async def _close(ws: WebSocket, socket: Socket) -> None:
    """Say why, if the peer takes it; where it does not, the connection is given up without a word."""
    if socket.ending is not None:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await ws.close(*socket.ending)
        except (TimeoutError, RuntimeError, WebSocketDisconnect):
            pass


def _token(ws: WebSocket) -> str:
    """From `Authorization: Bearer`, or `?token=` as the published protocol has it."""
    scheme, _, given = ws.headers.get("authorization", "").partition(" ")
    token = given.strip() if scheme.lower() == "bearer" else ws.query_params.get("token", "")
    return token if len(token) <= TOKEN_LONGEST else ""
