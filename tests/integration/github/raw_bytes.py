"""A server that answers with the very bytes one gives it, at the pace one wants: for what no decent host would send."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Talk = Callable[[socket.socket, bytes], None]


@dataclass(slots=True)
class RawServer:
    """`url`, and the heads of the requests that came."""

    url: str
    heads: list[bytes] = field(default_factory=list)


def answer(body: bytes = b"{}", *, status: str = "200 OK", headers: str = "") -> Talk:
    """A whole answer at once."""

    def talk(connection: socket.socket, _: bytes) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{headers}\r\n"
        connection.sendall(head.encode() + body)

    return talk


@contextmanager
def raw_server(talk: Talk) -> Iterator[RawServer]:
    """Listen on loopback; every connection is handed to `talk` after the head of its request."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = RawServer(f"http://127.0.0.1:{listener.getsockname()[1]}")

    def serve(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(65536)
            server.heads.append(head)
            talk(connection, head)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
