"""A home of its own against the simulated GitHub: the real park and the real cycle, over real HTTP, in this process."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coro_cli import config
from coro_cli.domain.ref import Ref
from coro_cli.domain.snapshot import Snapshot
from coro_cli.drills.host.github import GitHubHost
from coro_cli.jobs import park
from coro_cli.jobs.park import Asked, Parked
from coro_cli.plugins.base import Settings, Watched
from coro_cli.plugins.client import Client
from coro_cli.plugins.github import GitHub
from coro_cli.polling import cycle
from coro_cli.polling.cycle import Report
from coro_cli.polling.plugin_set import Fleet
from coro_cli.store.database import Database
from coro_cli.system import paths

TOKEN = "WORKSHOP_TOKEN"


class Workshop:
    """One home. graphql: whether its plugin may use GraphQL, or finds it missing from the start."""

    def __init__(self, host: GitHubHost, directory: Path, *, graphql: bool = True, lines: Sequence[str] = ()) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.host, self.graphql, self.directory = host, graphql, directory
        text = ["[plugins.github]", 'kind = "github"', f'api_url = "{host.url}"']
        (directory / "config.toml").write_text("\n".join([*text, *(lines or [f'token_env = "{TOKEN}"'])]) + "\n")
        self.home = paths.find(str(directory))
        self.db = Database(self.home.store)
        self.fleet = Fleet(config.load(self.home))

    def park(self, *refs: str, on: str = "", **words: Any) -> Parked:
        """A job without a command: being woken completes it."""
        asked = {
            "refs": refs, "on": [on] if on else [], "all": False, "only": False, "at_head": False, "who": "trusted", "match": "",
            "since": None, "timeout": None, "repeat": None, "retries": None, "on_interrupt": None, "title": None, "phase": None,
            "cwd": os.getcwd(), "explicit_cwd": False, "env": [], "job": None, "check": True, "command": None, "began": time.time(),
        }  # fmt: skip
        self._prepare()
        return park.park(self.db, self.fleet, Asked(**{**asked, **words}))  # type: ignore[arg-type]

    def poll(self, *, job: str | None = None) -> Report:
        """One cycle, credentials looked for again where they were refused: as `coro poll` and `coro start` do it."""
        member = self.fleet.member("github")
        if member.reason:
            member = self.fleet.renew("github")
        self._prepare()
        only = {str(w.ref) for w in cycle.watched_of(self.db, "github", job=job)} if job else None
        return cycle.poll(self.db, member, cycle.watched_of(self.db, "github"), only=only)

    def _prepare(self) -> None:
        plugin = self.fleet.member("github").plugin
        if isinstance(plugin, GitHub) and not self.graphql:
            plugin.has_graphql = False

    def job(self, identity: str) -> Any:
        """The job's row."""
        return self.db.one("job_get", id=identity)

    def state(self, identity: str) -> str:
        """`parked` or `completed`."""
        return str(self.job(identity)["state"])

    def told(self, name: str = "") -> list[str]:
        """Keys of all events, or of those of one full name, in the order they came."""
        return [row["key"] for row in reversed(self.db.all("events_newest", since=0.0, limit=10_000)) if name in ("", row["name"])]

    def events(self) -> list[Any]:
        """Rows of all events, oldest first."""
        return list(reversed(self.db.all("events_newest", since=0.0, limit=10_000)))

    def object(self, ref: str) -> Any:
        """What is kept of a ref."""
        return self.db.one("object_get", ref=ref)

    def close(self) -> None:
        """Close connections and store."""
        self.fleet.close()
        self.db.close()


def snapshot(
    host: GitHubHost, number: int, *, graphql: bool = True, since: float = 0.0, previous: Snapshot | None = None, checks: bool = True,
    me: str = "me", scope: str = "acme/api",
) -> Snapshot:  # fmt: skip
    """One look at one object, without a store."""
    plugin = GitHub(Settings("github", "github", host.url, "https://github.com", host.token))
    plugin.has_graphql, plugin.me = graphql, me
    client = Client(plugin)
    native = previous.native if previous is not None else ""
    family = previous.family if previous is not None else ""
    watched = Watched(Ref("github", scope, str(number)), native=native, family=family, since=since, checks=checks, previous=previous)
    try:
        found = client.drive(plugin.look([watched]))
    finally:
        client.close()
    assert found.ended is None and not found.failed, (found.ended, found.failed)
    return found.snapshots[str(watched.ref)]
