"""What watching issue trackers costs: 200 jobs on 200 issues in 10 projects, and (the baseline) 10 jobs on 10 issues."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from coro_cli import config
from coro_cli.jobs import park
from coro_cli.polling import cycle
from coro_cli.polling.plugin_set import Fleet
from coro_cli.store.database import Database
from coro_cli.system import paths
from tests.bench.figures import Figure
from tests.bench.github import asked
from tests.simulated.jira import JiraHost
from tests.simulated.linear import LinearHost
from tests.simulated.redmine import RedmineHost

ISSUES, PROJECTS, ALLOWED = 200, 10, 2.0
HOSTS: dict[str, Callable[[], Any]] = {
    "jira cloud": JiraHost, "jira server": lambda: JiraHost(cloud=False), "linear": LinearHost, "redmine": RedmineHost,
}  # fmt: skip


def trackers(folder: Path, short: bool) -> Iterator[Figure]:
    """One row a tracker."""
    for name in ("redmine",) if short else HOSTS:
        many, few = _idle(name, ISSUES), _idle(name, PROJECTS)
        shown = f"{many:.2f}", f"{PROJECTS} jobs: {few:.2f}"
        yield Figure(f"{name}: requests a project and idle cycle", *shown, many / few, "≤ 2 requests", many > ALLOWED)


def _idle(name: str, issues: int) -> float:
    """Requests of an idle cycle, a project."""
    kind = name.partition(" ")[0]
    with HOSTS[name]() as host, tempfile.TemporaryDirectory() as home:
        host.skew = -3600.0
        shown = [host.issue(f"P{number % PROJECTS}") for number in range(issues)]
        host.skew = 0.0
        db = Database(_home(home, kind, host))
        fleet = Fleet(config.load(paths.find(home)))
        try:
            for issue in shown:
                ref = f"redmine:{issue.id}" if kind == "redmine" else f"{kind}:{issue.key}"
                park.park(db, fleet, asked(ref, ("issue:*",), match="never"))
            for _ in range(2):
                report = cycle.poll(db, fleet.member(kind), cycle.watched_of(db, kind))
                assert not report.errors
        finally:
            fleet.close()
            db.close()
    return report.requests / PROJECTS


def _home(home: str, kind: str, host: Any) -> str:
    os.environ["BENCH_TOKEN"] = host.token
    place = paths.find(home)
    lines = [f"[plugins.{kind}]", f'api_url = "{host.url}"', 'token_env = "BENCH_TOKEN"']
    lines += [f'email = "{host.me}@example.org"'] if getattr(host, "cloud", False) else []
    place.config_file.parent.mkdir(parents=True, exist_ok=True)
    place.config_file.write_text("\n".join([*lines, ""]))
    return str(place.store)
