"""An end for one HTTP exchange as a whole.

httpx times every single read. A host that drips a byte every few seconds, in its headers or its body, would hold us for
ever: when the time is up, the sockets themselves are shut down, which wakes the blocked read.
"""

from __future__ import annotations

import os
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


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
