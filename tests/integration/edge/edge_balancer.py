"""A load balancer of the simplest kind: a connection goes to the first of its targets that takes it, in turn."""

from __future__ import annotations

import itertools
import socket
import threading


class Balancer:
    """Listens on loopback and passes bytes on. targets: `host:port`; may be changed at any time."""

    def __init__(self, targets: list[str]) -> None:
        self.targets = targets
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._turn = itertools.count()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        first = next(self._turn)
        for each in range(len(self.targets)):
            host, _, port = self.targets[(first + each) % len(self.targets)].partition(":")
            try:
                server = socket.create_connection((host, int(port)), 2)
            except OSError:
                continue
            server.settimeout(None)
            back = threading.Thread(target=_pass, args=[server, client], daemon=True)
            back.start()
            _pass(client, server)
            back.join()
            server.close()
            break
        client.close()


def _pass(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
