"""The edge's ASGI application: deliveries in, frames out, pages for whoever keeps it running, slow request heads closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from uvicorn.protocols.http.h11_impl import H11Protocol

from coro_cli.edge import database, hooks
from coro_cli.edge.delivery_writer import Writer
from coro_cli.edge.hub import Hub
from coro_cli.edge.ingress import Address, Ingress
from coro_cli.edge.maintenance import Keeper
from coro_cli.edge.metrics import Metrics
from coro_cli.edge.pool import Away, Pool, Unfit
from coro_cli.edge.relay_server import Relay
from coro_cli.edge.sealing import Sealer
from coro_cli.errors import ConfigError
from coro_cli.webhooks import policy
from coro_cli.webhooks.policy import Answer

SECONDS = 30.0


class Heads(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, for one connection. What became a WebSocket is no longer ours."""

    _seen: Any = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Look after it from the start."""
        super().connection_made(transport)
        self.loop.call_later(SECONDS, self._look)

    def _look(self) -> None:
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        busy = self.cycle is not None and not self.cycle.response_complete
        if not busy and self.cycle is self._seen:
            self.transport.close()  # no request since the last look: its head trickles, or nothing comes at all
            return
        self._seen = self.cycle
        self.loop.call_later(SECONDS, self._look)


# The ASGI application: deliveries in, frames out, and three pages for whoever keeps it running.

# A body that trickles in slower than this is given up; the host gives up after ten seconds anyway.
BODY_SECONDS = 20.0
LINGER_SECONDS = 5.0
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
# Bodies that are being received at one time; the next one is asked to come again.
BUFFERED = 256 * 1024 * 1024


Tell = Callable[[str, dict[str, Any]], None]


def _silent(_: str, __: dict[str, Any]) -> None:
    """Nobody listens."""


class TooLarge(Exception):
    """The body is longer than a delivery may be."""


@dataclass(slots=True)
class Edge:
    """The parts of one edge process."""

    pool: Pool
    ingress: Ingress
    hub: Hub
    keeper: Keeper
    relay: Relay
    metrics: Metrics
    buffered: int = 0
    # Whether the key has been held against the secrets: not yet where the database was away at the start.
    proven: bool = False
    tell: Tell = _silent
    _unfit: str = ""

    async def webhook(self, request: Request) -> Response:
        """A delivery."""
        answer = await self._webhook(request)
        self.metrics.add("coro_edge_requests_total", f'status="{answer.status}"')
        closing = {"Connection": "close"} if answer.status in (400, 408, 413) else {}
        made = JSONResponse if getattr(request.state, "read", False) else Patient
        return made(dict(answer.document), answer.status, dict(answer.headers) | closing)

    async def _webhook(self, request: Request) -> Answer:
        # As it was sent: `%2f` is not a slash to us.
        parts = request.scope["raw_path"].decode("latin-1").partition("?")[0].split("/")[2:]
        routed = policy.route(request.method, f"{policy.ROOT}{'/'.join(parts[1:])}")
        if isinstance(routed, Answer):
            return routed
        fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.scope["headers"]]
        told = request.headers.get("content-length", "")
        size = int(told) if told.isascii() and told.isdigit() and len(told) < 16 else None
        if told and "transfer-encoding" in request.headers:  # RFC 9112, 6.3: a proxy before us may read it the other way
            return policy.refusal(400, "bad-request", "its length is told in two ways")
        refused = policy.admissible(fields, size)
        if refused is not None:
            return refused
        address = Address(parts[0], routed.plugin, routed.rest)
        if not self.proven and (unfit := await self._prove()):
            return policy.full(unfit)
        known = await self.ingress.admit(address)
        if isinstance(known, Answer):
            return known
        body = await self._body(request, size or 0)
        if isinstance(body, Answer):
            return body
        request.state.read = True
        answer, runners = await self.ingress.take(address, known, fields, body)
        if runners is not None:
            self.keeper.tell(address.team, runners)
        return answer

    async def _body(self, request: Request, size: int) -> bytes | Answer:
        if self.buffered + size > BUFFERED:
            return policy.busy()
        self.buffered += size
        try:
            async with asyncio.timeout(BODY_SECONDS):
                return await _read(request)
        except TooLarge:
            return policy.too_large()
        except TimeoutError:
            return policy.refusal(408, "too-slow", "the body did not come in time")
        except ClientDisconnect:
            return policy.refusal(400, "cut", "the body was cut off")
        finally:
            self.buffered -= size

    async def _prove(self) -> str:
        """Why this edge cannot verify anything: the database is away, or its secrets are sealed with another key. "" if it can."""
        try:
            hooks.unopened(await self.pool.all("webhooks_live"), self.ingress.sealer)
        except Away as away:
            return str(away)
        except ConfigError as error:
            if self._unfit != error.message:
                self._unfit = error.message
                self.tell("error", {"message": error.message})
            return error.message
        self.proven = True
        return ""

    async def healthz(self, _: Request) -> Response:
        """The process is alive."""
        return JSONResponse({"status": "ok"})

    async def readyz(self, _: Request) -> Response:
        """The database answers, and is of our version; not while draining."""
        try:
            async with asyncio.timeout(3.0):
                row = await self.pool.one("alive")
        except Unfit:
            return JSONResponse({"status": "no", "reason": "the database has no tables yet: coro edge migrate"}, 503)
        except (Away, TimeoutError):
            return JSONResponse({"status": "no", "reason": "the database is away"}, 503)
        if self.relay.draining:
            return JSONResponse({"status": "no", "reason": "draining"}, 503)
        if row is None or row["version"] != database.VERSION:
            return JSONResponse({"status": "no", "reason": "the database is of another version"}, 503)
        if not self.proven and (unfit := await self._prove()):
            return JSONResponse({"status": "no", "reason": unfit}, 503)
        return JSONResponse({"status": "ok"})

    async def measured(self, _: Request) -> Response:
        """Prometheus text."""
        gauges: dict[str, float] = {"coro_edge_sockets": len(self.hub.sockets)}
        try:
            async with asyncio.timeout(3.0):
                row = await self.pool.one("gauges") or {}
            gauges |= {
                "coro_edge_pending": row["pending"], "coro_edge_parked": row["parked"],
                "coro_edge_oldest_pending_seconds": row["oldest"], "coro_edge_connections": row["connections"],
            }  # fmt: skip
        except (Away, TimeoutError, KeyError):
            pass  # what the process knows by itself is told all the same
        return PlainTextResponse(self.metrics.text(gauges), media_type="text/plain; version=0.0.4")

    async def unknown(self, _: Request) -> Response:
        """Everything else."""
        return Patient(dict(policy.unknown().document), 404)

    async def nowhere(self, _: Request, __: Exception) -> Response:
        """An address that is not even a path."""
        return Patient(dict(policy.unknown().document), 404)

    async def no_socket(self, socket: WebSocket) -> None:
        """A WebSocket anywhere but at the runners' address."""
        await socket.send_denial_response(JSONResponse(dict(policy.unknown().document), 404))

    async def method(self, request: Request, _: Exception) -> Response:
        """A method of which nobody has heard."""
        return await (self.webhook if request.url.path.startswith(policy.ROOT) else self.unknown)(request)

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """The loops run as long as the application."""
        self.ingress.writer.start()
        self.keeper.start()
        try:
            yield
        finally:
            await self.keeper.stop()
            await self.ingress.writer.stop()
            await self.pool.close()


class Patient(JSONResponse):
    """Answers at once, and takes what is still being sent of the body: who is cut off in the middle of it sees no answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it. A sender that waits for our word before its body (`Expect`) has it, and sends none."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        if not any(name == b"expect" for name, _ in scope["headers"]):
            try:
                async with asyncio.timeout(LINGER_SECONDS):
                    await _drain(receive)
            except TimeoutError:
                pass
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _drain(receive: Receive) -> None:
    left = 2 * policy.LARGEST
    while left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        if not message.get("more_body", False):
            return


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > policy.LARGEST:
            raise TooLarge
    return bytes(body)


def make(url: str, sealer: Sealer, name: str, *, connections: int = 8) -> tuple[Edge, Starlette]:
    """One edge and its application."""
    metrics = Metrics()
    pool = Pool(url, connections)
    hub = Hub(pool, metrics)
    ingress = Ingress(pool, sealer, metrics, Writer(pool))
    edge = Edge(pool, ingress, hub, Keeper(pool, hub, metrics, ingress.forget), Relay(hub, name), metrics)
    routes = [
        Route("/healthz", edge.healthz, methods=["GET"]), Route("/readyz", edge.readyz, methods=["GET"]),
        Route("/metrics", edge.measured, methods=["GET"]), WebSocketRoute("/ws/runner", edge.relay.serve),
        Route("/webhook/{rest:path}", edge.webhook, methods=METHODS), Route("/{rest:path}", edge.unknown, methods=METHODS),
        WebSocketRoute("/{rest:path}", edge.no_socket),
    ]  # fmt: skip
    return edge, Starlette(routes=routes, lifespan=edge.lifespan, exception_handlers={404: edge.nowhere, 405: edge.method})
