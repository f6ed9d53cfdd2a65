"""Redmine: issues, by its REST interface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from coro_cli.domain.parse_ref import Site
from coro_cli.domain.snapshot import Snapshot
from coro_cli.plugins.answers import refusal
from coro_cli.plugins.base import Changes, Descriptor, Hint, Look, Settings, Watched
from coro_cli.plugins.protocol import Asks, Denied, Response
from coro_cli.plugins.redmine import fetch, webhook
from coro_cli.plugins.redmine.fetch import Asker
from coro_cli.plugins.redmine.parse import Reader
from coro_cli.plugins.site_addresses import is_page


class Redmine:
    """One instance. `me` is the number of the key's own account, once `whoami` has been asked."""

    kind: ClassVar[str] = "redmine"
    detects_alone: ClassVar[bool] = True
    descriptor: ClassVar[Descriptor] = Descriptor(
        algorithm="hmac-sha256", header="X-Redmine-Signature-256", format="sha256=<hex>",
    )  # fmt: skip

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.asker = Asker(Reader(settings), {})

    @classmethod
    def defaults(cls) -> dict[str, str]:
        """There is no public host."""
        return {"api_url": "", "web_url": "", "token_env": "REDMINE_API_KEY"}

    @property
    def me(self) -> str:
        """The key's own account, "" until it is known."""
        return self.asker.reader.me

    @me.setter
    def me(self, account: str) -> None:
        self.asker.reader.me = account

    def site(self) -> Site:
        """Its browser root."""
        return Site(self.settings.name, self.kind, self.settings.web_url)

    def headers(self) -> dict[str, str]:
        """The key has a header of its own: Basic could be taken by a proxy before it."""
        return {"X-Redmine-API-Key": self.settings.token} if self.settings.token else {}

    def refusal(self, response: Response, now: float) -> Exception | None:
        """What an answer means that is none: a web page is a login in front of Redmine."""
        if response.status < 300 and is_page(response):
            url, hint = response.url.partition("?")[0], f"check `api_url` of `{self.settings.name}`"
            return Denied(f"{url} answered with a web page: a login, or not Redmine at all", hint=hint)
        return refusal(response, now, self.settings.name)

    def budget(self, response: Response, now: float) -> dict[str, float]:
        """Redmine has no limits."""
        return {}

    def whoami(self) -> Asks[str]:
        """GET /users/current.json."""
        return self.asker.whoami()

    def find(self, watched: Watched) -> Asks[Snapshot]:
        """One issue by its number."""
        return self.asker.find(watched)

    def changes(self, scope: str, watched: Sequence[Watched], cursor: str | None) -> Asks[Changes]:
        """One list for a hundred issues, whatever their projects."""
        return self.asker.changes(watched)

    def look(self, watched: Sequence[Watched]) -> Asks[Look]:
        """One request an issue: lists have no journals."""
        return self.asker.look(watched)

    def mark(self, snapshot: Snapshot) -> str:
        """The second of its `updated_on`."""
        return fetch.mark(snapshot.updated_at)

    def read_delivery(self, headers: Mapping[str, str], body: bytes) -> Hint:
        """What a delivery is about."""
        return webhook.read(self.asker.reader, headers, body)


__all__ = ["Redmine"]
