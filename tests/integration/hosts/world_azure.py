"""Azure DevOps as the shared table needs it: a project with a blank in its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coro_cli.domain.ref import encode
from tests.simulated.azure import AzureHost

PLACE = "acme/My Shop/api"
_NO = "it has no such thing"
_MEMBERS = "only members of the organisation can speak"


class AzureWorld:
    """`acme/My Shop/api`."""

    name = "azure"
    cannot: Mapping[str, str] = {
        "an approval with a text": "a vote has no text", "reviewed": "a review without a verdict is not kept",
        "an approval by a stranger": _MEMBERS, "a comment by a stranger": _MEMBERS, "assigned": _NO, "unassigned": _NO,
    }  # fmt: skip

    def __init__(self, host: AzureHost) -> None:
        self.host, self.token = host, host.token

    def block(self) -> dict[str, str]:
        """`[plugins.azure]`."""
        return {"api_url": self.host.api_url}

    def pull(self) -> Any:
        """A new pull request."""
        return self.host.pull(PLACE)

    def issue(self) -> Any:
        """There are none."""
        raise AssertionError("work items are not watched")

    def ref(self, thing: Any) -> str:
        """How a user writes it."""
        return f"azure:{encode(thing.repo.path)}#{thing.number}"
