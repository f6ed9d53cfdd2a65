"""Bitbucket Cloud as the shared table needs it: a public repository, whose workspace has two members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.simulated.bitbucket import BitbucketHost

_NO = "it has no such thing"


class BitbucketWorld:
    """`acme/api` with two members."""

    name = "bitbucket"
    cannot: Mapping[str, str] = {
        "an approval with a text": "an approval has no text",
        "reviewed": "a review without a verdict is not kept", "labeled": _NO, "unlabeled": _NO, "assigned": _NO, "unassigned": _NO,
        "conflicted": "no answer tells of conflicts", "reopened": "a declined pull request stays so",
    }  # fmt: skip

    def __init__(self, host: BitbucketHost) -> None:
        self.host, self.token = host, host.token
        for login in ("alice", "bob"):
            host.repo("acme/api").member(login)

    def block(self) -> dict[str, str]:
        """`[plugins.bitbucket]`."""
        return {"api_url": self.host.api_url}

    def pull(self) -> Any:
        """A new pull request."""
        return self.host.pull("acme/api")

    def issue(self) -> Any:
        """There are none."""
        raise AssertionError("the issue tracker is not watched")

    def ref(self, thing: Any) -> str:
        """How a user writes it."""
        return f"bitbucket:{thing.repo.path}#{thing.number}"
