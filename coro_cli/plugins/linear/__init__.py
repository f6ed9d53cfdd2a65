"""Linear: issues, by GraphQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar
from urllib.parse import urlsplit

from coro_cli.domain.parse_ref import Site
from coro_cli.domain.snapshot import Snapshot
from coro_cli.plugins.base import Changes, Descriptor, Hint, Look, Settings, Watched
from coro_cli.plugins.linear import fetch, limits, parse, webhook
from coro_cli.plugins.linear.parse import Reader
from coro_cli.plugins.protocol import Asks, Response


class Linear:
    """One workspace. `me` is the id of the key's own account, once `whoami` has been asked."""

    kind: ClassVar[str] = "linear"
    detects_alone: ClassVar[bool] = True
    descriptor: ClassVar[Descriptor] = Descriptor(
        algorithm="hmac-sha256", header="Linear-Signature", format="<hex>", delivery="Linear-Delivery", event="Linear-Event",
        window=60.0, timestamp="body:webhookTimestamp",
    )  # fmt: skip

    def __init__(self, settings: Settings) -> None:
        # Whoever gives the host alone means its interface.
        url = settings.api_url
        self.settings = replace(settings, api_url=url if urlsplit(url).path.strip("/") else f"{url.rstrip('/')}/graphql")
        self.reader = Reader(self.settings)

    @classmethod
    def defaults(cls) -> dict[str, str]:
        """linear.app."""
        return {"api_url": "https://api.linear.app/graphql", "web_url": "https://linear.app", "token_env": "LINEAR_API_KEY"}

    @property
    def me(self) -> str:
        """The key's own account, "" until it is known."""
        return self.reader.me

    @me.setter
    def me(self, account: str) -> None:
        self.reader.me = account

    def site(self) -> Site:
        """Its browser root."""
        return Site(self.settings.name, self.kind, self.settings.web_url)

    def headers(self) -> dict[str, str]:
        """Personal keys are sent bare, only OAuth's tokens as Bearer (https://linear.app/developers/graphql)."""
        token = self.settings.token
        if not token:
            return {}
        return {"Authorization": f"Bearer {token}" if token.startswith("lin_oauth_") else token}

    def refusal(self, response: Response, now: float) -> Exception | None:
        """What an answer means that is none, whatever its status."""
        return limits.refused(response, now, self.settings.name)

    def budget(self, response: Response, now: float) -> dict[str, float]:
        """Requests or complexity an hour, whichever is nearer its end."""
        return limits.budget(response, now)

    def whoami(self) -> Asks[str]:
        """`viewer`."""
        return fetch.whoami()

    def find(self, watched: Watched) -> Asks[Snapshot]:
        """One issue by its identifier."""
        return fetch.find(self.reader, watched)

    def changes(self, scope: str, watched: Sequence[Watched], cursor: str | None) -> Asks[Changes]:
        """One question a team."""
        return fetch.changes(scope, watched)

    def look(self, watched: Sequence[Watched]) -> Asks[Look]:
        """Ten issues a question."""
        return fetch.look(self.reader, watched)

    def mark(self, snapshot: Snapshot) -> str:
        """The millisecond of its last change or comment."""
        return parse.mark(snapshot.updated_at)

    def read_delivery(self, headers: Mapping[str, str], body: bytes) -> Hint:
        """What a delivery is about."""
        return webhook.read(self.reader, headers, body)


__all__ = ["Linear"]
