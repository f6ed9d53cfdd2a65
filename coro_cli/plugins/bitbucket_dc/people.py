"""Who is who at Bitbucket Data Center.

Trust: in a repository that is not public everybody who can speak was let in, so everybody counts as a member. In a public
one those do who may write to it: the host's list of users can be asked by permission.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coro_cli.domain.events import GHOST, Actor, trust_of
from coro_cli.plugins.bitbucket_dc.pages import every
from coro_cli.plugins.wire import Asks, Denied, Gone, maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.bitbucket_dc import BitbucketDC

KEPT = 3600.0


@dataclass(frozen=True, slots=True)
class People:
    """writers: the names of those who may write; None where everybody counts."""

    me: str
    writers: frozenset[str] | None
    author: str

    def actor(self, user: Any) -> Actor:
        """Who it was, as far as trust goes."""
        login = name(user)
        if not login:
            return GHOST
        word = login.lower()
        granted = "member" if self.writers is None or word in self.writers else "none"
        trust = trust_of(granted, is_self=word == self.me.lower(), is_author=word == self.author.lower())
        return Actor(login, "bot" if text(user, "type") == "SERVICE" else "user", trust)


def name(user: Any) -> str:
    """The user name: unique, and what one logs in with."""
    return text(user, "name") or text(user, "slug")


def key(user: Any) -> str:
    """What never changes about a user."""
    number = maybe(user, "id")
    return str(number) if isinstance(number, int) else name(user).lower()


def is_public(pull: Any) -> bool:
    """Whether everybody who can log in may speak here."""
    home = maybe(pull, "toRef", "repository")
    return maybe(home, "public") is True or maybe(home, "project", "public") is True


def writers(plugin: BitbucketDC, scope: str, pull: Any, now: float) -> Asks[frozenset[str] | None]:
    """Whose word counts in this repository: one request an hour, and only where it is public."""
    if not is_public(pull):
        return None
    until, found = plugin.writers.get(scope, (0.0, None))
    if now < until:
        return found
    project, _, repo = scope.partition("/")
    query = [("permission", "REPO_WRITE"), ("permission.projectKey", project), ("permission.repositorySlug", repo)]
    try:
        users = yield from every("/users", query)
    except (Denied, Gone):
        users = []  # then only the token's own user and the author are known
    found = frozenset(name(user).lower() for user in users)
    plugin.writers[scope] = (now + KEPT, found)
    return found
