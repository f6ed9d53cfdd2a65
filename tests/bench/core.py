"""The way of one event through the store: claimed by one, matched among many, and how soon the command runs."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

from coro_cli.domain.events import Event
from coro_cli.running import doorbell, launch
from coro_cli.store import claims, inbox
from coro_cli.system import regex
from tests.bench.figures import Figure, alternately, at_most, made, timed
from tests.core import ALICE, REF, START, World, comment
from tests.helpers import Coro, write_config

CLAIMER = """
import sys
from coro_cli.store import claims
from coro_cli.store.database import Database
path, now, jobs = sys.argv[1], float(sys.argv[2]), sys.argv[3].split(",")
db = Database(path)
print("ready", flush=True)
sys.stdin.readline()
for job in jobs:
    with db.transaction():
        assert claims.claim(db, job, now=now) is not None
"""


def claim(folder: Path, short: bool) -> Iterator[Figure]:
    """One claim against a commit of one row, in turn; and how many a second several processes make together."""
    world, jobs = _queued(made(folder / "claim"), 100)
    waiting = iter(jobs)

    def one() -> None:
        with world.db.transaction():
            claims.claim(world.db, next(waiting), now=world.now)

    bare, ours = alternately([_committer(made(folder / "bare")), one], len(jobs))
    yield at_most("one claim", ours, bare, "ms", "a bare durable commit", 3.0, 1000)
    alone = 0.0
    for processes in (1, 2) if short else (1, 2, 4, 8):
        speed = _claims(made(folder / f"by{processes}"), processes)
        alone = alone or speed
        yield Figure(f"claims by {processes} processes", f"{speed:.0f} a second", f"one: {alone:.0f} a second", speed / alone)


def _queued(folder: Path, jobs: int) -> tuple[World, list[str]]:
    """A store with jobs that one comment has woken."""
    world = World(folder)
    world.db._connection.execute("PRAGMA synchronous = OFF")
    parked = [world.park(on="commented") for _ in range(jobs)]
    world.see(comments=(comment("1", START),))
    world.db._connection.execute("PRAGMA synchronous = FULL")
    world.later(20.0)
    return world, parked


def _committer(folder: Path) -> Callable[[], None]:
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


def _claims(folder: Path, processes: int, jobs: int = 240) -> float:
    """Claims a second by so many processes, each with its own share."""
    world, parked = _queued(folder, jobs)
    shares = [",".join(parked[n::processes]) for n in range(processes)]
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


def match(folder: Path, short: bool) -> Iterator[Figure]:
    """One event where many wait for others."""
    few = _one_match(made(folder / "few"), 10)
    for waits in (1000,) if short else (100, 1000, 10_000):
        many = _one_match(made(folder / f"w{waits}"), waits)
        shown = f"{many * 1000:.2f} ms", f"10 waits: {few * 1000:.2f} ms"
        yield Figure(f"an event matched, {waits} waits", *shown, many / few, "≤ 1 ms", many > 0.001)


def _one_match(folder: Path, waits: int) -> float:
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


def wake(folder: Path, short: bool) -> Iterator[Figure]:
    """From an event to its command: by a process that looks just then, and by a `coro start` that sleeps."""
    python = median(timed(lambda: subprocess.run([sys.executable, "-I", "-S", "-c", ""], check=True)) for _ in range(5))
    direct = _claim_to_line(made(folder / "direct"), 3 if short else 15)
    yield at_most("a claim → the command's first line", direct, python, "ms", "the start of a bare Python", None, 1000)
    asleep = _event_to_line(made(folder / "asleep"), 3 if short else 25)
    shown = f"{asleep * 1000:.0f} ms", f"the start of a bare Python: {python * 1000:.1f} ms"
    yield Figure("an event recorded → the command's first line, by `coro start`", *shown, asleep / python, "≤ 50 ms", asleep > 0.05)


def _claim_to_line(folder: Path, times: int) -> float:
    taken = []
    world = World(folder, now=time.time() - 60)
    for number in range(times):
        line = folder / f"line{number}"
        os.mkfifo(line)
        job = world.park(on="commented", command=["sh", "-c", f"echo > {line}"], cwd=str(folder))
        world.see(comments=(comment(str(number), world.now),))
        started: list[launch.Started | None] = []

        def once(job: str = job, line: Path = line, started: list[launch.Started | None] = started) -> None:
            started.append(launch.claim_and_start(world.db, folder / "runs", "", job))
            line.read_bytes()

        taken.append(timed(once))
        if started[0] is not None and started[0].process is not None:
            started[0].process.wait()
    return median(taken)


def _event_to_line(folder: Path, times: int) -> float:
    """The event is one that a poll finds: it happened a while ago, so that its quiet second is over."""
    home, line = folder / "home", folder / "line"
    write_config(home, "http://127.0.0.1:9")
    world = World(home, now=time.time() - 60)
    os.mkfifo(line)
    world.park(on="commented", command=["sh", "-c", f"echo > {line}; exit 75"], cwd=str(folder), look=False)
    event = Event(key="", name="pull_request:commented", ref=REF, actor=ALICE, occurred_at=0.0, body="hm")
    taken = []
    with Coro(home, cwd=folder, env={"SIM_TOKEN": "none"}).running("--interval", "1h") as runner:
        for number in range(times):
            # Another person each time: five wakes by one hold the job.
            said = replace(event, key=f"bench:{number}", occurred_at=time.time() - 5, actor=replace(ALICE, login=f"alice{number}"))

            def once(said: Event = said) -> None:
                with world.db.transaction():
                    inbox.record(world.db, [said], {}, now=time.time(), search=regex.search)
                doorbell.ring(home / "doorbell")
                line.read_bytes()

            taken.append(timed(once))
            runner.wait_for("run-ended", run=number + 1)
    return median(taken)
