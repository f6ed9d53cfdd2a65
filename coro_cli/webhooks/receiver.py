"""The local receiver: HTTP/1.1 on asyncio in a thread of its own, beside `coro start` or as `coro webhook listen`."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import re
import signal
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from coro_cli import config
from coro_cli.errors import Conflict, CoroError, TimedOut, UsageError
from coro_cli.running import doorbell
from coro_cli.store.database import Database
from coro_cli.system import paths
from coro_cli.webhooks import http1, policy, secret_store
from coro_cli.webhooks.handler import Desk, Tell
from coro_cli.webhooks.http1 import Broke
from coro_cli.webhooks.policy import Limits
from coro_cli.webhooks.worker import Worker

GRACE = 5.0


@dataclass(slots=True)
class Receiver:
    """Listens from `start` to `stop`. stored, tell, proxy: see `Desk`."""

    home: paths.Home
    stored: Callable[[Sequence[int]], None]
    tell: Tell
    limits: Limits = field(default_factory=Limits)
    proxy: str = ""
    address: tuple[str, int] = ("", 0)
    desk: Desk = field(init=False)
    # Connections, whether each is idle; those that have been so longest come first.
    _open: dict[asyncio.StreamWriter, bool] = field(default_factory=dict)
    # A closed writer may leave its transport behind, still sending to a client that does not read.
    _transports: weakref.WeakSet[asyncio.WriteTransport] = field(default_factory=weakref.WeakSet)
    _loop: asyncio.AbstractEventLoop | None = None
    _ended: asyncio.Event | None = None
    _thread: threading.Thread | None = None

    def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen; returns where (port 0 chooses one). Raises CoroError where it cannot."""
        self.desk = Desk(self.home, self.stored, self.tell, self.limits, self.proxy)
        self.desk.intake.start()
        heard: list[CoroError | None] = []
        known = threading.Event()

        def hear(problem: CoroError | None) -> None:
            heard.append(problem)
            known.set()

        self._thread = threading.Thread(target=lambda: asyncio.run(self._main(host, port, hear)), name="receiver", daemon=True)
        self._thread.start()
        if not known.wait(10):
            raise TimedOut("the receiver did not come up in ten seconds")
        if heard[0] is not None:
            self.desk.intake.close()
            raise heard[0]
        return self.address

    def stop(self) -> None:
        """Take nothing new, answer what is being received, write what is to be written."""
        if self._loop is not None and self._ended is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ended.set)
        if self._thread is not None:
            self._thread.join(GRACE + 2)
        self.desk.intake.close()

    async def _main(self, host: str, port: int, hear: Callable[[CoroError | None], None]) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        self.desk.opened(self._loop)
        try:
            server = await asyncio.start_server(self._connection, host, port, limit=http1.HEAD, backlog=1024)
        except (OSError, OverflowError) as error:
            # asyncio puts the address into `strerror` once more.
            number = getattr(error, "errno", None)
            why = (os.strerror(number) if isinstance(number, int) and number > 0 else str(error)).lower()
            hear(Conflict(f"`{host}:{port}` cannot be listened on: {why}", hint="name another port; 0 lets the system choose one"))
            return
        self.address = server.sockets[0].getsockname()[:2]
        hear(None)
        await self._ended.wait()
        for listening in server.sockets:
            self._loop.remove_reader(listening.fileno())
        for _ in range(10):
            await asyncio.sleep(0)  # what was accepted in this moment becomes a connection; a closed server would drop it
        server.close()
        for writer, idle in list(self._open.items()):
            if idle:
                writer.close()
        until = time.monotonic() + GRACE
        while self._open and time.monotonic() < until:
            await asyncio.sleep(0.02)
        for transport in list(self._transports):
            transport.abort()
        await asyncio.sleep(0.01)  # a turn of the loop for what closing leaves to do

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._transports.add(writer.transport)
        if not self._room():
            http1.send(writer, policy.refusal(503, "connections", "too many connections"), keep=False)
            writer.close()
            return
        try:
            seconds = self.limits.head
            while await self._exchange(reader, writer, seconds):
                seconds = self.limits.idle
        except (TimeoutError, OSError):
            pass  # the client's trouble: it is slow, or gone
        except Exception as error:
            self.tell("error", {"message": f"a request ended in {type(error).__name__}: {error}"})
        finally:
            self._open.pop(writer, None)
            writer.close()

    def _room(self) -> bool:
        """Room for one more; in a crowd the connection that has been idle longest makes it."""
        if len(self._open) < self.limits.connections:
            return True
        idle = next((writer for writer, resting in self._open.items() if resting), None)
        if idle is None:
            return False
        self._open.pop(idle)
        idle.transport.abort()
        return True

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> bool:
        """One request; True where another may follow on the same connection."""
        self._mark(writer, idle=True)
        try:
            head = await http1.read_head(reader, seconds)
        except Broke as broke:
            return await self.desk.refuse(reader, writer, broke.answer)
        if head is None:
            return False
        self._mark(writer, idle=False)
        keep = await self.desk.serve(reader, writer, head)
        await http1.drain(writer)
        return keep and self._ended is not None and not self._ended.is_set()

    def _mark(self, writer: asyncio.StreamWriter, *, idle: bool) -> None:
        """To the end of the line."""
        self._open.pop(writer, None)
        self._open[writer] = idle


def raise_descriptor_limit(wanted: int = 4096) -> None:
    """A thousand connections need more descriptors than many systems give at first."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    target = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < target:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))
        except (ValueError, OSError):
            pass  # then fewer fit in


# `coro webhook listen`, and the half of `coro start` that is about deliveries: a receiver and a worker together.


_HOST = re.compile(r"\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]*")


def address(text: str) -> tuple[str, int]:
    """`HOST:PORT`, `[::1]:PORT`, `:PORT` or `PORT`; loopback where no host is named. Raises UsageError."""
    host, colon, port = text.rpartition(":")
    host = host if colon else ""
    if not _HOST.fullmatch(host) or not re.fullmatch(r"[0-9]{1,5}", port, re.ASCII) or int(port) > 65535:
        raise UsageError("an address to listen on is HOST:PORT", hint="127.0.0.1:8765")
    return host.strip("[]") or "127.0.0.1", int(port)


def proxy(text: str) -> str:
    """The address of a proxy, "" for none. Raises UsageError."""
    if not text:
        return ""
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError as error:
        raise UsageError("`--proxy` is the IP address of a reverse proxy", hint="--proxy 127.0.0.1") from error


@dataclass(slots=True)
class Listening:
    """A worker, and a receiver where an address is given. tell: where happenings go."""

    home: paths.Home
    tell: Tell
    limits: Limits = field(default_factory=Limits)
    proxy: str = ""
    _worker: Worker | None = None
    _receiver: Receiver | None = None

    def start(self, host: str = "", port: int = 0) -> None:
        """Handle what waits and, with a host, listen. Raises CoroError where it cannot."""
        Database(self.home.store).close()  # what is wrong with the store is said here, and not by a thread
        self._worker = Worker(self.home, self.tell)
        if host:

            # Later a file that cannot be read leaves everything as it was; at the start there is nothing to leave.
            config.load(self.home)
            secret_store.read(self.home.secrets)
            raise_descriptor_limit()
            self._receiver = Receiver(self.home, self._stored, self.tell, self.limits, self.proxy)
            self.tell("listening", _facts(self._receiver, self._receiver.start(host, port)))
        self._worker.start()

    def stop(self) -> None:
        """End both; what was accepted is on the disk."""
        if self._receiver is not None:
            self._receiver.stop()
        if self._worker is not None:
            self._worker.stop()

    def until_signal(self, host: str, port: int) -> None:
        """Listen until TERM or INT."""
        ended = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: ended.set())
        self.start(host, port)
        ended.wait()
        self.stop()

    def _stored(self, ids: Any) -> None:
        assert self._worker is not None  # it is made before the receiver
        self._worker.stored(ids)
        doorbell.ring(self.home.doorbell)


@contextmanager
def beside(home: paths.Home, tell: Tell, host: str, port: int) -> Iterator[None]:
    """Handle what waits (and with a host, listen) beside a runner."""
    companion = Listening(home, tell)
    companion.start(host, port)
    try:
        yield
    finally:
        companion.stop()


def _facts(listener: Receiver, address: tuple[str, int]) -> dict[str, Any]:
    doors = listener.desk.doors.all()
    ready = sorted(name for name, door in doors.items() if door.secrets)
    loopback = ipaddress.ip_address(address[0]).is_loopback
    host, port = address
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    return {"url": url, "host": host, "port": port} | {"plugins": ready, "loopback": loopback, "trouble": listener.desk.doors.trouble}
