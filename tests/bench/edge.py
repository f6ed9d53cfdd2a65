"""Team mode, measured: real edges, a real PostgreSQL (its defaults: every commit is synced), loopback.

    python tests/bench/edge.py [--seconds 8] [--sockets 1000]

1. durable deliveries a second and p99, with one and two edges (a delivery is answered after its commit)
2. delivery accepted → the runner has it on its own disk: median and p99, with a real `coro start`
3. idle runner sockets: memory and CPU of the edge, statements a second at the database
4. growth with teams: the same as 1 with a thousand teams
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import sqlite3
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "integration" / "edge")]

from edge_bed import Bed, Edge, RawRunner, signed  # noqa: E402
from edge_postgres import Server  # noqa: E402
from helpers import Coro, Runner  # noqa: E402

from coro_cli.edge.database import Admin  # noqa: E402

SENDERS = 32


def p99(values: list[float]) -> float:
    """Nearest rank."""
    return sorted(values)[int(0.99 * (len(values) - 1))]


async def post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, body: bytes, headers: dict[str, str]) -> int:
    """One request on an open connection; its status. By hand: a client library would be most of what is measured."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{lines}\r\n"
    writer.write(head.encode() + body)
    answer = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = int(answer.lower().partition("content-length: ")[2].partition("\r\n")[0])
    await reader.readexactly(length)
    return int(answer.split(" ", 2)[1])


async def flood(edges: list[Edge], paths: list[str], seconds: float) -> list[float]:
    """Post new signed deliveries for so long; the seconds each took."""
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
            status = await post(reader, writer, paths[(number + count) % len(paths)], body, headers)
            took.append(time.monotonic() - began)
            assert status == 202, status
            count += 1
        writer.close()

    await asyncio.gather(*(sender(number) for number in range(SENDERS)))
    return took


def throughput(bed: Bed, stack: ExitStack, seconds: float, paths: list[str], what: str) -> None:
    """One edge, then two."""
    edges = [stack.enter_context(bed.edge()) for _ in range(2)]
    for number in (1, 2):
        took = asyncio.run(flood(edges[:number], paths, seconds + number / 100))
        rate = f"{len(took) / seconds:7.0f} durable deliveries/s"
        print(f"{what}, {number} edge(s): {rate}   median {median(took) * 1e3:6.1f} ms   p99 {p99(took) * 1e3:6.1f} ms")


def latency(bed: Bed, edge: Edge, token: str) -> None:
    """Accepted by the edge → in the store of a `coro start`, by its own rows (SQLite's data_version)."""
    home = bed.folder / "home"
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(f'[cloud]\nurl = "{edge.url}"\ntoken = "{token}"\n')
    (home / "config.toml").chmod(0o600)
    with Coro(home).popen("start", "--interval", "1h", "--log-format", "json") as process:
        Runner(process).wait_for("relay", state="connected", timeout=30)
        took = []
        with closing(sqlite3.connect(home / "coro.db")) as store:
            for number in range(300):
                body = json.dumps({"number": number}).encode()
                edge.post("/webhook/acme/github", body, signed(body, delivery=f"latency-{number}"))
                accepted = time.monotonic()
                while not store.execute("SELECT 1 FROM deliveries WHERE delivery = ?", (f"latency-{number}",)).fetchone():
                    time.sleep(0.0002)
                took.append(time.monotonic() - accepted)
        process.terminate()
    print(f"accepted → the runner's inbox: median {median(took) * 1e3:.1f} ms   p99 {p99(took) * 1e3:.1f} ms")


def idle(bed: Bed, edge: Edge, token: str, sockets: int) -> None:
    """So many runners that have nothing to do."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    before = _memory(edge.process.pid)
    runners = [RawRunner(edge, token, f"idle-{number}") for number in range(sockets)]
    time.sleep(5)
    used, statements, began = _cpu(edge.process.pid), _statements(bed), time.monotonic()
    time.sleep(20)
    spent = (_cpu(edge.process.pid) - used) / (time.monotonic() - began)
    rate = (_statements(bed) - statements) / (time.monotonic() - began)
    print(
        f"{sockets} idle sockets: {before:.0f} → {_memory(edge.process.pid):.0f} MB, {spent * 100:.1f} % of one core, "
        f"{rate:.1f} transactions/s at the database"
    )
    for runner in runners:
        runner.kill()


def _memory(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _statements(bed: Bed) -> int:
    return int(bed.rows("SELECT xact_commit AS n FROM pg_stat_database WHERE datname = current_database()")[0]["n"])


def main() -> None:
    """Measure, print."""
    words = argparse.ArgumentParser()
    words.add_argument("--seconds", type=float, default=8.0)
    words.add_argument("--sockets", type=int, default=1000)
    given = words.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; the senders run on the same machine")
    server = Server()
    server.start()
    try:
        with server.database() as url, tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            with Admin(url) as admin:
                admin.migrate()
            bed = Bed(url, Path(folder))
            token = bed.team(rate="1000000")
            throughput(bed, stack, given.seconds, ["/webhook/acme/github"], "1 team")
            bed.rows("TRUNCATE deliveries CASCADE")
            with bed.edge() as edge:
                latency(bed, edge, token)
                idle(bed, edge, bed.token(), given.sockets)
            for number in range(1000):
                bed.rows("INSERT INTO teams (name, rate) VALUES (%s, 1000000)", f"team-{number}")
            _copy_hooks(bed)
            throughput(bed, stack, given.seconds, [f"/webhook/team-{number}/github" for number in range(1000)], "1000 teams")
    finally:
        server.remove()


def _copy_hooks(bed: Bed) -> None:
    from edge_bed import KEY, SECRET

    from coro_cli.edge import sealing, webhook_rows

    sealer = sealing.find({"CORO_EDGE_KEY": KEY})
    with Admin(bed.url) as admin:
        for number in range(1000):
            webhook_rows.add(admin, sealer, f"team-{number}", "github", name="", kind="", suffix="", secret=SECRET.encode())


if __name__ == "__main__":
    main()
