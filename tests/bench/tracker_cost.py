"""What watching issue trackers costs, measured against the simulated hosts: `python tests/bench/tracker_cost.py`.

200 jobs wait on 200 issues in 10 projects (and in one). An idle cycle asks at most two questions a project, none a job.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable
from typing import Any

from coro_cli import config, paths
from coro_cli.drills.host.jira import JiraHost
from coro_cli.drills.host.linear import LinearHost
from coro_cli.drills.host.redmine import RedmineHost
from coro_cli.polling import asking, cycle
from coro_cli.polling.asking import Asked
from coro_cli.polling.cycle import Report
from coro_cli.polling.fleet import Fleet
from coro_cli.store.database import Database

HOSTS: dict[str, Callable[[], Any]] = {
    "jira-cloud": JiraHost, "jira-server": lambda: JiraHost(cloud=False), "linear": LinearHost, "redmine": RedmineHost,
}  # fmt: skip


def measure(name: str, *, projects: int, issues: int, changed: int = 20, home: str) -> dict[str, Any]:
    """Requests of an idle and a busy cycle, after so many issues were parked on."""
    with HOSTS[name]() as host:
        kind = name.partition("-")[0]
        host.skew = -3600.0
        made = [host.issue(f"P{number % projects}") for number in range(issues)]
        host.skew = 0.0
        db, fleet = Database(_home(home, kind, host)), None
        try:
            fleet = Fleet(config.load(paths.find(home)))
            for issue in made:
                asking.park(db, fleet, _asked(f"redmine:{issue.id}" if kind == "redmine" else f"{kind}:{issue.key}"))
            _poll(db, fleet, kind)
            idle = _poll(db, fleet, kind)
            for issue in made[:changed]:
                issue.transition("In Review")
                issue.comment("alice", "hm")
            busy = _poll(db, fleet, kind)
        finally:
            if fleet is not None:
                fleet.close()
            db.close()
    return {
        "tracker": name, "issues": issues, "projects": projects, "idle_requests": idle.requests, "idle_s": round(idle.duration, 3),
        "changed": changed, "busy_requests": busy.requests, "busy_events": len(busy.events), "errors": idle.errors + busy.errors,
    }  # fmt: skip


def _home(home: str, kind: str, host: Any) -> str:
    os.environ["BENCH_TOKEN"] = host.token
    place = paths.find(home)
    lines = [f"[plugins.{kind}]", f'api_url = "{host.url}"', 'token_env = "BENCH_TOKEN"']
    lines += [f'email = "{host.me}@example.org"'] if getattr(host, "cloud", False) else []
    place.config_file.parent.mkdir(parents=True, exist_ok=True)
    place.config_file.write_text("\n".join([*lines, ""]))
    return str(place.store)


def _poll(db: Database, fleet: Fleet, kind: str) -> Report:
    return cycle.poll(db, fleet.member(kind), cycle.watched_of(db, kind))


def _asked(ref: str) -> Asked:
    return Asked(
        refs=[ref], on=["issue:*"], all=False, only=False, at_head=False, who="trusted", match="never", since=None, timeout=None,
        repeat=None, retries=None, on_interrupt=None, title=None, phase=None, cwd=os.getcwd(), explicit_cwd=False, env=[], job=None,
        check=True, command=None, began=time.time(),
    )  # fmt: skip


def main() -> None:
    """Print one JSON line a measurement."""
    for name in HOSTS:
        for projects in (10, 1):
            with tempfile.TemporaryDirectory() as home:
                print(json.dumps(measure(name, projects=projects, issues=200, home=home)), flush=True)


if __name__ == "__main__":
    main()
