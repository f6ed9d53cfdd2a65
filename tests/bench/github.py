"""What watching GitHub costs. The yardstick is the published system, which asks four requests a pull request and cycle.

Jobs wait for approval, comments and merge, one on each pull request. CPU is this process's: the host runs in one of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from coro_cli import config
from coro_cli.drills.host.github import GitHubHost
from coro_cli.jobs import park
from coro_cli.jobs.park import Asked
from coro_cli.polling import cycle
from coro_cli.polling.cycle import Report
from coro_cli.polling.plugin_set import Fleet
from coro_cli.store.database import Database
from coro_cli.system import paths
from tests.bench.figures import Figure, resident
from tests.helpers import Coro

PUBLISHED = 4
TALK = ("approved", "commented", "merged")
# Waits that name checks ask for so many heads in one query while they are not settled.
HEADS_A_QUERY = 25


def requests(folder: Path, short: bool) -> Iterator[Figure]:
    """Idle cycles, where the work grows; busy ones; and the runner's memory where most is watched."""
    for repos, pulls in ((1, 10), (2, 50)) if short else ((1, 10), (2, 50), (20, 50), (100, 100)):
        with _bench(repos, pulls) as b:
            b.park()
            yield from _idle(b, 0.5 if repos == 20 else None)
            if repos == 20:
                yield _busy(b, 50, 45)
            if repos == 100:
                yield b.memory()


def checks(folder: Path, short: bool) -> Iterator[Figure]:
    """Waits that name checks: while they run, and once they are settled."""
    repos, pulls = (2, 25) if short else (20, 50)
    with _bench(repos, pulls, checks=True) as b:
        b.park(("checks_failed", "merged"))
        b.poll(), b.poll()
        pending = b.poll()[0].requests
        b.tell("settle", repos * pulls, repos)
        b.poll()
        settled = b.poll()[0].requests
    most, published = repos + -(-repos * pulls // HEADS_A_QUERY), PUBLISHED * repos * pulls
    yield _counted(f"requests of an idle cycle, {repos * pulls} heads whose checks run", pending, published, most)
    yield _counted("the same, once they are settled", settled, published, repos)


def _idle(b: Bench, most_cpu: float | None) -> Iterator[Figure]:
    b.poll(), b.poll()
    idle, cpu, seen = b.poll()
    where = f"{b.repos} repositor{'y' if b.repos == 1 else 'ies'}"
    what = f"requests of an idle cycle, {b.repos * b.pulls} jobs in {where}"
    more = f", {idle.charged} charged, {cpu * 1000:.0f} ms CPU"
    bad = idle.charged > 0 or any(status != 304 for _, _, status, _ in seen) or (most_cpu is not None and cpu > most_cpu)
    yield _counted(what, idle.requests, PUBLISHED * b.repos * b.pulls, b.repos, more=more, bad=bad)


def _busy(b: Bench, changed: int, most: int) -> Figure:
    b.tell("advance", 5.0)
    b.tell("talk", changed, b.repos)
    b.tell("advance", 5.0)
    report, _, _ = b.poll()
    what = f"requests of a cycle in which {changed} of {b.repos * b.pulls} changed"
    return _counted(what, report.requests, PUBLISHED * b.repos * b.pulls, most, bad=len(report.events) != changed)


def _counted(what: str, requests: int, published: int, most: int, *, more: str = "", bad: bool = False) -> Figure:
    shown = f"{requests}{more}", f"four a pull request: {published}"
    return Figure(what, *shown, requests / published, f"≤ {most} request{'' if most == 1 else 's'}", bad or requests > most)


def _serve(pipe: Connection, repos: int, pulls: int, checks: bool) -> None:
    """The host's own process: builds the world, then does what it is told until the pipe closes."""
    with GitHubHost() as host:
        host.skew = -7200.0
        for repo in range(repos):
            for number in range(1, pulls + 1):
                pull = host.pull(f"acme/r{repo}", number, author="dev")
                if checks:
                    pull.check("build")
        host.skew = 0.0
        pipe.send((host.url, host.token))
        while (asked := pipe.recv()) is not None:
            pipe.send(_do(host, *asked))


def _do(host: GitHubHost, what: str, *args: Any) -> Any:
    if what == "talk":
        for index in range(args[0]):
            host.pull(f"acme/r{index % args[1]}", 1 + index // args[1]).comment("eve", "hm")
    elif what == "settle":
        for index in range(args[0]):
            host.pull(f"acme/r{index % args[1]}", 1 + index // args[1]).check("build", "success")
    elif what == "requests":
        seen = [(r.method, r.path, r.status, r.charged) for r in host.requests]
        host.clear()
        return seen
    elif what == "advance":
        host.advance(args[0])
    return None


class Bench:
    """One home, one host, and a clock for the processor."""

    def __init__(self, home: str, pipe: Connection, repos: int, pulls: int) -> None:
        self.home, self.pipe, self.repos, self.pulls = home, pipe, repos, pulls
        url, self.token = pipe.recv()
        os.environ["BENCH_TOKEN"] = self.token
        place = paths.find(home)
        place.config_file.write_text(f'[plugins.github]\nkind = "github"\napi_url = "{url}"\ntoken_env = "BENCH_TOKEN"\n')
        self.db = Database(place.store)
        self.fleet = Fleet(config.load(place))

    def tell(self, *what: Any) -> Any:
        """Let the host do something."""
        self.pipe.send(what)
        return self.pipe.recv()

    def park(self, on: tuple[str, ...] = TALK) -> None:
        """One job on each pull request."""
        for repo in range(self.repos):
            for number in range(1, self.pulls + 1):
                park.park(self.db, self.fleet, asked(f"github:acme/r{repo}#{number}", on, check=False))

    def poll(self) -> tuple[Report, float, list[Any]]:
        """One cycle as `coro start` makes it, its seconds of CPU, and what the host saw."""
        began = time.process_time()
        report = cycle.poll(self.db, self.fleet.member("github"), cycle.watched_of(self.db, "github"))
        return report, time.process_time() - began, self.tell("requests")

    def memory(self) -> Figure:
        """A `coro start` in this home, after two cycles."""
        with Coro(Path(self.home), env={"BENCH_TOKEN": self.token}).running("--interval", "5s") as runner:
            for _ in range(2):
                runner.wait_for("cycle", timeout=120)
                runner.told.clear()
            used = resident(runner.process.pid)
        what = f"`coro start` with {self.repos * self.pulls} jobs in {self.repos} repositories, memory"
        return Figure(what, f"{used:.0f} MB", target="≤ 80 MB", missed=used > 80)


def asked(ref: str, on: tuple[str, ...], *, check: bool = True, match: str = "") -> Asked:
    """A park as typed, of a job without a command."""
    return Asked(
        refs=[ref], on=on, all=False, only=False, at_head=False, who="trusted", match=match, since=None, timeout=None, repeat=None,
        retries=None, on_interrupt=None, title=None, phase=None, cwd=os.getcwd(), explicit_cwd=False, env=[], job=None, check=check,
        command=None, began=time.time(),
    )  # fmt: skip


@contextmanager
def _bench(repos: int, pulls: int, *, checks: bool = False) -> Iterator[Bench]:
    """A home and a host for the block."""
    context = multiprocessing.get_context("spawn")
    mine, its = context.Pipe()
    host = context.Process(target=_serve, args=(its, repos, pulls, checks), daemon=True)
    host.start()
    with tempfile.TemporaryDirectory() as home:
        b = Bench(home, mine, repos, pulls)
        try:
            yield b
        finally:
            b.fleet.close()
            b.db.close()
            mine.send(None)
            host.join()
