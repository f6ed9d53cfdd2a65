"""The sockets: HTTP/1.1 with keep-alive on loopback. Loaded only when a host is started."""

from __future__ import annotations

import contextlib
import socket
import struct
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from coro_cli.drills.host.messages import Request, Response

if TYPE_CHECKING:
    from coro_cli.drills.host.server import Host


# Linger for zero seconds: close() sends RST, not FIN, as a host does that is going down.
_ABRUPT = struct.pack("ii", 1, 0)


class Wire(ThreadingHTTPServer):
    """Listens on a free loopback port and hands every request to the host."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, host: Host) -> None:
        self.host = host
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Refuse the connection by a reset while the host is offline."""
        if self.host.offline:
            return _reset(request)
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection that has ended."""
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news; anything else is the host's own defect and is shown."""
        import sys

        if not isinstance(sys.exc_info()[1], OSError | ValueError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        """End the loop and every idle connection; no client waits on a host that is gone."""
        self.shutdown()
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Wire

    def _serve(self) -> None:
        host = self.server.host
        request = self._read()
        response = host.answer(request) if not host.offline else Response(drop=True)
        if host.offline:
            self.close_connection = True
            return _reset(self.connection)
        if response.drop:
            self.close_connection = True
            return
        self._write(request, response)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve

    def _read(self) -> Request:
        path, _, query = self.path.partition("?")
        values = parse_qs(query, keep_blank_values=True)
        return Request(
            method=self.command,
            path=path,
            query={name: many[-1] for name, many in values.items()},
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("content-length") or 0)),
            values=values,
        )

    def _write(self, request: Request, response: Response) -> None:
        body: bytes = response.body
        head = {"date": formatdate(request.at, usegmt=True), **response.headers}
        if response.status != HTTPStatus.NOT_MODIFIED and response.status != HTTPStatus.NO_CONTENT:
            head["content-length"] = str(len(body))
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        start = f"HTTP/1.1 {response.status} {_phrase(response.status)}\r\n"
        sent = b"" if request.method == "HEAD" or response.status == HTTPStatus.NOT_MODIFIED else body[: response.cut]
        self.wfile.write(f"{start}{lines}\r\n".encode("latin-1") + sent)
        if response.cut is not None:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the host keeps its own log."""


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _reset(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABRUPT)
        connection.close()
