"""`/ws/runner`: one socket from its token to its end."""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import dataclass

from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from coro_cli.edge import frames
from coro_cli.edge.hub import BAD, Hub, Socket
from coro_cli.edge.pool import Away

MOST_BAD = 20
TOKEN_LONGEST = 500
AGAIN = 1013


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
        await self._work(ws, Socket(opened["epoch"], row["team"], row["id"], ws.send_text, ws.close))

    async def _work(self, ws: WebSocket, socket: Socket) -> None:
        hub = self.hub
        hub.sockets[socket.epoch] = socket
        tasks = [asyncio.create_task(hub.pump(socket)), asyncio.create_task(hub.settle(socket))]
        reader = asyncio.create_task(self._read(ws, socket))
        try:
            # A pump that fails (the peer is gone in the middle of a frame) ends the socket as well.
            await asyncio.wait([reader, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            socket.gone = True
            socket.wake.set()
            socket.acked.set()
            for task in (reader, *tasks):
                task.cancel()
            await asyncio.gather(reader, *tasks, return_exceptions=True)
            hub.sockets.pop(socket.epoch, None)
            await self._leave(socket)

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
                    await self.hub.end(socket.epoch, BAD, "malformed")
                    return
            except Away:
                await self.hub.end(socket.epoch, AGAIN, "database")
                return

    async def _leave(self, socket: Socket) -> None:
        """Its own epoch only: a newer connection's deliveries are not touched, however late this comes."""
        try:
            if socket.acks:
                await self.hub.pool.all(
                    "dispatches_ack", ids=socket.acks, team=socket.team, runners=socket.runners, epoch=socket.epoch, by=socket.runner
                )
            await self.hub.release([socket.epoch], fault=0 if self.draining else 1, why="drained" if self.draining else "closed")
            await self.hub.pool.all("connections_closed", epochs=[socket.epoch])
        except Away:
            pass  # the sweep of any edge finds the epoch without a sign of life


def _token(ws: WebSocket) -> str:
    """From `Authorization: Bearer`, or `?token=` as the published protocol has it."""
    scheme, _, given = ws.headers.get("authorization", "").partition(" ")
    token = given.strip() if scheme.lower() == "bearer" else ws.query_params.get("token", "")
    return token if len(token) <= TOKEN_LONGEST else ""
