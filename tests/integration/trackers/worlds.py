"""The trackers as the shared table needs them: `alice`, `bob` and `dev` have licences, `eve` is a customer, `me` holds the token."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from coro_cli.drills.host.jira import JiraHost

_STRANGER = "an issue's comment by a stranger"


class JiraWorld:
    """Cloud or a server."""

    name = "jira"

    def __init__(self, host: JiraHost) -> None:
        self.host, self.token = host, host.token
        self.cannot: Mapping[str, str] = {} if host.cloud else {_STRANGER: "a server does not tell customers from members"}
        host.user("eve", kind="customer")

    def block(self) -> dict[str, str]:
        """`[plugins.jira]`."""
        return {"api_url": self.host.url} | ({"email": f"{self.host.me}@example.org"} if self.host.cloud else {})

    def pull(self) -> Any:
        """Trackers have none."""
        raise AssertionError("a tracker has no pull requests")

    def issue(self, project: str = "PROJ") -> Any:
        """A new issue."""
        return self.host.issue(project)

    def ref(self, thing: Any) -> str:
        """How a user writes it."""
        return f"jira:{thing.key}"

    def login(self, name: str) -> str:
        """What events call the account."""
        return name


@contextmanager
def _jira(cloud: bool) -> Iterator[JiraWorld]:
    with JiraHost(cloud=cloud) as host:
        yield JiraWorld(host)


WORLDS: dict[str, Callable[[], Any]] = {"jira-cloud": lambda: _jira(True), "jira-server": lambda: _jira(False)}
