"""Whose word counts in one repository, where the host lists its members: one request, kept for a while."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from coro_cli.domain.events import GHOST, TRUSTED, Actor, trust_of

KEPT = 600.0


@dataclass(frozen=True, slots=True)
class Circle:
    """The people around one object. trusts: login in lower case → `owner member contributor`. listed: whether they are all there."""

    me: str
    author: str
    trusts: Mapping[str, str]
    listed: bool = True

    def actor(self, login: str, *, bot: bool = False, ghost: bool = False, able: bool = False) -> Actor:
        """Who it was, as far as trust goes. Without a login it is an account that is gone.

        able: it did what the host lets members alone do, which counts where they may not be listed.
        """
        if not login or ghost:
            return GHOST
        name = login.lower()
        granted = self.trusts.get(name, "none")
        if granted not in TRUSTED and able and not self.listed:
            granted = "member"
        trust = trust_of(granted, is_self=name == self.me.lower(), is_author=name == self.author.lower())
        return Actor(login, "bot" if bot else "user", trust)


@dataclass(slots=True)
class Circles:
    """What is known of the members, by repository, until when (host's clock). unlisted: where they may not be listed."""

    known: dict[str, tuple[float, Mapping[str, str]]] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)

    def get(self, place: str, now: float) -> Mapping[str, str] | None:
        """The members, if they were asked for lately."""
        until, trusts = self.known.get(place, (0.0, None))
        return trusts if now < until else None

    def keep(self, place: str, now: float, trusts: Mapping[str, str], *, listed: bool = True) -> Mapping[str, str]:
        """Remember them for ten minutes."""
        self.known[place] = (now + KEPT, trusts)
        (self.unlisted.discard if listed else self.unlisted.add)(place)
        return trusts
