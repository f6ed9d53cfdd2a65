"""GitLab as the shared table needs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.simulated.gitlab import GitLabHost

PROJECT = "acme/platform/api"


class GitLabWorld:
    """A project in a group within a group, with two members."""

    name = "gitlab"
    cannot: Mapping[str, str] = {
        "an approval with a text": "an approval has no text; what is written with it is a comment of its own",
    }

    def __init__(self, host: GitLabHost) -> None:
        self.host, self.token = host, host.token
        for login in ("alice", "bob"):
            host.repo(PROJECT).member(login)

    def block(self) -> dict[str, str]:
        """`[plugins.gitlab]`."""
        return {"api_url": self.host.api_url}

    def pull(self) -> Any:
        """A new merge request."""
        return self.host.pull(PROJECT)

    def issue(self) -> Any:
        """A new issue."""
        return self.host.issue(PROJECT)

    def ref(self, thing: Any) -> str:
        """How a user writes it."""
        return f"gitlab:{thing.repo.path}{'!' if hasattr(thing, 'reviews') else '#'}{thing.number}"
