"""What watching GitHub costs, measured against the simulated host: `python tests/bench/github_cost.py [--large]`.

Jobs wait for approval, comments and merge, one on each pull request. The yardstick is the published system, which asks four
requests a pull request and cycle. CPU is this process's, less that of the simulated host, which runs in one of its own.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from coro_cli import config, paths
from coro_cli.drills.host.github import GitHubHost
from coro_cli.polling import asking, cycle
from coro_cli.polling.asking import Asked
from coro_cli.polling.cycle import Report
from coro_cli.polling.fleet import Fleet
from coro_cli.store.database import Database

PUBLISHED = 4
TALK = ("approved", "commented", "merged")


def serve(pipe: Connection, repos: int, pulls: int, checks: bool) -> None:
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
        self.pipe, self.repos, self.pulls = pipe, repos, pulls
        url, token = pipe.recv()
        os.environ["BENCH_TOKEN"] = token
        place = paths.find(home)
        place.config_file.write_text(f'[plugins.github]\nkind = "github"\napi_url = "{url}"\ntoken_env = "BENCH_TOKEN"\n')
        self.db = Database(place.store)
        self.fleet = Fleet(config.load(place))

    def tell(self, *what: Any) -> Any:
        """Let the host do something."""
        self.pipe.send(what)
        return self.pipe.recv()

    def park(self, on: tuple[str, ...] = TALK) -> float:
        """One job on each pull request; seconds it took."""
        began = time.monotonic()
        for repo in range(self.repos):
            for number in range(1, self.pulls + 1):
                asking.park(self.db, self.fleet, _asked(f"github:acme/r{repo}#{number}", on))
        return time.monotonic() - began

    def poll(self) -> tuple[Report, float, list[Any]]:
        """One cycle as `coro start` makes it, its seconds of CPU, and what the host saw."""
        began = time.process_time()
        report = cycle.poll(self.db, self.fleet.member("github"), cycle.watched_of(self.db, "github"))
        return report, time.process_time() - began, self.tell("requests")


def _asked(ref: str, on: tuple[str, ...]) -> Asked:
    return Asked(
        refs=[ref], on=on, all=False, only=False, at_head=False, who="trusted", match="", since=None, timeout=None, repeat=None,
        retries=None, on_interrupt=None, title=None, phase=None, cwd=os.getcwd(), explicit_cwd=False, env=[], job=None, check=False,
        command=None, began=time.time(),
    )  # fmt: skip


@contextmanager
def bench(repos: int, pulls: int, *, checks: bool = False) -> Iterator[Bench]:
    """A home and a host for the block."""
    context = multiprocessing.get_context("spawn")
    mine, its = context.Pipe()
    host = context.Process(target=serve, args=(its, repos, pulls, checks), daemon=True)
    host.start()
    with tempfile.TemporaryDirectory() as home:
        made = Bench(home, mine, repos, pulls)
        try:
            yield made
        finally:
            made.fleet.close()
            made.db.close()
            mine.send(None)
            host.join()


def measure(repos: int, pulls: int, changed: int = 50) -> dict[str, Any]:
    """Idle and busy cycles of so many jobs."""
    with bench(repos, pulls) as b:
        jobs, parked = repos * pulls, b.park()
        first, _, _ = b.poll()
        b.poll()
        idle, cpu, seen = b.poll()
        b.tell("advance", 5.0)
        b.tell("talk", min(changed, jobs), repos)
        b.tell("advance", 5.0)
        busy, busy_cpu, _ = b.poll()
        return {
            "jobs": jobs, "repositories": repos, "park_ms_each": round(1000 * parked / jobs, 2), "first_requests": first.requests,
            "idle_requests": idle.requests, "idle_not_modified": idle.not_modified, "idle_charged": idle.charged,
            "idle_all_304": all(status == 304 for _, _, status, _ in seen), "idle_cpu_s": round(cpu, 3),
            "idle_wall_s": round(idle.duration, 3), "published_requests": PUBLISHED * jobs,
            "ratio": round(PUBLISHED * jobs / max(idle.requests, 1), 1), "changed": min(changed, jobs), "busy_requests": busy.requests,
            "busy_charged": busy.charged, "busy_events": len(busy.events), "busy_cpu_s": round(busy_cpu, 3),
            "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
            "errors": first.errors + idle.errors + busy.errors,
        }  # fmt: skip


def measure_checks(repos: int, pulls: int) -> dict[str, Any]:
    """Waits that name checks: while they run, and once they are settled."""
    with bench(repos, pulls, checks=True) as b:
        b.park(("checks_failed", "merged"))
        b.poll()
        b.poll()
        pending, cpu, _ = b.poll()
        b.tell("settle", repos * pulls, repos)
        b.poll()
        settled, settled_cpu, _ = b.poll()
        return {
            "heads": repos * pulls, "pending_requests": pending.requests, "pending_charged": pending.charged,
            "pending_cpu_s": round(cpu, 3), "settled_requests": settled.requests, "settled_charged": settled.charged,
            "settled_cpu_s": round(settled_cpu, 3), "errors": pending.errors + settled.errors,
        }  # fmt: skip


def main() -> None:
    """Print one JSON line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="10,000 jobs in 100 repositories as well")
    sizes = [(1, 10), (2, 50), (20, 50)] + ([(100, 100)] if parser.parse_args().large else [])
    for repos, pulls in sizes:
        print(json.dumps(measure(repos, pulls)), flush=True)
    print(json.dumps(measure_checks(20, 50)), flush=True)


if __name__ == "__main__":
    main()
