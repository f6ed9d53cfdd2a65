"""Who is who at Bitbucket Cloud. User names are gone: the uuid is the identity, the nickname what people see.

Trust: in a private repository everybody who can speak was let in, so everybody counts as a member. In a public one the
members of its workspace do; the host tells no more than that to those who are no administrators.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from coro_cli.domain.events import GHOST, Actor, trust_of
from coro_cli.plugins.bodies import every_value
from coro_cli.plugins.wire import Asks, Denied, Gone, Request, items, maybe, only_here, text

if TYPE_CHECKING:
    from coro_cli.plugins.bitbucket import Bitbucket

KEPT = 3600.0
PAGES = 50


@dataclass(slots=True)
class Members:
    """Whose word counts, by repository, for an hour of the host's clock. None: everybody's."""

    known: dict[str, tuple[float, frozenset[str] | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class People:
    """The people of one look. namesakes: nicknames that several of them bear."""

    me: str
    members: frozenset[str] | None
    author: str
    namesakes: frozenset[str] = frozenset()

    def login(self, user: Any) -> str:
        """The nickname, with the uuid where it would be ambiguous; "" for an account that is gone."""
        name = nickname(user) or key(user)
        return f"{name}{key(user)}" if name.lower() in self.namesakes else name

    def actor(self, user: Any) -> Actor:
        """Who it was, as far as trust goes."""
        login, uuid = self.login(user), key(user)
        if not login:
            return GHOST
        granted = "member" if self.members is None or uuid in self.members else "none"
        trust = trust_of(granted, is_self=bool(uuid and self.me) and self.me.endswith(uuid), is_author=bool(uuid) and uuid == self.author)
        return Actor(login, "bot" if text(user, "type") == "app_user" else "user", trust)


def key(user: Any) -> str:
    """What never changes about an account."""
    return text(user, "uuid") or text(user, "account_id") or text(user, "nickname")


def nickname(user: Any) -> str:
    """What people see, as one word: blanks become `_`, so that `--from` can name it."""
    return "_".join((text(user, "nickname") or text(user, "username") or text(user, "display_name")).split())


def namesakes(users: Iterable[Any]) -> frozenset[str]:
    """Nicknames (in lower case) that different accounts bear."""
    pairs = {(nickname(user).lower(), key(user)) for user in users if nickname(user)}
    return frozenset(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)


def members(plugin: Bitbucket, scope: str, now: float) -> Asks[frozenset[str] | None]:
    """Whose word counts in this repository: one or two requests an hour."""
    until, found = plugin.members.known.get(scope, (0.0, None))
    if now < until:
        return found
    found = yield from _members(scope)
    plugin.members.known[scope] = (now + KEPT, found)
    return found


def _members(scope: str) -> Asks[frozenset[str] | None]:
    try:
        answer = yield Request(f"/repositories/{quote(scope)}", query=[("fields", "is_private,full_name,uuid")])
    except Gone:  # whose pull requests can be read all the same: then nothing says that it is public
        return (yield from _of_workspace(scope, unknown=None))
    except Denied as error:  # the token may be for pull requests alone
        only_here(error)
        return (yield from _of_workspace(scope, unknown=frozenset()))
    if maybe(answer.json(), "is_private") is True:
        return None
    return (yield from _of_workspace(scope, unknown=frozenset()))


def _of_workspace(scope: str, *, unknown: frozenset[str] | None) -> Asks[frozenset[str] | None]:
    request = Request(f"/workspaces/{quote(scope.partition('/')[0])}/members", query=[("pagelen", "100")])
    try:
        found = yield from every_value(request, most=PAGES)
    except Gone:
        return unknown
    except Denied:
        return frozenset()  # then only the token's own user and the author are known
    return frozenset(key(maybe(one, "user")) for one in items(found))
