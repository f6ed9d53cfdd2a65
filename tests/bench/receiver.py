"""Deliveries: how many a second, how late the slowest answers are, how many survive a SIGKILL; and what verifying costs.

The same signed deliveries, over 32 kept connections of one client process, go to `coro webhook listen` (each on the disk
before it is answered), to the same server without the disk, and to Debian's `webhook` where that is installed. That one
answers when it has taken the delivery into its memory; what it has done by then is counted by the file its command writes.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure, alternately, at_most, made, p99

SECRET = "It's a Secret to Everybody"
CONNECTIONS = 32


@dataclass(slots=True)
class Site:
    """A receiver that runs. kept: how many deliveries it has on the disk, or has done."""

    port: int
    path: str
    process: subprocess.Popen[bytes]
    kept: Callable[[], int]


def deliveries(folder: Path, short: bool) -> Iterator[Figure]:
    """Deliveries a second and the slowest answers, against the same server without the disk, and against others."""
    seconds = 1.5 if short else 8.0
    ours = _measure(_coro(made(folder / "durable")), seconds)
    bare = _measure(_coro(made(folder / "without"), disk=False), seconds)
    said = f"{ours.speed:.0f} a second, p99 {ours.slow:.0f} ms"
    yield Figure("deliveries, on the disk before the answer", said, f"without the disk: {bare.said}", ours.speed / bare.speed)
    yield Figure("deliveries answered, then SIGKILL: lost", f"{ours.lost} of {ours.answered}", target="0", missed=ours.lost > 0)
    if shutil.which("webhook"):
        other = _measure(_debian(made(folder / "debian")), seconds)
        shown = f"Debian's `webhook`, in memory: {other.said}"
        yield Figure("deliveries, on the disk before the answer", said, shown, ours.speed / other.speed)
        done, lost = other.kept / seconds, f"lost {other.lost} of {other.answered} at SIGKILL"
        shown = f"Debian's `webhook`, command run: {done:.0f} a second, {lost}"
        yield Figure("deliveries, on the disk before the answer", said, shown, ours.speed / done, "≥ 1", ours.speed < done)


@dataclass(frozen=True, slots=True)
class _Measured:
    speed: float
    slow: float
    answered: int
    kept: int

    @property
    def lost(self) -> int:
        return max(self.answered - self.kept, 0)

    @property
    def said(self) -> str:
        return f"{self.speed:.0f} a second, p99 {self.slow:.0f} ms"


def _measure(site: Any, seconds: float) -> _Measured:
    """Load it, kill it, count."""
    with site as running:
        load = _Load(running.port, running.path, seconds)
        took = load.run()
        running.process.kill()
        running.process.wait()
        return _Measured(load.answered / took, p99(load.took) * 1000, load.answered, running.kept())


class _Load:
    """Sends deliveries over kept connections. took: seconds of each answered one; answered: how many with a 2xx."""

    def __init__(self, port: int, path: str, seconds: float) -> None:
        self.port, self.seconds = port, seconds
        self.took: list[float] = []
        self.answered = 0
        self._number = 0
        self._ready = [delivery(path, number) for number in range(min(30_000, int(seconds * 6000)))]

    def run(self) -> float:
        """How many seconds it really took."""
        began = time.perf_counter()
        asyncio.run(self._all())
        return time.perf_counter() - began

    async def _all(self) -> None:
        until = time.perf_counter() + self.seconds
        await asyncio.gather(*(self._one(until) for _ in range(CONNECTIONS)))

    async def _one(self, until: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        while time.perf_counter() < until and self._number < len(self._ready):
            number = self._number
            self._number += 1
            began = time.perf_counter()
            writer.write(self._ready[number])
            status = await _status(reader)
            self.answered += status < 300
            self.took.append(time.perf_counter() - began)
        writer.close()


async def _status(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    length = next((int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-length:")), 0)
    await reader.readexactly(length)
    return int(head.split(" ", 2)[1])


def delivery(path: str, number: int) -> bytes:
    """A whole signed request, about as large as those of pull requests."""
    payload = {"action": "opened", "number": number, "repository": {"full_name": "acme/api", "id": 1}, "text": "x" * 7000}
    body = json.dumps(payload).encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"X-GitHub-Event: pull_request\r\nX-GitHub-Delivery: {uuid.uuid4()}\r\nX-Hub-Signature-256: sha256={signature}\r\n\r\n"
    )
    return head.encode() + body


@contextmanager
def _coro(home: Path, *, disk: bool = True) -> Iterator[Site]:
    """The local receiver in a process of its own."""
    (home / "config.toml").write_text("")
    environment = {**os.environ, "CORO_HOME": str(home), "HOOK_SECRET": SECRET, "GH_TOKEN": "none"}
    add = ["webhook", "secret", "add", "--plugin", "github", "--secret-env", "HOOK_SECRET"]
    subprocess.run([sys.executable, "-m", "coro_cli", *add], env=environment, check=True, capture_output=True)
    listen = ["webhook", "listen", "127.0.0.1:0", "--log-format", "json", "--quiet", "--rate", "1000000"]
    program = [sys.executable, "-m", "coro_cli" if disk else "tests.bench.receiver"]

    def kept() -> int:
        with closing(sqlite3.connect(home / "coro.db")) as store:
            return int(store.execute("SELECT count(*) FROM deliveries").fetchone()[0])

    with subprocess.Popen([*program, *listen], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        yield Site(port, "/webhook/github", process, kept)
        process.stdout.close()


@contextmanager
def _debian(home: Path) -> Iterator[Site]:
    """Debian's `webhook`; its command appends a byte to a file."""
    done, command = home / "done", home / "command"
    done.touch()
    command.write_text(f"#!/bin/sh\nprintf . >> {done}\n")
    command.chmod(0o755)
    rule = {"match": {"type": "payload-hmac-sha256", "secret": SECRET, "parameter": {"source": "header", "name": "X-Hub-Signature-256"}}}
    hook = {"id": "github", "execute-command": str(command), "trigger-rule": rule, "response-message": "ok"}
    (home / "hooks.json").write_text(json.dumps([hook]))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["webhook", "-hooks", str(home / "hooks.json"), "-ip", "127.0.0.1", "-port", str(port)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _until_open(port)
        yield Site(port, "/hooks/github", process, lambda: done.stat().st_size)


def _until_open(port: int) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)


def verification(folder: Path, short: bool) -> Iterator[Figure]:
    """Verifying a signed delivery of 7 kB against the MAC alone."""
    from coro_cli.webhooks import endpoints
    from coro_cli.webhooks.signature import Secret
    from coro_cli.webhooks.verify import verify

    head, _, body = delivery("/", 1).partition(b"\r\n\r\n")
    lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
    headers, secrets = [(name, value) for name, value in lines], [Secret("default", SECRET.encode())]
    descriptor = endpoints.of("github")

    def ours() -> None:
        for _ in range(500):
            assert verify(descriptor, secrets, headers, body, now=0.0).valid

    def bare() -> None:
        for _ in range(500):
            hmac.compare_digest(hmac.new(SECRET.encode(), body, "sha256").hexdigest(), headers[-1][1])

    seconds = alternately([ours, bare], 5 if short else 15)
    yield at_most("verify a delivery", seconds[0] / 500, seconds[1] / 500, "µs", "bare hmac", None, 1e6)


def _without_disk(arguments: Sequence[str]) -> None:
    """The command as it is, but nothing is written."""
    from coro_cli.commands import index
    from coro_cli.webhooks import delivery_log

    def pretend(self: delivery_log.Intake, db: Any, batch: Any) -> list[tuple[Any, delivery_log.Kept]]:
        return [(ticket, delivery_log.Kept(id=0)) for ticket, _ in batch]

    delivery_log.Intake._write = pretend  # type: ignore[method-assign]
    sys.exit(index.run(list(arguments)))


if __name__ == "__main__":
    _without_disk(sys.argv[1:])
