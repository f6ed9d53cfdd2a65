"""The path of a relayed delivery: an edge (its side of the socket alone) that sends until it is acknowledged."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from typing import Any

from tests.crash.ways import SECRET, Armed, Doing, Scene, Way
from tests.helpers import until


class Edge:
    """Sends one delivery to whoever connects, until somebody acknowledges it."""

    def __init__(self) -> None:
        self.acknowledged = threading.Event()
        self.sockets: list[Any] = []

    def serve(self, socket: Any) -> None:
        """One runner's connection."""
        from websockets.exceptions import ConnectionClosed

        self.sockets.append(socket)
        try:
            for text in socket:
                said = json.loads(text)
                if said["type"] == "runner:register" and not self.acknowledged.is_set():
                    socket.send(frame())
                elif said["type"] == "event:ack":
                    self.acknowledged.set()
        except ConnectionClosed:
            pass

    @contextlib.contextmanager
    def listening(self) -> Iterator[int]:
        """Its port."""
        from websockets.sync.server import serve

        with serve(self.serve, "127.0.0.1", 0) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield server.socket.getsockname()[1]


def frame() -> str:
    """The review of pull request 42 as an edge sends it."""
    body = json.dumps({"action": "submitted", "pull_request": {"number": 42}, "repository": {"full_name": "acme/api"}}).encode()
    mac = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    named = {"x-github-event": "pull_request_review", "x-github-delivery": "1", "x-hub-signature-256": f"sha256={mac}"}
    return json.dumps({
        "type": "event:pluginWebhook", "pluginId": "github", "headers": named, "rawBodyBase64": base64.b64encode(body).decode(),
        "receivedAt": "2026-01-01T00:00:00Z", "deliveryId": "7",
    })  # fmt: skip


class Ack(Way):
    """The delivery is on the disk, its acknowledgement is about to be sent. Told it failed: the connection is gone by then."""

    def prepare(self, scene: Scene) -> None:
        edge, stack = Edge(), contextlib.ExitStack()
        port = stack.enter_context(edge.listening())
        scene.facts |= {"edge": edge, "close": stack.close}
        scene.approve()
        with open(scene.coro.home / "config.toml", "a") as config:
            config.write(f'\n[cloud]\nurl = "http://127.0.0.1:{port}"\ntoken = "none"\n')
        (scene.coro.home / "config.toml").chmod(0o600)

    def act(self, scene: Scene, armed: Armed) -> Doing:
        process = scene.coro.popen("start", "--interval", "600s", env=armed)

        def end() -> None:
            with contextlib.suppress(AssertionError):
                until(lambda: process.poll() is not None or scene.facts["edge"].acknowledged.is_set(), timeout=15)
            process.terminate()
            process.communicate(timeout=20)

        return Doing(process, end)

    def cut(self, scene: Scene) -> None:
        """End the connection while the runner stands still."""
        for socket in scene.facts["edge"].sockets:
            socket.close_socket()

    def effect(self, scene: Scene) -> bool:
        return bool(scene.ask("SELECT count(*) FROM deliveries"))

    def recover(self, scene: Scene) -> None:
        if not scene.facts["edge"].acknowledged.is_set():
            self.act(scene, {}).end()
        assert scene.facts["edge"].acknowledged.is_set(), "the edge was never told that its delivery is on the disk"
        scene.facts["close"]()
        Way.recover(self, scene)
