"""Words of GitHub turned into ours, the same for REST, GraphQL and deliveries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from coro_cli.domain.events import GHOST, TRUSTED, Actor
from coro_cli.domain.snapshot import Checks
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
# Neutral and skipped checks do not stand in the way: so does GitHub's own merge box see it.
_PASSED = frozenset({"SUCCESS", "NEUTRAL", "SKIPPED"})


@dataclass(slots=True)
class Reader:
    """Knows the instance (for keys) and the token's own login (for `self`)."""

    settings: Settings
    me: str = ""

    @property
    def host(self) -> str:
        """The host in keys: one repository id may exist on two instances."""
        return urlsplit(self.settings.web_url).netloc or "github.com"

    def identity(self, repository: int | str, number: int | str) -> str:
        """The stable prefix of an object's keys."""
        return f"github:{self.host}:{repository}:{number}"

    def actor(self, login: str, kind: str, association: str, author: str) -> Actor:
        """Who it was, as far as trust goes. An empty login is an account that is gone."""
        if not login:
            return GHOST
        bot = kind == "Bot" or login.endswith("[bot]")
        trust = "self" if self.me and login.lower() == self.me.lower() else _TRUST.get(association, "none")
        if trust not in TRUSTED and author and login.lower() == author.lower():
            trust = "author"
        return Actor(login, "bot" if bot else "user", trust)


def rollup(sha: str, verdicts: Iterable[tuple[str, str, float | None]]) -> Checks:
    """Check runs and commit statuses together. verdicts: (name, conclusion in capitals or "", when it finished).

    One failure decides at once; success needs all of them, and at least one.
    """
    known = list(verdicts)
    failing = [(name, at) for name, verdict, at in known if verdict and verdict not in _PASSED]
    if failing:
        times = [at for _, at in failing if at is not None]
        return Checks(sha, "failed", min(times, default=None), tuple(sorted(n for n, _ in failing)), len(known))
    if not known:
        return Checks(sha, "none")
    if any(not verdict for _, verdict, _ in known):
        return Checks(sha, "pending", total=len(known))
    return Checks(sha, "passed", max((at for _, _, at in known if at is not None), default=None), (), len(known))


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
