"""Gitea as the shared table needs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.simulated.gitea import GiteaHost

REPOSITORY = "acme/api"


class GiteaWorld:
    """A repository with two members."""

    name = "gitea"
    cannot: Mapping[str, str] = {}

    def __init__(self, host: GiteaHost) -> None:
        self.host, self.token = host, host.token
        for login in ("alice", "bob"):
            host.repo(REPOSITORY).member(login)

    def block(self) -> dict[str, str]:
        """`[plugins.gitea]`."""
        return {"kind": "gitea", "api_url": self.host.api_url}

    def pull(self) -> Any:
        """A new pull request."""
        return self.host.pull(REPOSITORY)

    def issue(self) -> Any:
        """A new issue."""
        return self.host.issue(REPOSITORY)

    def ref(self, thing: Any) -> str:
        """How a user writes it."""
        return f"gitea:{thing.repo.path}#{thing.number}"
