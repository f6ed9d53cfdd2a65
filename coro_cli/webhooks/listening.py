"""`coro webhook listen`, and the half of `coro start` that is about deliveries: a receiver and a worker together."""

from __future__ import annotations

import ipaddress
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coro_cli import config, paths
from coro_cli.errors import UsageError
from coro_cli.running import bell
from coro_cli.store.database import Database
from coro_cli.webhooks import vault
from coro_cli.webhooks.limits import Limits
from coro_cli.webhooks.worker import Tell, Worker

if TYPE_CHECKING:
    from coro_cli.webhooks.receiver import Receiver

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
            from coro_cli.webhooks import receiver  # asyncio: 40 ms

            # Later a file that cannot be read leaves everything as it was; at the start there is nothing to leave.
            config.load(self.home)
            vault.read(self.home.secrets)
            receiver.raise_descriptor_limit()
            self._receiver = receiver.Receiver(self.home, self._stored, self.tell, self.limits, self.proxy)
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
        bell.ring(self.home.doorbell)


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
