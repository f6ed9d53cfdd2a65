"""The trackers as the shared table needs them: `alice`, `bob` and `dev` have licences, `eve` is a customer, `me` holds the token."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.simulated.jira import JiraHost
from tests.simulated.linear import LinearHost
from tests.simulated.redmine import RedmineHost

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

    def epic(self, thing: Any) -> str:
        """How events name a parent."""
        return str(thing.key)


class LinearWorld:
    """One workspace; customers are outsiders who write by mail or chat."""

    name = "linear"
    cannot: Mapping[str, str] = {}

    def __init__(self, host: LinearHost) -> None:
        self.host, self.token = host, host.token
        host.user("eve", kind="customer")

    def block(self) -> dict[str, str]:
        """`[plugins.linear]`."""
        return {"api_url": self.host.url}

    def issue(self, project: str = "ENG") -> Any:
        """A new issue."""
        return self.host.issue(project)

    def ref(self, thing: Any) -> str:
        """How a user writes it."""
        return f"linear:{thing.key}"

    def login(self, name: str) -> str:
        """Its handle."""
        return name

    def epic(self, thing: Any) -> str:
        """How events name a parent."""
        return str(thing.key)


class RedmineWorld:
    """Accounts have numbers; who is no member of the project is a stranger."""

    name = "redmine"
    cannot: Mapping[str, str] = {"labeled": "Redmine has no labels", "unlabeled": "Redmine has no labels"}

    def __init__(self, host: RedmineHost) -> None:
        self.host, self.token = host, host.token
        host.user("eve", kind="customer")

    def block(self) -> dict[str, str]:
        """`[plugins.redmine]`."""
        return {"api_url": self.host.url}

    def issue(self, project: str = "api") -> Any:
        """A new issue."""
        return self.host.issue(project)

    def ref(self, thing: Any) -> str:
        """How a user writes it."""
        return f"redmine:{thing.id}"

    def login(self, name: str) -> str:
        """Its number."""
        return str(self.host.user(name).number)

    def epic(self, thing: Any) -> str:
        """How events name a parent."""
        return str(thing.id)


@contextmanager
def _redmine() -> Iterator[RedmineWorld]:
    with RedmineHost() as host:
        yield RedmineWorld(host)


@contextmanager
def _linear() -> Iterator[LinearWorld]:
    with LinearHost() as host:
        yield LinearWorld(host)


@contextmanager
def _jira(cloud: bool) -> Iterator[JiraWorld]:
    with JiraHost(cloud=cloud) as host:
        yield JiraWorld(host)


WORLDS: dict[str, Callable[[], Any]] = {
    "jira-cloud": lambda: _jira(True), "jira-server": lambda: _jira(False), "linear": _linear, "redmine": _redmine,
}  # fmt: skip
