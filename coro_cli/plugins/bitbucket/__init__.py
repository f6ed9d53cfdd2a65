"""Bitbucket Cloud: pull requests (https://developer.atlassian.com/cloud/bitbucket/rest/).

What to ask to find changes is `detect`, one whole pull request `look`, words `forms`, limits and refusals `limits`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from coro_cli.domain.parse_ref import Site
from coro_cli.domain.snapshot import Snapshot
from coro_cli.plugins.answers import basic, named, one_by_one
from coro_cli.plugins.base import Changes, Descriptor, Hint, Look, Settings, Watched
from coro_cli.plugins.bitbucket import fetch, limits, webhook
from coro_cli.plugins.bitbucket.parse import Members
from coro_cli.plugins.protocol import Asks, Response
from coro_cli.plugins.round_robin import whose_turn


class Bitbucket:
    """Bitbucket Cloud. chosen: whose builds are asked for in this cycle, by repository.

    `me` names the token's own account and ends in its uuid: nicknames are not unique there.
    """

    kind: ClassVar[str] = "bitbucket"
    descriptor: ClassVar[Descriptor] = Descriptor(
        algorithm="hmac-sha256", header="X-Hub-Signature", format="sha256=<hex>", delivery="X-Request-UUID", event="X-Event-Key"
    )

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.me = ""
        self.members = Members()
        self.meter = limits.Meter()
        self.chosen: dict[str, set[str]] = {}

    @classmethod
    def defaults(cls) -> dict[str, str]:
        """bitbucket.org."""
        return {
            "api_url": "https://api.bitbucket.org/2.0", "web_url": "https://bitbucket.org",
            "token_env": "BITBUCKET_TOKEN,BITBUCKET_API_TOKEN",
        }  # fmt: skip

    def site(self) -> Site:
        """Its browser root."""
        return Site(self.settings.name, self.kind, self.settings.web_url)

    def headers(self) -> dict[str, str]:
        """An API token goes with its owner's e-mail (Basic), an access token alone (Bearer)."""
        token, user = self.settings.token, self.settings.user
        if token and user:
            return {"Authorization": basic(user, token)}
        return {"Authorization": f"Bearer {token}"} if token else {}

    def refusal(self, response: Response, now: float) -> Exception | None:
        """What a status other than 2xx means here."""
        return limits.refusal(response, now, self.settings)

    def budget(self, response: Response, now: float) -> dict[str, float]:
        """An estimate: the host tells the limit, and when little is left of it."""
        return self.meter.budget(response, now)

    def whoami(self) -> Asks[str]:
        """GET /user."""
        return fetch.whoami()

    def find(self, watched: Watched) -> Asks[Snapshot]:
        """One pull request by its number."""
        return named(watched, fetch.look(self, watched), "workspace and repository")

    def changes(self, scope: str, watched: Sequence[Watched], cursor: str | None) -> Asks[Changes]:
        """One list request for each fifty watched, and two of them looked at more closely, in turn."""
        return fetch.changes(self, scope, watched, cursor)

    def look(self, watched: Sequence[Watched]) -> Asks[Look]:
        """The pull requests themselves, each with its activity, comments and (where they are waited for) statuses."""
        return one_by_one(whose_turn(watched, self.chosen), lambda one: fetch.look(self, one))

    def of_branch(self, scope: str, branch: str) -> Asks[str | None]:
        """The number of the newest pull request of a branch of the repository itself."""
        return fetch.of_branch(scope, branch)

    def mark(self, snapshot: Snapshot) -> str:
        """The digests that were taken with the snapshot."""
        return snapshot.native

    def read_delivery(self, headers: Mapping[str, str], body: bytes) -> Hint:
        """What a delivery is about."""
        return webhook.read(self, headers, body)
