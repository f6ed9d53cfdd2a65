"""One thing that happened to a ref, and who did it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from coro_cli.domain.durations import rfc3339

TRUSTED = frozenset({"owner", "member", "collaborator", "self"})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it.

    kind: `user`, `bot` or `ghost` (an account that is gone).
    trust: `owner member collaborator self author contributor none`, as the host itself says.
    name: what people call the account, where the login says nothing to them (account ids of Jira); it can be forged.
    """

    login: str = ""
    kind: str = "user"
    trust: str = "none"
    name: str = ""

    def as_json(self) -> dict[str, str]:
        named = {"name": self.name} if self.name else {}
        return {"login": self.login, "kind": self.kind, "trust": self.trust, **named}

    @classmethod
    def from_json(cls, data: dict[str, str] | None) -> Actor:
        return cls(**data) if data else GHOST


GHOST = Actor(login="ghost", kind="ghost")


def trust_of(granted: str, *, is_self: bool, is_author: bool) -> str:
    """An actor's trust. granted: what the host itself says; who opened the object is its author where that is too little."""
    if is_self:
        return "self"
    return "author" if is_author and granted not in TRUSTED else granted


@dataclass(frozen=True, slots=True)
class Event:
    """An event as every door delivers it.

    key: stable identity, the same by poll, webhook, relay or hand.
    occurred_at, detected_at: seconds since the epoch; the first by the host's clock, the second by ours.
    body: text from outside, already bounded. data: small JSON facts (label, path, line, from, to, sha …).
    """

    key: str
    name: str
    ref: str
    actor: Actor
    occurred_at: float
    title: str = ""
    body: str = ""
    url: str = ""
    source: str = "poll"
    detected_at: float = 0.0
    data: dict[str, Any] = field(default_factory=dict)

    def as_json(self, outcome: str, why: str = "") -> dict[str, Any]:
        """The event as the contract prints it. outcome, why: what it did."""
        return {
            "key": self.key, "name": self.name, "ref": self.ref, "actor": self.actor.as_json(),
            "occurred_at": rfc3339(self.occurred_at), "detected_at": rfc3339(self.detected_at), "source": self.source,
            "title": self.title, "body": self.body, "url": self.url, "data": self.data, "outcome": outcome, "why": why,
        }  # fmt: skip
