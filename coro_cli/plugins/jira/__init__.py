"""Jira Cloud (API version 3) and Jira Data Center (version 2): issues."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from coro_cli.domain.parse_ref import Site as Place
from coro_cli.domain.snapshot import Snapshot
from coro_cli.plugins.answers import basic
from coro_cli.plugins.base import Changes, Descriptor, Hint, Look, Settings, Watched
from coro_cli.plugins.jira import changes, fetch, limits, webhook
from coro_cli.plugins.jira.fetch import Site
from coro_cli.plugins.jira.parse import Reader
from coro_cli.plugins.protocol import Asks, Response


class Jira:
    """One Jira. `me` is the token's own account id or user name, once `whoami` has been asked.

    With `email` (or `user`) beside the token it is sent as Basic, as Cloud's API tokens want it; alone, or with
    `auth = "bearer"`, as Bearer: a personal access token of a server.
    """

    kind: ClassVar[str] = "jira"
    detects_alone: ClassVar[bool] = True
    descriptor: ClassVar[Descriptor] = Descriptor(
        algorithm="hmac-sha256", header="X-Hub-Signature", format="sha256=<hex>",
        delivery="X-Atlassian-Webhook-Identifier",
    )  # fmt: skip

    def __init__(self, settings: Settings) -> None:
        # Whoever gives the API's own root means the site: both versions' paths start there.
        self.settings = replace(settings, api_url=re.sub(r"/rest(/api(/\w+)?)?/?$", "", settings.api_url))
        self.known = Site(Reader(self.settings))

    @classmethod
    def defaults(cls) -> dict[str, str]:
        """There is no public host."""
        return {"api_url": "", "web_url": "", "token_env": "JIRA_API_TOKEN"}

    @property
    def me(self) -> str:
        """The token's own account, "" until it is known."""
        return self.known.reader.me

    @me.setter
    def me(self, account: str) -> None:
        self.known.reader.me = account

    def site(self) -> Place:
        """Its browser root."""
        return Place(self.settings.name, self.kind, self.settings.web_url)

    def headers(self) -> dict[str, str]:
        """Credentials. The check token keeps servers from taking a POST for a form of another site."""
        common = {"X-Atlassian-Token": "no-check"}
        if not self.settings.token:
            return common
        if self.settings.user and str(self.settings.options.get("auth", "")).lower() != "bearer":
            return common | {"Authorization": basic(self.settings.user, self.settings.token)}
        return common | {"Authorization": f"Bearer {self.settings.token}"}

    def refusal(self, response: Response, now: float) -> Exception | None:
        """What an answer means that is none, whatever its status."""
        return limits.refused(response, now, self.settings.name)

    def budget(self, response: Response, now: float) -> dict[str, float]:
        """The limit, where one is told."""
        return limits.budget(response, now)

    def whoami(self) -> Asks[str]:
        """GET /myself."""
        return self.known.whoami()

    def find(self, watched: Watched) -> Asks[Snapshot]:
        """One issue by its key."""
        return fetch.find(self.known, watched)

    def changes(self, scope: str, watched: Sequence[Watched], cursor: str | None) -> Asks[Changes]:
        """One search a project, two where more than fifty of its issues are watched on Cloud."""
        return changes.changes(self.known, scope, watched, cursor)

    def look(self, watched: Sequence[Watched]) -> Asks[Look]:
        """In bulk on Cloud, one by one on a server."""
        return fetch.look(self.known, watched)

    def mark(self, snapshot: Snapshot) -> str:
        """The millisecond of its `updated`."""
        return changes.mark(snapshot.updated_at)

    def read_delivery(self, headers: Mapping[str, str], body: bytes) -> Hint:
        """What a delivery is about."""
        return webhook.read(self.known.reader, headers, body)


__all__ = ["Jira"]
