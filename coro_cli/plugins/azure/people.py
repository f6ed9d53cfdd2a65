"""Who is who at Azure DevOps.

Trust: only members of the organisation can vote and comment, in public projects too, so everybody counts as a member but
for service accounts (builds, the system).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from coro_cli.domain.events import GHOST, Actor
from coro_cli.plugins.wire import maybe, text


@dataclass(frozen=True, slots=True)
class People:
    """me: the token's own id. known: identities by id, for threads that name people by id alone."""

    me: str = ""
    known: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, me: str, identities: Iterable[Any]) -> People:
        """The people of one look."""
        return cls(me, {key(person): person for person in identities if key(person) and text(person, "uniqueName")})

    def login(self, person: Any) -> str:
        """The sign-in name (an e-mail address at Services), else what is displayed."""
        found = self.known.get(key(person), person)
        return text(found, "uniqueName") or text(found, "displayName") or text(person, "displayName")

    def actor(self, person: Any) -> Actor:
        """Who it was, as far as trust goes."""
        login, shown = self.login(person), text(person, "displayName")
        if not login:
            return GHOST
        name = shown if shown != login else ""
        if self.me and key(person) == self.me:
            return Actor(login, "user", "self", name)
        if is_service(self.known.get(key(person), person)):
            return Actor(login, "bot", "none", name)
        return Actor(login, "user", "member", name)

    def named(self, thread: Any, role: str) -> Any:
        """The person of a system thread: by a number in its `identities`, at older servers by an id."""
        found = maybe(thread, "identities", prop(thread, f"{role}Identity"))
        if found is not None:
            return found
        shown = prop(thread, f"{role}DisplayName") or prop(thread, f"{role}Displayname")
        return {"id": prop(thread, f"{role}TfId"), "displayName": shown}


def key(person: Any) -> str:
    """The id, which threads write without its dashes."""
    return text(person, "id").replace("-", "").lower()


def is_service(person: Any) -> bool:
    """Groups, builds and the host itself."""
    return (
        maybe(person, "isContainer") is True
        or text(person, "descriptor").startswith("svc.")
        or text(person, "uniqueName").lower().startswith("build\\")
    )


def prop(thread: Any, name: str) -> str:
    """A property of a thread as text, "" where there is none."""
    value = maybe(thread, "properties", name, "$value")
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
