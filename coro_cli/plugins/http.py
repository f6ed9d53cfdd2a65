"""HTTP made safe: httpx imported leanly, trust anchors read once, bodies and exchanges bounded."""

from __future__ import annotations

import functools
import os
import socket
import threading
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from coro_cli.errors import Unreachable
from coro_cli.plugins.protocol import Broken
from coro_cli.system.lazy_import import without

if TYPE_CHECKING:
    import ssl


with without("click"):
    import httpx

__all__ = ["httpx"]


# What the certificates of hosts are held against: read once, and only where TLS is spoken, for it takes 40 ms.


def anchors(ca_file: Any) -> ssl.SSLContext:
    """The usual authorities, or those of a PEM file. Raises Unreachable for a `ca_file` that is none."""
    import ssl

    if not ca_file:
        return _usual()
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as error:
        raise Unreachable(f"the `ca_file` `{ca_file}` cannot be used: {error}", hint="name a PEM file of certificates") from error


@functools.cache
def _usual() -> ssl.SSLContext:

    return httpx.create_ssl_context()


# Bodies of bounded size, also once they are unpacked: a kilobyte of gzip can hold a megabyte.


LIMIT = 64 * 1024 * 1024
_STEP = 256 * 1024
_GZIP = 16 + zlib.MAX_WBITS


def whole(chunks: Iterable[bytes], encoding: str, where: str, *, limit: int = LIMIT) -> bytes:
    """The whole body. encoding: `Content-Encoding`; only gzip is asked for. Raises Broken, naming the address."""
    encoding = encoding.strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise Broken(f"{where} answered in the encoding `{encoding[:20]}`, which was not asked for")
    body = bytearray()
    for part in _unpacked(chunks, where) if encoding == "gzip" else chunks:
        body += part
        if len(body) > limit:
            raise Broken(f"{where} answered with more than {limit >> 20} MB")
    return bytes(body)


def _unpacked(chunks: Iterable[bytes], where: str) -> Iterator[bytes]:
    unpacker, began = zlib.decompressobj(_GZIP), False
    try:
        for chunk in chunks:
            rest, began = chunk, began or bool(chunk)
            while rest and not unpacker.eof:
                yield unpacker.decompress(rest, _STEP)
                rest = unpacker.unconsumed_tail
    except zlib.error as error:
        raise Broken(f"{where} answered with broken gzip: {error}") from error
    if began and not unpacker.eof:
        raise Broken(f"{where} broke off in the middle of its answer")


# An end for one HTTP exchange as a whole.
#
# httpx times every single read. A host that drips a byte every few seconds, in its headers or its body, would hold us for ever:
# when the time is up, the sockets themselves are shut down, which wakes the blocked read.


class Deadline:
    """The sockets of one client, and the one exchange at a time that runs over them."""

    def __init__(self) -> None:
        self.passed = False
        self._streams: deque[Any] = deque(maxlen=8)  # a client has two or three hosts; ended connections fall out
        self._lock = threading.Lock()

    def trace(self, name: str, info: dict[str, Any]) -> None:
        """httpx's `trace` extension: remember each connection that is made (https://www.encode.io/httpcore/extensions/#trace)."""
        stream = info.get("return_value")
        if name.endswith(("connect_tcp.complete", "start_tls.complete")) and stream is not None:
            with self._lock:
                self._streams.append(stream)
            if self.passed:  # the time was up before there was a connection to end
                _shut(stream)

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """End the exchange of this block when the time is up; `passed` then tells that it was us."""
        self.passed = False
        timer = threading.Timer(seconds, self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _end(self) -> None:
        self.passed = True
        with self._lock:
            streams = list(self._streams)
            self._streams.clear()
        for stream in streams:
            _shut(stream)


def _shut(stream: Any) -> None:
    try:
        connection = stream.get_extra_info("socket")
        # A copy of the descriptor: shutting a TLS socket object down from another thread would break its state.
        with socket.socket(fileno=os.dup(connection.fileno())) as copy:
            copy.shutdown(socket.SHUT_RDWR)
    except (OSError, AttributeError, ValueError):
        pass  # it has ended by itself
