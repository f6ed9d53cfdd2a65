"""`coro edge serve`: the application under uvicorn, started, drained and ended."""

from __future__ import annotations

import errno
import logging
import os
import secrets
import signal
import socket
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn

from coro_cli.edge import app, database, frames, hooks
from coro_cli.edge.app import Heads
from coro_cli.edge.sealing import Sealer
from coro_cli.errors import Conflict, CoroError, Unreachable, UsageError

Tell = Callable[[str, dict[str, Any]], None]
DRAIN_SECONDS = 15
# A balancer learns that we go by asking: for so long readiness says no while everything is still served.
NOTICE_SECONDS = 2.0
# A peer that takes nothing for so long is cut off by the kernel: to close a connection is to wait for it otherwise.
TAKES_NOTHING_SECONDS = 60


class Server(uvicorn.Server):
    """uvicorn, with the order of our going: readiness says no, sockets are given back, requests are answered, then the end."""

    def __init__(self, config: uvicorn.Config, edge: app.Edge, tell: Tell) -> None:
        super().__init__(config)
        self.edge = edge
        self.tell = tell
        self._leaving = 0.0
        self._told = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say where it listens once it does."""
        await super().startup(sockets)
        ports = [bound.getsockname()[:2] for server in self.servers for bound in server.sockets]
        for host, port in ports:
            self.tell("edge-listening", {"address": f"{host}:{port}", "edge": self.edge.relay.edge})

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """TERM: readiness says no first. INT, or a second TERM, does not wait."""
        if sig == signal.SIGTERM and not self._leaving:
            self._leaving = time.monotonic() + NOTICE_SECONDS
        else:
            super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second."""
        if self._leaving:
            self._drain()
            self.should_exit = self.should_exit or time.monotonic() >= self._leaving
        return await super().on_tick(counter)

    def _drain(self) -> None:
        self.edge.relay.draining = True
        if not self._told:
            self._told = True
            self.tell("draining", {"sockets": len(self.edge.hub.sockets)})

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Give back what the sockets hold without counting it as a try, before uvicorn closes them."""
        self._drain()
        await super().shutdown(sockets)


def run(url: str, sealer: Sealer, listen: str, tell: Tell) -> None:
    """Serve until TERM or INT. Raises CoroError where the address cannot be had, or the database or the key is not the right one."""
    host, port = address(listen)
    proven = _look(url, sealer, tell)
    edge, application = app.make(url, sealer, f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}")
    edge.proven, edge.tell = proven, tell
    config = uvicorn.Config(
        application, host=host, port=port, http=Heads, ws="websockets-sansio", ws_max_size=frames.LARGEST_FROM_RUNNER, ws_max_queue=16,
        ws_ping_interval=20.0, ws_ping_timeout=20.0, ws_per_message_deflate=False, access_log=False, log_config=None,
        timeout_graceful_shutdown=DRAIN_SECONDS, timeout_keep_alive=30, h11_max_incomplete_event_size=65536, server_header=False,
        proxy_headers=False, lifespan="on",
    )  # fmt: skip
    logging.getLogger("uvicorn.error").addFilter(_worth_saying)
    server = Server(config, edge, tell)
    bound = _bind(host, port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)  # uvicorn raises the signal again after its clean end
    try:
        server.run([bound])
    finally:
        bound.close()
    tell("stopped", {"running": 0})


def _look(url: str, sealer: Sealer, tell: Tell) -> bool:
    """Raise ConfigError for what no waiting mends. False for a database that is away: it may come back, and readiness says no."""
    try:
        with database.Admin(url) as admin:
            row = admin.one("alive")
            database.known(row["version"] if row is not None else None)
            shut = hooks.unopened(admin.all("webhooks_live"), sealer)
    except Unreachable as error:
        tell("error", {"message": f"{error.message}; waiting for it"})
        return False
    for name in shut:
        tell("error", {"message": f"the webhook secret {name} does not open with this key: its deliveries are refused"})
    return True


def address(text: str) -> tuple[str, int]:
    """`HOST:PORT` or `[::1]:PORT`. Raises UsageError."""
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise UsageError(f"`{text[:80]}` is not an address to listen on", hint="--listen 127.0.0.1:8080")
    return host.strip("[]"), int(port)


def _worth_saying(record: logging.LogRecord) -> bool:
    """uvicorn takes a refused handshake for a fault of ours, and what port scanners send for news."""
    return not record.getMessage().startswith(("ASGI callable returned without", "Invalid HTTP request"))


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP, or asyncio does not know it for TCP: without TCP_NODELAY an answer's second packet waits 40 ms for the first.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; what is accepted inherits it
            bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, TAKES_NOTHING_SECONDS * 1000)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        said = error.strerror or type(error).__name__
        kind = Conflict if error.errno == errno.EADDRINUSE else CoroError
        raise kind(f"cannot listen on `{host}:{port}`: {said}", hint="choose another address with --listen") from error
    bound.set_inheritable(True)
    return bound
