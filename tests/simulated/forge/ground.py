"""The ground of the model: the clock, ids, accounts and repositories."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from tests.simulated.forge.issue import Issue
    from tests.simulated.forge.pull import Pull
    from tests.simulated.forge.records import Check, Comment



F = TypeVar("F", bound=Callable[..., Any])
READER, WRITER, OWNER = "reader", "writer", "owner"


def whole(method: F) -> F:
    """Make a change in one piece: no request is answered while it is half done."""

    @wraps(method)
    def locked(self: Any, *args: Any, **kwargs: Any) -> Any:
        with self.ground.lock:
            return method(self, *args, **kwargs)

    return cast(F, locked)


@dataclass(slots=True, eq=False)
class User:
    """An account."""

    id: int
    login: str
    bot: bool = False
    deleted: bool = False


@dataclass(slots=True, eq=False)
class Repo:
    """A repository or project. roles: login → `reader writer owner`. hidden: the token may not see it.

    pulls and issues are by number; where `shared_numbers`, a number is used once. reset: a push takes approvals away.
    comments, checks: all of the repository's, oldest first.
    """

    ground: Ground
    id: int
    path: str
    hidden: bool = False
    reset: bool = False
    pulls: dict[int, Pull] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    def member(self, login: str, *, role: str = WRITER) -> None:
        """Give an account a role."""
        with self.ground.lock:
            self.roles[self.ground.user(login).login] = role

    def next_number(self, *, issue: bool) -> int:
        """The next free number."""
        taken = [*self.issues, *self.pulls] if self.ground.shared_numbers else list(self.issues if issue else self.pulls)
        return max(taken, default=0) + 1


class Ground:
    """All that exists on the host.

    still: kinds of change that do not move an object's `updated_at` at this host. shared_numbers: issues and pull requests
    are numbered together. moved: old path → repository.
    """

    def __init__(
        self, *, now: Callable[[], float], lock: threading.RLock, still: frozenset[str] = frozenset(), shared_numbers: bool = True
    ) -> None:
        self.lock, self.still, self.shared_numbers = lock, still, shared_numbers
        self._clock, self._instant = now, 0.0
        self.users: dict[str, User] = {}
        self.repos: dict[str, Repo] = {}
        self.moved: dict[str, Repo] = {}
        self.listeners: list[Callable[[str, Any], None]] = []
        self._last = 1000

    def now(self) -> float:
        """The host's present; no two happenings fall into one millisecond."""
        present = self._clock()
        if -5.0 < present - self._instant < 0.002:
            present = self._instant + 0.002
        self._instant = present
        return present

    def next_id(self) -> int:
        """A new id, larger than all before."""
        self._last += 7
        return self._last

    def user(self, login: str) -> User:
        """The account of this name, made at its first mention; `…bot` is a bot."""
        with self.lock:
            known = self.users.get(login.lower())
            if known is None:
                known = self.users[login.lower()] = User(self.next_id(), login, login.endswith(("bot", "[bot]")))
            return known

    def repo(self, path: str, *, id: int | None = None) -> Repo:
        """The repository of this path, made at its first mention."""
        with self.lock:
            known = self.repos.get(path.lower())
            if known is None:
                known = self.repos[path.lower()] = Repo(self, id or self.next_id(), path)
            return known

    def rename(self, old: str, new: str) -> Repo:
        """Rename or transfer a repository; its old path leads to it."""
        with self.lock:
            repo = self.moved[old.lower()] = self.repos.pop(old.lower())
            repo.path = new
            self.repos[new.lower()] = repo
            return repo

    def find(self, path: str) -> Repo | None:
        """The repository of a path or numeric id, as far as the token may see it."""
        with self.lock:
            known = self.repos.get(path.lower())
            if known is None and path.isdecimal():
                known = next((r for r in self.repos.values() if r.id == int(path)), None)
            return known if known is not None and not known.hidden else None

    def tell(self, kind: str, thing: Any) -> None:
        """Let the listeners know."""
        for listener in self.listeners:
            listener(kind, thing)
