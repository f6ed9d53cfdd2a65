"""Bitbucket Data Center and Server: pull requests (https://developer.atlassian.com/server/bitbucket/rest/).

What to ask to find changes is `detect`, one whole pull request `look`, words `forms` and `history`, refusals `limits`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from coro_cli.domain.parse_ref import Site
from coro_cli.domain.snapshot import Snapshot
from coro_cli.plugins.answers import basic, named
from coro_cli.plugins.base import Changes, Descriptor, Hint, Look, Settings, Watched
from coro_cli.plugins.bitbucket_dc import fetch, limits, webhook
from coro_cli.plugins.protocol import Asks, Response


class BitbucketDC:
    """One Bitbucket of one's own. writers: who may write, by repository, until when (`people`)."""

    kind: ClassVar[str] = "bitbucket-dc"
    descriptor: ClassVar[Descriptor] = Descriptor(
        algorithm="hmac-sha256", header="X-Hub-Signature", format="sha256=<hex>", delivery="X-Request-Id", event="X-Event-Key"
    )

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.me = ""
        self.writers: dict[str, tuple[float, frozenset[str] | None]] = {}

    @classmethod
    def defaults(cls) -> dict[str, str]:
        """There is no public one."""
        return {"api_url": "", "web_url": "", "token_env": "BITBUCKET_TOKEN,BITBUCKET_SERVER_TOKEN"}

    def site(self) -> Site:
        """Its browser root."""
        return Site(self.settings.name, self.kind, self.settings.web_url)

    def headers(self) -> dict[str, str]:
        """An HTTP access token alone (Bearer), or beside its owner's name, where a password may stand too (Basic)."""
        token, user = self.settings.token, self.settings.user
        if token and user:
            return {"Authorization": basic(user, token)}
        return {"Authorization": f"Bearer {token}"} if token else {}

    def refusal(self, response: Response, now: float) -> Exception | None:
        """What a status other than 2xx means here."""
        return limits.refusal(response, now, self.settings)

    def budget(self, response: Response, now: float) -> dict[str, float]:
        """The token bucket, where the administrator has set one up."""
        return limits.budget(response, now)

    def whoami(self) -> Asks[str]:
        """The header that every answer to a known user has."""
        return fetch.whoami(self.settings.name)

    def find(self, watched: Watched) -> Asks[Snapshot]:
        """One pull request by its number."""
        return named(watched, fetch.look(self, watched), "the keys of project and repository")

    def changes(self, scope: str, watched: Sequence[Watched], cursor: str | None) -> Asks[Changes]:
        """One list of the open ones, and two of the watched looked at more closely, in turn."""
        return fetch.changes(scope, watched, cursor)

    def look(self, watched: Sequence[Watched]) -> Asks[Look]:
        """The pull requests themselves, each with its activities and (where they are waited for) builds."""
        return fetch.fetch_builds(self, watched)

    def of_branch(self, scope: str, branch: str) -> Asks[str | None]:
        """The number of the newest pull request of a branch of the repository itself."""
        return fetch.of_branch(scope, branch)

    def mark(self, snapshot: Snapshot) -> str:
        """The digests that were taken with the snapshot."""
        return snapshot.native

    def read_delivery(self, headers: Mapping[str, str], body: bytes) -> Hint:
        """What a delivery is about."""
        return webhook.read(self, headers, body)
