"""GitHub as the shared table needs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coro_cli.drills.host.github import GitHubHost


class GitHubWorld:
    """`acme/api` with two members."""

    name = "github"
    cannot: Mapping[str, str] = {}

    def __init__(self, host: GitHubHost) -> None:
        self.host, self.token = host, host.token
        for login in ("alice", "bob"):
            host.repo("acme/api").member(login)

    def block(self) -> dict[str, str]:
        """`[plugins.github]`."""
        return {"api_url": self.host.url}

    def pull(self) -> Any:
        """A new pull request."""
        return self.host.pull("acme/api")

    def issue(self) -> Any:
        """A new issue."""
        return self.host.issue("acme/api")

    def ref(self, thing: Any) -> str:
        """How a user writes it."""
        return f"github:{thing.repo.full_name}#{thing.number}"
