"""Edges and runners as people run them: processes of their own, on one database, on loopback."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
from helpers import Coro
from psycopg.rows import dict_row
from websockets.sync.client import ClientConnection, connect

from coro_cli.edge import admin, sealing, webhook_secrets
from coro_cli.edge.database import Admin
from coro_cli.webhooks import endpoints
from coro_cli.webhooks.signature import Secret
from coro_cli.webhooks.verify import sign

KEY = "a key of the tests that nobody uses elsewhere"
SECRET = "the-secret-of-the-hook-0123456789abcdef"


class Edge:
    """One `coro edge serve`. lines: what it has said."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []
        self._seen = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()
        self.address = self.line("edge-listening")["address"]
        self.url = f"http://{self.address}"

    def line(self, kind: str, timeout: float = 20.0) -> dict[str, Any]:
        """The first line of a kind, past or coming."""
        deadline = time.monotonic() + timeout
        with self._seen:
            while True:
                found = [line for line in self.lines if line["kind"] == kind]
                if found:
                    return found[0]
                assert self._seen.wait(deadline - time.monotonic()), f"no `{kind}`: {self.lines} {self.process.poll()}"

    def post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Send a request as a host would."""
        return httpx.post(
            self.url + path, content=body, headers={"content-type": "application/json", **(headers or {})}, timeout=15, verify=False
        )

    def get(self, path: str) -> httpx.Response:
        """Look at a page."""
        return httpx.get(self.url + path, timeout=15, verify=False)

    def metric(self, name: str) -> float:
        """The sum of a metric over its labels."""
        lines = [line for line in self.get("/metrics").text.splitlines() if line.startswith((f"{name} ", f"{name}{{"))]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(25)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for text in self.process.stdout:
            with self._seen:
                self.lines.append(json.loads(text))
                self._seen.notify_all()


@dataclass
class Bed:
    """One database and what works on it."""

    url: str
    folder: Path
    edges: list[Edge] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.admin = Coro(self.folder / "admin", env={"CORO_EDGE_DATABASE_URL": self.url, "CORO_EDGE_KEY": KEY, "HOOK_SECRET": SECRET})
        self.log = self.folder / "edges.log"

    def json(self, *words: str, code: int = 0, env: Mapping[str, str | None] | None = None) -> Any:
        """`coro edge …` as its JSON."""
        return self.admin.json("edge", *words, code=code, env=env)

    def team(self, name: str = "acme", *, rate: str = "100000") -> str:
        """A team with a webhook of GitHub, signed with SECRET; a runner's token."""
        with Admin(self.url) as open_admin:
            admin.add_team(open_admin, name, float(rate))
            sealer = sealing.find({"CORO_EDGE_KEY": KEY})
            webhook_secrets.add(open_admin, sealer, name, "github", name="", kind="", suffix="", secret=SECRET.encode())
        return self.token(name)

    def token(self, team: str = "acme", *more: str) -> str:
        """One more token."""
        if more:
            return str(self.json("token", "add", "--team", team, *more)["token"])
        with Admin(self.url) as open_admin:
            return str(admin.add_token(open_admin, team, "", None)["token"])

    @contextmanager
    def edge(self, port: int = 0, **env: str) -> Iterator[Edge]:
        """One edge, on a port of its own unless one is named."""
        with open(self.log, "ab") as log:
            process = self.admin.popen("edge", "serve", "--listen", f"127.0.0.1:{port}", "--log-format", "json", stderr=log, env=env)
            with process:
                edge = Edge(process)
                self.edges.append(edge)
                try:
                    yield edge
                finally:
                    if process.poll() is None:
                        process.send_signal(signal.SIGINT)  # TERM gives balancers notice first
                        try:
                            process.wait(20)
                        except subprocess.TimeoutExpired:
                            process.kill()
                            raise

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """Ask the database."""
        with psycopg.connect(self.url, row_factory=dict_row, autocommit=True) as connection:
            cursor = connection.execute(query.encode(), values)
            return cursor.fetchall() if cursor.description else []


def signed(body: bytes, *, plugin: str = "github", secret: str = SECRET, delivery: str = "", event: str = "ping") -> dict[str, str]:
    """The headers of the host."""
    return dict(sign(endpoints.of(plugin), Secret("s", secret.encode()), body, now=time.time(), delivery=delivery, event=event))


class RawRunner:
    """A runner that speaks the published frames, and no more than it is told to."""

    def __init__(self, edge: Edge, token: str, runner: str = "raw-1", *, register: bool = True, query: bool = False, **told: Any) -> None:
        url = f"ws://{edge.address}/ws/runner"
        bearer = {} if query else {"Authorization": f"Bearer {token}"}
        self.name = runner
        self._opened = connect(f"{url}?token={token}" if query else url, additional_headers=bearer, max_size=2**26)
        self.socket: ClientConnection = self._opened.__enter__()
        if register:
            self.send(type="runner:register", runnerId=runner, hostname="test", **told)

    def send(self, **frame: Any) -> None:
        """One frame."""
        self.socket.send(json.dumps(frame))

    def receive(self, timeout: float = 10.0) -> dict[str, Any]:
        """The next frame."""
        frame: dict[str, Any] = json.loads(self.socket.recv(timeout=timeout))
        return frame

    def nothing(self, timeout: float = 0.7) -> bool:
        """Whether no frame comes for so long."""
        try:
            self.receive(timeout)
        except TimeoutError:
            return True
        return False

    def ack(self, frame: Mapping[str, Any]) -> None:
        """Say that it is on our disk."""
        self.send(type="event:ack", deliveryId=frame["deliveryId"])

    def close(self) -> None:
        """Leave."""
        self.socket.close()

    def kill(self) -> None:
        """Vanish without a word."""
        self.socket.socket.close()

    def __enter__(self) -> RawRunner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def until(condition: Any, timeout: float = 15.0) -> Any:
    """The first true value; AssertionError where none comes."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.03)
    return value


