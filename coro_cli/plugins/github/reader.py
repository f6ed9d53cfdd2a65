"""Words of GitHub turned into ours, the same for REST, GraphQL and deliveries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from coro_cli.domain.events import GHOST, Actor, trust_of
from coro_cli.plugins.base import Settings
from coro_cli.plugins.wire import text

# https://docs.github.com/graphql/reference/enums#commentauthorassociation
_TRUST = {
    "OWNER": "owner", "MEMBER": "member", "COLLABORATOR": "collaborator", "CONTRIBUTOR": "contributor",
    "FIRST_TIME_CONTRIBUTOR": "contributor",
}  # fmt: skip
REVIEW_STATES = {
    "APPROVED": "approved", "CHANGES_REQUESTED": "changes_requested", "COMMENTED": "commented", "DISMISSED": "dismissed",
}  # fmt: skip


@dataclass(slots=True)
class Reader:
    """Knows the instance (for keys) and the token's own login (for `self`).

    oddities: what was read over because it is not known here; each is told once the object is read. remarks: the same, where
    it is nothing that the object's jobs suffer from.
    """

    settings: Settings
    me: str = ""
    oddities: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def host(self) -> str:
        """The host in keys: one repository id may exist on two instances."""
        return self.settings.host or "github.com"

    def odd(self, url: str, name: str, value: str) -> None:
        """Note a word that GitHub has and we have not."""
        self.oddities.append(f"{url} answered with an unknown `{name}`: `{value[:40]}`")

    def told(self) -> str:
        """The notes since the last call, in one sentence; "" for none."""
        notes, self.oddities = self.oddities, []
        return "; ".join(dict.fromkeys(notes))

    def identity(self, repository: int | str, number: int | str) -> str:
        """The stable prefix of an object's keys."""
        return f"github:{self.host}:{repository}:{number}"

    def actor(self, login: str, kind: str, association: str, author: str) -> Actor:
        """Who it was, as far as trust goes. An empty login is an account that is gone."""
        if not login:
            return GHOST
        bot = kind == "Bot" or login.endswith("[bot]")
        word, granted = login.lower(), _TRUST.get(association, "none")
        trust = trust_of(granted, is_self=word == self.me.lower(), is_author=word == author.lower())
        return Actor(login, "bot" if bot else "user", trust)


def login(value: Any) -> str:
    """The login of a REST user or GraphQL actor, "" for one that is gone.

    GraphQL names bots without the `[bot]` that REST appends: they get it, for one name each.
    """
    name = text(value, "login")
    if text(value, "__typename") == "Bot" and name and not name.endswith("[bot]"):
        return f"{name}[bot]"
    return name


def user_kind(value: Any) -> str:
    """`Bot` or `User`."""
    return text(value, "type") or text(value, "__typename")
