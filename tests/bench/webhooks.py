"""Deliveries accepted per second and how late the slowest answers are; verifications against a bare MAC.

    .venv/bin/python tests/bench/webhooks.py [--seconds 10] [--connections 32] [--rate N]

Three receivers get the same signed deliveries, over kept connections from one client process: `coro webhook listen`
(each on the disk before it is answered), the same server without the disk, and Debian's `webhook` (started for each
delivery: `true`), where it is installed. Without --rate as fast as it goes; with it an open loop at that rate.
"""

from __future__ import annotations

import argparse
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
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SECRET = "It's a Secret to Everybody"


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


class Load:
    """Sends deliveries over kept connections. took: seconds of each answered one; statuses: how many of each."""

    def __init__(self, port: int, path: str, connections: int, seconds: float, rate: float) -> None:
        self.port, self.path, self.connections, self.seconds, self.rate = port, path, connections, seconds, rate
        self.took: list[float] = []
        self.statuses: dict[int, int] = {}
        self._number = 0
        self._ready = [delivery(path, number) for number in range(min(20_000, int(seconds * 4000)))]

    def run(self) -> float:
        """How many seconds it really took."""
        began = time.perf_counter()
        asyncio.run(self._all())
        return time.perf_counter() - began

    async def _all(self) -> None:
        until = time.perf_counter() + self.seconds
        await asyncio.gather(*(self._one(until) for _ in range(self.connections)))

    async def _one(self, until: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        began = time.perf_counter()
        while time.perf_counter() < until and self._number < len(self._ready):
            number = self._number
            self._number += 1
            due = began + number / self.rate if self.rate else time.perf_counter()
            if due > time.perf_counter():
                await asyncio.sleep(due - time.perf_counter())
            writer.write(self._ready[number])
            status = await _answer(reader)
            self.took.append(time.perf_counter() - due)
            self.statuses[status] = self.statuses.get(status, 0) + 1
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    length = next((int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-length:")), 0)
    await reader.readexactly(length)
    return int(head.split(" ", 2)[1])


@contextmanager
def coro(home: Path, *, disk: bool) -> Iterator[tuple[int, str, subprocess.Popen[bytes]]]:
    """The local receiver in a process of its own."""
    (home / "config.toml").write_text("")
    environment = {**os.environ, "CORO_HOME": str(home), "HOOK_SECRET": SECRET, "GH_TOKEN": "none"}
    add = ["webhook", "secret", "add", "--plugin", "github", "--secret-env", "HOOK_SECRET"]
    subprocess.run([sys.executable, "-m", "coro_cli", *add], env=environment, check=True, capture_output=True)
    listen = ["webhook", "listen", "127.0.0.1:0", "--log-format", "json", "--quiet", "--rate", "1000000"]
    program = [sys.executable, "-m", "coro_cli"] if disk else [sys.executable, __file__, "--without-disk"]
    with subprocess.Popen([*program, *listen], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        try:
            yield port, "/webhook/github", process
        finally:
            process.terminate()
            process.stdout.close()


@contextmanager
def debian(home: Path) -> Iterator[tuple[int, str, subprocess.Popen[bytes]]]:
    """Debian's `webhook`, which answers once it has started the command."""
    rule = {"match": {"type": "payload-hmac-sha256", "secret": SECRET, "parameter": {"source": "header", "name": "X-Hub-Signature-256"}}}
    hook = {"id": "github", "execute-command": shutil.which("true"), "trigger-rule": rule, "response-message": "ok"}
    (home / "hooks.json").write_text(json.dumps([hook]))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["webhook", "-hooks", str(home / "hooks.json"), "-ip", "127.0.0.1", "-port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        try:
            yield port, "/hooks/github", process
        finally:
            process.terminate()


def without_disk(arguments: Sequence[str]) -> None:
    """The same command, but nothing is written."""
    from coro_cli.commands import index
    from coro_cli.webhooks import intake

    def pretend(self: intake.Intake, db: Any, batch: Any) -> list[tuple[Any, intake.Kept]]:
        return [(ticket, intake.Kept(id=0)) for ticket, _ in batch]

    intake.Intake._write = pretend  # type: ignore[method-assign]
    sys.exit(index.run(list(arguments)))


def memory(process: subprocess.Popen[bytes]) -> str:
    """Peak resident memory, from Linux's /proc."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except OSError:
        return ""
    return next((line.split(":")[1].strip() for line in status.splitlines() if line.startswith("VmHWM")), "")


def measure(name: str, load: Load, process: subprocess.Popen[bytes], store: Path | None) -> None:
    """One row."""
    took = load.run()
    good = sum(count for status, count in load.statuses.items() if status < 300)
    times = sorted(load.took)
    shown = [f"{times[int(len(times) * share)] * 1000:7.1f}" for share in (0.5, 0.99, 0.999)] if times else ["-"] * 3
    kept = ""
    if store is not None:
        with sqlite3.connect(store) as db:
            kept = str(db.execute("SELECT count(*) FROM deliveries").fetchone()[0])
    print(f"{name:24} {good / took:9.0f} {' '.join(shown)} {good:8} {kept:>8}  {memory(process):>10}  {load.statuses}")


def verifiers() -> tuple[Callable[[], None], Callable[[], object]]:
    """What verifies one delivery: ours, and the bare MAC."""
    from coro_cli.webhooks import descriptors
    from coro_cli.webhooks.model import Secret
    from coro_cli.webhooks.verify import verify

    head, _, body = delivery("/", 1).partition(b"\r\n\r\n")
    lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
    headers, secrets = [(name, value) for name, value in lines], [Secret("default", SECRET.encode())]
    descriptor = descriptors.of("github")

    def ours() -> None:
        assert verify(descriptor, secrets, headers, body, now=0.0).valid

    def bare() -> None:
        hmac.compare_digest(hmac.new(SECRET.encode(), body, "sha256").hexdigest(), headers[-1][1])

    return ours, bare


def verifications(count: int = 20_000) -> None:
    """Verify, parse, and the bare MAC."""
    ours, bare = verifiers()
    body = delivery("/", 1).partition(b"\r\n\r\n")[2]
    for name, act in (("verify", ours), ("verify and parse", lambda: (ours(), json.loads(body))), ("bare hmac", bare)):
        began = time.perf_counter()
        for _ in range(count):
            act()
        print(f"{name:24} {(time.perf_counter() - began) / count * 1e6:7.1f} µs each")


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=10.0)
    options.add_argument("--connections", type=int, default=32)
    options.add_argument("--rate", type=float, default=0.0)
    chosen = options.parse_args()
    print(f"{'':24} {'per sec':>9} {'p50 ms':>7} {'p99':>7} {'p99.9':>7} {'accepted':>8} {'on disk':>8}  {'peak':>10}")
    receivers: list[tuple[str, Any, bool]] = [("coro, durable", lambda home: coro(home, disk=True), True)]
    receivers.append(("coro, without the disk", lambda home: coro(home, disk=False), False))
    if shutil.which("webhook"):
        receivers.append(("webhook (Debian)", debian, False))
    else:
        print("webhook (Debian)         not installed: left out")
    for name, start, durable in receivers:
        with tempfile.TemporaryDirectory() as folder, start(Path(folder)) as (port, path, process):
            load = Load(port, path, chosen.connections, chosen.seconds, chosen.rate)
            measure(name, load, process, Path(folder) / "coro.db" if durable else None)
    verifications()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--without-disk"]:
        without_disk(sys.argv[2:])
    else:
        main()
