"""Bitbucket Data Center as the shared table needs it: a public repository to which two people may write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.simulated.bitbucket_dc import BitbucketDCHost

_NO = "it has no such thing"


class BitbucketDCWorld:
    """`ACME/api` with two members."""

    name = "bitbucket-dc"
    cannot: Mapping[str, str] = {
        "an approval with a text": "an approval has no text",
        "reviewed": "a review without a verdict is not kept", "labeled": _NO, "unlabeled": _NO, "assigned": _NO, "unassigned": _NO,
    }  # fmt: skip

    def __init__(self, host: BitbucketDCHost) -> None:
        self.host, self.token = host, host.token
        for login in ("alice", "bob"):
            host.repo("ACME/api").member(login)

    def block(self) -> dict[str, str]:
        """`[plugins.bitbucket-dc]`."""
        return {"api_url": self.host.api_url}

    def pull(self) -> Any:
        """A new pull request."""
        return self.host.pull("ACME/api")

    def issue(self) -> Any:
        """There are none."""
        raise AssertionError("it has none")

    def ref(self, thing: Any) -> str:
        """How a user writes it."""
        return f"bitbucket-dc:{thing.repo.path}#{thing.number}"
