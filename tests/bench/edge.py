"""Team mode: real edges, a real PostgreSQL (its defaults: every commit is synced), the senders on the same machine.

A delivery is answered after its commit. `received` is when the runner has it on a disk of its own.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.bench.figures import Figure, cpu, made, p99, resident
from tests.helpers import Coro

if TYPE_CHECKING:
    from edge_bed import Bed, Edge, RawRunner



sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[1] / "integration" / "edge")]


SENDERS = 32


def edges(folder: Path, short: bool) -> Iterator[Figure]:
    """Throughput with one edge and two, with many teams; how soon a runner has it; what idle runners cost."""
    from edge_bed import Bed
    from edge_postgres import Server

    from coro_cli.edge.database import Admin

    server, seconds = Server(), 1.5 if short else 8.0
    server.start()
    try:
        with server.database() as url:
            with Admin(url) as admin:
                admin.migrate()
            bed = Bed(url, folder)
            token = bed.team(rate="1000000")
            yield from _throughput(bed, seconds, many=20 if short else 1000)
            bed.rows("TRUNCATE deliveries CASCADE")
            with bed.edge() as edge:
                yield _received(bed, edge, token, 30 if short else 300)
                yield _sockets(bed, edge, 50 if short else 1000, 2.0 if short else 20.0)
    finally:
        server.remove()


def _throughput(bed: Bed, seconds: float, *, many: int) -> Iterator[Figure]:
    one, first = 0.0, ["/webhook/acme/github"]
    with ExitStack() as stack:
        running = [stack.enter_context(bed.edge()) for _ in range(2)]
        for number in (1, 2):
            took = asyncio.run(_flood(running[:number], first, seconds + number / 100))
            speed = len(took) / seconds
            one = one or speed
            what = f"deliveries by {number} edge{'s' if number > 1 else ''}, committed before the answer"
            shown = f"{speed:.0f} a second, p99 {p99(took) * 1000:.0f} ms"
            yield Figure(what, shown, f"one edge: {one:.0f} a second", speed / one)
        _teams(bed, many)
        took = asyncio.run(_flood(running[:1], [f"/webhook/team-{n}/github" for n in range(many)], seconds))
    speed = len(took) / seconds
    shown = f"{speed:.0f} a second, p99 {p99(took) * 1000:.0f} ms"
    yield Figure(f"the same by one edge, for {many} teams", shown, f"one team: {one:.0f} a second", speed / one)


async def _flood(edges: list[Edge], paths: list[str], seconds: float) -> list[float]:
    """Post new signed deliveries for so long; the seconds each took."""
    from edge_bed import signed

    took: list[float] = []
    end = time.monotonic() + seconds

    async def sender(number: int) -> None:
        host, _, port = edges[number % len(edges)].address.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        count = 0
        while time.monotonic() < end:
            body = json.dumps({"action": "created", "n": f"{number}-{count}-{seconds}", "filler": "x" * 2000}).encode()
            headers = signed(body, event="issue_comment")
            began = time.monotonic()
            status = await _post(reader, writer, paths[(number + count) % len(paths)], body, headers)
            took.append(time.monotonic() - began)
            assert status == 202, status
            count += 1
        writer.close()

    await asyncio.gather(*(sender(number) for number in range(SENDERS)))
    return took


async def _post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, body: bytes, headers: dict[str, str]) -> int:
    """One request on an open connection; its status. By hand: a client library would be most of what is measured."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{lines}\r\n"
    writer.write(head.encode() + body)
    answer = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = int(answer.lower().partition("content-length: ")[2].partition("\r\n")[0])
    await reader.readexactly(length)
    return int(answer.split(" ", 2)[1])


def _teams(bed: Bed, count: int) -> None:
    from edge_bed import KEY, SECRET

    from coro_cli.edge import sealing, webhook_secrets
    from coro_cli.edge.database import Admin

    sealer = sealing.find({"CORO_EDGE_KEY": KEY})
    for number in range(count):
        bed.rows("INSERT INTO teams (name, rate) VALUES (%s, 1000000)", f"team-{number}")
    with Admin(bed.url) as admin:
        for number in range(count):
            webhook_secrets.add(admin, sealer, f"team-{number}", "github", name="", kind="", suffix="", secret=SECRET.encode())


def _received(bed: Bed, edge: Edge, token: str, times: int) -> Figure:
    """Accepted by the edge → in the store of a `coro start`."""
    from edge_bed import signed

    home = made(bed.folder / "home")
    (home / "config.toml").write_text(f'[cloud]\nurl = "{edge.url}"\ntoken = "{token}"\n')
    (home / "config.toml").chmod(0o600)
    took = []
    with Coro(home).running("--interval", "1h") as runner, closing(sqlite3.connect(home / "coro.db")) as store:
        runner.wait_for("relay", state="connected")
        for number in range(times):
            body = json.dumps({"number": number}).encode()
            edge.post("/webhook/acme/github", body, signed(body, delivery=f"latency-{number}"))
            accepted = time.monotonic()
            while not store.execute("SELECT 1 FROM deliveries WHERE delivery = ?", (f"latency-{number}",)).fetchone():
                time.sleep(0.0002)
            took.append(time.monotonic() - accepted)
    return Figure("accepted by the edge → received", f"median {median(took) * 1000:.1f} ms, p99 {p99(took) * 1000:.1f} ms")


def _sockets(bed: Bed, edge: Edge, count: int, seconds: float) -> Figure:
    """So many runners that have nothing to do."""
    from edge_bed import RawRunner

    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    token, before = bed.token(), resident(edge.process.pid)
    runners: list[RawRunner] = [RawRunner(edge, token, f"idle-{number}") for number in range(count)]
    time.sleep(min(seconds, 5.0))
    used, began = cpu(edge.process.pid), time.monotonic()
    time.sleep(seconds)
    share = (cpu(edge.process.pid) - used) / (time.monotonic() - began)
    after = resident(edge.process.pid)
    for runner in runners:
        runner.kill()
    shown = f"{after:.0f} MB, {share * 100:.1f} % of a core"
    return Figure(f"an edge with {count} idle runners", shown, f"with none: {before:.0f} MB", after / before)
