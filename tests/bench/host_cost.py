"""What watching costs on each host, measured against the simulated ones: `python tests/bench/host_cost.py [HOST…]`.

200 jobs, one on each of 200 pull requests in 10 repositories; then cycles in which nothing happens. Printed are the
requests of such a cycle for each repository: where jobs wait for approvals and comments, where they wait for checks that
still run, and the first of these with 10 jobs only, to show that it does not grow with them.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration" / "hosts"))

JOBS, REPOSITORIES, CYCLES, ALLOWED = 200, 10, 3, 3.0
TALK, CHECKS = "approved,commented", "checks_passed"
# host → (module of its simulation and its class, module of its world and its class, what its repositories are called).
HOSTS: dict[str, tuple[str, str, str]] = {
    "github": ("github:GitHubHost", "world_github:GitHubWorld", "acme/api{}"),
    "gitlab": ("gitlab:GitLabHost", "world_gitlab:GitLabWorld", "acme/platform/api{}"),
    "gitea": ("gitea:GiteaHost", "world_gitea:GiteaWorld", "acme/api{}"),
    "bitbucket": ("bitbucket:BitbucketHost", "world_bitbucket:BitbucketWorld", "acme/api{}"),
    "bitbucket-dc": ("bitbucket_dc:BitbucketDCHost", "world_bitbucket_dc:BitbucketDCWorld", "ACME/api{}"),
    "azure": ("azure:AzureHost", "world_azure:AzureWorld", "acme/Web Shop/api{}"),
}


def named(place: str) -> Any:
    """The class of `module:Class`."""
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


def idle(host_name: str, jobs: int, on: str) -> float:
    """Requests of an idle cycle, a repository."""
    from harness import TOKEN_VARIABLE, Bench

    from coro_cli import config, paths
    from coro_cli.polling.fleet import Fleet
    from coro_cli.store.database import Database

    simulation, world_of, scope = HOSTS[host_name]
    with ExitStack() as stack:
        host = stack.enter_context(named(f"coro_cli.drills.host.{simulation}")())
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        world = named(world_of)(host)
        os.environ[TOKEN_VARIABLE] = world.token
        lines = [f"{key} = {json.dumps(value)}" for key, value in {**world.block(), "token_env": TOKEN_VARIABLE}.items()]
        (home / "config.toml").write_text("\n".join([f"[plugins.{world.name}]", *lines, ""]))
        found = paths.find(str(home))
        bench = Bench(world, found.store, stack.enter_context(Database(found.store)), Fleet(config.load(found)))
        host.skew = -7200.0
        pulls = [host.pull(scope.format(number % REPOSITORIES), number // REPOSITORIES + 1) for number in range(jobs)]
        for pull in pulls:
            pull.check("build")
        host.skew = 0.0
        for pull in pulls:
            bench.park(world.ref(pull), on)
        for _ in range(2):
            assert bench.poll().errors == []
        counts = [bench.poll().requests for _ in range(CYCLES)]
        bench.fleet.close()
    return sum(counts) / CYCLES / REPOSITORIES


def main(wanted: list[str]) -> int:
    """Print the table; 1 where a host costs more than is allowed."""
    print(f"requests a repository and idle cycle; {JOBS} jobs in {REPOSITORIES} repositories")
    print(f"{'host':<14}{'talk':>8}{'checks':>8}{'10 jobs':>9}")
    dear = 0
    for name in wanted or list(HOSTS):
        talk, checks, few = idle(name, JOBS, TALK), idle(name, JOBS, CHECKS), idle(name, REPOSITORIES, TALK)
        dear += talk > ALLOWED
        print(f"{name:<14}{talk:>8.2f}{checks:>8.2f}{few:>9.2f}")
    return int(dear > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
