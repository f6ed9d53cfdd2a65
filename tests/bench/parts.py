"""The parts of the benchmark table. Each yields figures; `short` makes it quick and rough."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from coro_cli.drills.host.github import GitHubHost
from coro_cli.store import runs
from tests.bench import core, webhooks
from tests.bench.github_cost import PUBLISHED, measure
from tests.core import World
from tests.helpers import Coro, write_config

CORO = str(Path(sys.executable).with_name("coro"))


@dataclass(frozen=True, slots=True)
class Figure:
    """One row. target: "" without one; `≤ 1.5` holds the ratio, `at least 0.7` too. missed: whether it is not met."""

    what: str
    measured: str
    baseline: str
    ratio: float | None
    target: str = ""
    missed: bool = False

    @property
    def row(self) -> str:
        """As Markdown."""
        ratio = "–" if self.ratio is None else f"{self.ratio:.2f}"
        mark = " **missed**" if self.missed else ""
        return f"| {self.what} | {self.measured} | {self.baseline} | {ratio} | {self.target}{mark} |"


def at_most(what: str, value: float, base: float, unit: str, baseline: str, limit: float | None, scale: float = 1.0) -> Figure:
    """A ratio that has an upper bound (None: none)."""
    ratio = value / base
    said = f"{value * scale:.3g} {unit}", f"{baseline}: {base * scale:.3g} {unit}"
    return Figure(what, *said, ratio, f"≤ {limit:g}" if limit else "", bool(limit and ratio > limit))


def alternately(actions: list[Callable[[], object]], rounds: int) -> list[float]:
    """Each action's median seconds, taken in turn, so that what else the machine does meets all of them."""
    taken = [[core.timed(action) for action in actions] for _ in range(rounds)]
    return [median(column) for column in zip(*taken, strict=True)]


def commands(folder: Path, short: bool) -> Iterator[Figure]:
    """`coro --version` and `coro jobs` against a bare Python, and against `gh` where that is installed."""
    home = folder / "home"
    environment = {**os.environ, "CORO_HOME": str(home)}
    world = World(_made(home))
    for _ in range(10):
        world.park(on="commented", look=False)
    world.db.close()

    def call(*words: str) -> Callable[[], object]:
        return lambda: subprocess.run(words, env=environment, capture_output=True, check=True)

    plain = [call(sys.executable, "-c", "pass"), call(CORO, "--version"), call(CORO, "jobs")]
    gh = [call("gh", "--version")] if shutil.which("gh") else []
    python, version, jobs, *other = alternately([*plain, *gh], 5 if short else 25)
    yield at_most("`coro --version`", version, python, "ms", "`python -c pass`", 1.5, 1000)
    yield at_most("`coro jobs`", jobs, python, "ms", "`python -c pass`", 7.0, 1000)
    for seconds in other:
        yield at_most("`coro jobs`", jobs, seconds, "ms", "`gh --version`", 1.7, 1000)


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def claim(folder: Path, short: bool) -> Iterator[Figure]:
    """One claim against a commit of one row, in turn."""
    world, made = core.queued(_made(folder / "claim"), 100)
    jobs = iter(made)

    def one() -> None:
        with world.db.transaction():
            runs.claim(world.db, next(jobs), now=world.now)

    bare, ours = alternately([core.committer(_made(folder / "bare")), one], len(made))
    yield at_most("one claim", ours, bare, "ms", "a bare durable commit", 3.0, 1000)


def match(folder: Path, short: bool) -> Iterator[Figure]:
    """One event where many wait."""
    few = core.one_match(_made(folder / "few"), 10)
    for waits in (1000,) if short else (100, 1000, 10_000):
        many = core.one_match(_made(folder / f"w{waits}"), waits)
        ratio, missed = many / few, many > 0.001
        yield Figure(f"an event, {waits} waits", f"{many * 1000:.2f} ms", f"10 waits: {few * 1000:.2f} ms", ratio, "≤ 1 ms", missed)


def requests(folder: Path, short: bool) -> Iterator[Figure]:
    """Requests of an idle cycle against the published system's four a pull request."""
    for repos, pulls in ((1, 10), (2, 50)) if short else ((1, 10), (2, 50), (20, 50), (100, 100)):
        found = measure(repos, pulls)
        idle, published = found["idle_requests"], PUBLISHED * repos * pulls
        what = f"requests of an idle cycle, {repos * pulls} jobs in {repos} repositor{'y' if repos == 1 else 'ies'}"
        shown = f"{idle}, {found['idle_charged']} charged, {found['idle_cpu_s'] * 1000:.0f} ms CPU"
        yield Figure(what, shown, f"four a pull request: {published}", idle / published, "≤ 0.5", idle / published > 0.5)


def deliveries(folder: Path, short: bool) -> Iterator[Figure]:
    """Deliveries a second, each on the disk before it is answered, against the same server without the disk, and others."""
    speeds: dict[str, float] = {}
    starts = {"without": lambda home: webhooks.coro(home, disk=False), "durable": lambda home: webhooks.coro(home, disk=True)}
    if shutil.which("webhook"):
        starts["Debian's `webhook`"] = webhooks.debian
    for name, start in starts.items():
        with start(_made(folder / name.strip("`"))) as (port, path, _):
            load = webhooks.Load(port, path, 32, 1.5 if short else 6.0, 0.0)
            took = load.run()
            speeds[name] = sum(count for status, count in load.statuses.items() if status < 300) / took
    durable = f"{speeds.pop('durable'):.0f} a second"
    for name, speed in speeds.items():
        shown = "the same without the disk" if name == "without" else name
        yield Figure("deliveries, durable", durable, f"{shown}: {speed:.0f}", float(durable.split()[0]) / speed)


def verification(folder: Path, short: bool) -> Iterator[Figure]:
    """Verifying a signed delivery of 7 kB against the MAC alone."""
    ours, bare = webhooks.verifiers()

    def many(act: Callable[[], object]) -> Callable[[], object]:
        return lambda: [act() for _ in range(500)]

    seconds = alternately([many(ours), many(bare)], 5 if short else 15)
    yield at_most("verify a delivery", seconds[0] / 500, seconds[1] / 500, "µs", "bare hmac", None, 1e6)


def idle(folder: Path, short: bool) -> Iterator[Figure]:
    """`coro start` at its default pace with ten jobs: CPU and memory over ten seconds in which nothing happens."""
    seconds = 2.0 if short else 10.0
    with GitHubHost() as host:
        home = _made(folder / "home")
        write_config(home, host.url)
        host.advance(-3600)
        for number in range(1, 11):
            host.pull("acme/api", number)
        host.advance(3600)
        coro = Coro(home, cwd=folder, env={"SIM_TOKEN": host.token})
        for number in range(1, 11):
            coro("park", f"github:acme/api#{number}", "--on", "approved", "--", "true")
        with coro.running() as runner:
            runner.wait_for("cycle")
            time.sleep(2.0)
            before, began = _cpu(runner.process.pid), time.monotonic()
            time.sleep(seconds)
            share = (_cpu(runner.process.pid) - before) / (time.monotonic() - began) * 100
            memory = _resident(runner.process.pid)
    yield Figure("`coro start` idle, CPU", f"{share:.2f} % of a core", f"{seconds:g} s", None, "≤ 0.3 %", share > 0.3)
    bare = _bare_python()
    yield Figure("`coro start` idle, memory", f"{memory:.0f} MB", f"a bare Python: {bare:.0f} MB", memory / bare, "≤ 80 MB", memory > 80)


def _cpu(pid: int) -> float:
    """Seconds of processor time, from Linux's /proc; the thread's own clock is finer than the ticks of `stat`."""
    return sum(int(line.read_text().split()[0]) for line in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def _bare_python() -> float:
    process = subprocess.Popen([sys.executable, "-c", "print(flush=True); input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    found = _resident(process.pid)
    process.communicate(b"\n")
    return found


def growth(folder: Path, short: bool) -> Iterator[Figure]:
    """`coro jobs` where there are many."""
    first = 0.0
    for jobs in (10, 100) if short else (10, 100, 1000, 10_000):
        home = _made(folder / f"home{jobs}")
        world = World(home)
        world.db._connection.execute("PRAGMA synchronous = OFF")
        for number in range(jobs):
            world.park(f"github:acme/api#{number}", on="commented", look=False)
        world.db.close()
        environment = {**os.environ, "CORO_HOME": str(home)}

        def call(environment: dict[str, str] = environment) -> None:
            listed = subprocess.run([CORO, "jobs", "--json"], env=environment, capture_output=True, check=True)
            assert json.loads(listed.stdout)

        seconds = median(core.timed(call) for _ in range(3 if short else 9))
        first = first or seconds
        yield at_most(f"`coro jobs`, {jobs} jobs", seconds, first, "ms", "10 jobs", None, 1000)
