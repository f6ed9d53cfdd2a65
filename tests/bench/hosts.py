"""What watching costs on each host where pull requests live: 200 jobs on 200 pull requests in 10 repositories.

Requests of a cycle in which nothing happens, a repository: where jobs wait for approvals and comments, where they wait
for checks that still run. The baseline has 10 jobs only: it does not grow with them.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure

sys.path.append(str(Path(__file__).resolve().parents[1] / "integration" / "hosts"))

JOBS, REPOSITORIES, CYCLES, ALLOWED = 200, 10, 3, 3.0
TALK, CHECKS = "approved,commented", "checks_passed"
# host → (module of its simulation and its class, module of its world and its class, what its repositories are called).
HOSTS: dict[str, tuple[str, str, str]] = {
    "github": ("coro_cli.drills.host.github:GitHubHost", "world_github:GitHubWorld", "acme/api{}"),
    "gitlab": ("tests.simulated.gitlab:GitLabHost", "world_gitlab:GitLabWorld", "acme/platform/api{}"),
    "gitea": ("tests.simulated.gitea:GiteaHost", "world_gitea:GiteaWorld", "acme/api{}"),
    "bitbucket": ("tests.simulated.bitbucket:BitbucketHost", "world_bitbucket:BitbucketWorld", "acme/api{}"),
    "bitbucket-dc": ("tests.simulated.bitbucket_dc:BitbucketDCHost", "world_bitbucket_dc:BitbucketDCWorld", "ACME/api{}"),
    "azure": ("tests.simulated.azure:AzureHost", "world_azure:AzureWorld", "acme/Web Shop/api{}"),
}


def hosts(folder: Path, short: bool) -> Iterator[Figure]:
    """Two rows a host."""
    for name in ("gitea",) if short else HOSTS:
        few = _idle(name, REPOSITORIES, TALK)
        for what, on in (("approvals and comments", TALK), ("checks that run", CHECKS)):
            found = _idle(name, JOBS, on)
            shown = f"{found:.2f}", f"{REPOSITORIES} jobs: {few:.2f}"
            target = ("≤ 3 requests", found > ALLOWED) if on == TALK else ("", False)
            yield Figure(f"{name}: requests a repository and idle cycle, {what}", *shown, found / few, *target)


def _named(place: str) -> Any:
    """The class of `module:Class`."""
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


def _idle(host_name: str, jobs: int, on: str) -> float:
    from harness import TOKEN_VARIABLE, Bench

    from coro_cli import config
    from coro_cli.polling.plugin_set import Fleet
    from coro_cli.store.database import Database
    from coro_cli.system import paths

    simulation, world_of, scope = HOSTS[host_name]
    with ExitStack() as stack:
        host = stack.enter_context(_named(simulation)())
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        world = _named(world_of)(host)
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
