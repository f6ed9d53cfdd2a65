"""How fast the core is, as ratios that mean the same on any machine. `python -m tests.bench.core`

Each part prints one line; nothing is asserted here.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from core import REF, START, World, comment

from coro_cli.running import launch
from coro_cli.store import runs

CLAIMER = """
import sys
from coro_cli.store import runs
from coro_cli.store.database import Database
path, now, jobs = sys.argv[1], float(sys.argv[2]), sys.argv[3].split(",")
db = Database(path)
print("ready", flush=True)
sys.stdin.readline()
for job in jobs:
    with db.transaction():
        assert runs.claim(db, job, now=now) is not None
"""


def timed(action: Callable[[], object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def queued(folder: Path, jobs: int) -> tuple[World, list[str]]:
    """A store with jobs that one comment has woken."""
    world = World(folder)
    world.db._connection.execute("PRAGMA synchronous = OFF")
    made = [world.park(on="commented") for _ in range(jobs)]
    world.see(comments=(comment("1", START),))
    world.db._connection.execute("PRAGMA synchronous = FULL")
    world.later(20.0)
    return world, made


def claims(folder: Path, processes: int, jobs: int = 240) -> float:
    """Claims a second by so many processes, each with its own share."""
    world, made = queued(folder, jobs)
    shares = [",".join(made[n::processes]) for n in range(processes)]
    words = [sys.executable, "-c", CLAIMER, world.path, str(world.now)]
    claimers = [subprocess.Popen([*words, share], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for share in shares]
    for process in claimers:
        assert process.stdout is not None
        process.stdout.readline()

    def race() -> None:
        for process in claimers:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in claimers:
            process.communicate()

    return jobs / timed(race)


def committer(folder: Path) -> Callable[[], None]:
    """What makes one durable commit of one row, in the same kind of file."""
    plain = sqlite3.connect(folder / "plain.db", isolation_level=None)
    plain.execute("PRAGMA journal_mode = WAL")
    plain.execute("PRAGMA synchronous = FULL")
    plain.execute("CREATE TABLE t (a)")

    def once() -> None:
        plain.execute("BEGIN IMMEDIATE")
        plain.execute("INSERT INTO t VALUES (1)")
        plain.execute("COMMIT")

    return once


def bare_commit(folder: Path) -> float:
    """Seconds of one durable commit of one row."""
    once = committer(folder)
    return median(timed(once) for _ in range(100))


def one_claim(folder: Path) -> float:
    """Seconds of one claim."""
    world, made = queued(folder, 100)

    def once(job: str) -> None:
        with world.db.transaction():
            runs.claim(world.db, job, now=world.now)

    return median(timed(lambda job=job: once(job)) for job in made)


def one_match(folder: Path, waits: int) -> float:
    """Seconds that one more event costs (recorded and judged, without its commit) where so many other refs are waited on."""
    world = World(folder)
    world.db._connection.execute("PRAGMA synchronous = OFF")
    for number in range(waits):
        world.park(f"github:acme/api#{number + 1000}", on="commented", look=False)
    world.park(on="commented", repeat=True)
    said: list[float] = []
    for number in range(40):
        world.shown.pop(REF, None)

        def once(number: int = number) -> None:
            world.see(comments=(comment(str(number), world.now),))

        said.append(timed(once))
    return median(said)


def first_line(folder: Path) -> float:
    """Seconds from a claim to the first line that the command writes."""
    taken = []
    world = World(folder, now=time.time() - 60)
    for number in range(5):
        os.mkfifo(folder / f"line{number}")
        job = world.park(on="commented", command=["sh", "-c", f"echo > line{number}"], cwd=str(folder))
        world.see(comments=(comment(str(number), world.now),))
        started: list[launch.Started | None] = []

        def once(job: str = job, number: int = number, started: list[launch.Started | None] = started) -> None:
            started.append(launch.claim_and_start(world.db, folder / "runs", "", job))
            (folder / f"line{number}").read_bytes()

        taken.append(timed(once))
        if started[0] is not None and started[0].process is not None:
            started[0].process.wait()
    return median(taken)


def main() -> None:
    """All parts."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)

        def place(word: str) -> Path:
            (top / word).mkdir()
            return top / word

        speeds = [(n, claims(place(f"claims{n}"), n)) for n in (1, 2, 4, 8)]
        for processes, speed in speeds:
            print(f"claims by {processes} processes: {speed:7.0f} a second, {speed / speeds[0][1]:.2f} × those of one")
        bare, claim = bare_commit(place("bare")), one_claim(place("claim"))
        print(f"a claim: {claim * 1000:.2f} ms, {claim / bare:.2f} × a bare durable commit ({bare * 1000:.2f} ms)")
        few, many = one_match(place("few"), 10), one_match(place("many"), 10_000)
        print(f"an event where 10000 others wait: {many * 1000:.2f} ms, {many / few:.2f} × that where 10 do")
        line = first_line(place("line"))
        python = median(timed(lambda: subprocess.run([sys.executable, "-I", "-S", "-c", ""], check=True)) for _ in range(5))
        print(f"claim → first line of the command: {line * 1000:.0f} ms, {line / python:.1f} × the start of a bare Python")


if __name__ == "__main__":
    main()
