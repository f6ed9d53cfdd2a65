"""The ground of the model: ids, the clock, users and repositories, and who wants to hear of changes."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from coro_cli.drills.host.github.issue import Issue
    from coro_cli.drills.host.github.records import CheckRun, Label, Status


F = TypeVar("F", bound=Callable[..., Any])


def whole(method: F) -> F:
    """Make a change in one piece: no request is answered while it is half done."""

    @wraps(method)
    def locked(self: Any, *args: Any, **kwargs: Any) -> Any:
        with self.world.lock:
            return method(self, *args, **kwargs)

    return cast(F, locked)


def stamp(at: int | None) -> str | None:
    """A time as GitHub writes it, to the second: `2026-03-01T12:00:00Z`."""
    return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(slots=True, eq=False)
class User:
    """An account. type: `User`, `Bot` (login `ci[bot]`) or `Organization`. A deleted one is shown as null."""

    login: str
    id: int
    node_id: str
    type: str = "User"
    deleted: bool = False


@dataclass(slots=True, eq=False)
class Repo:
    """A repository. `version` moves with everything that could change an answer about it.

    members: login → role (`admin maintain write triage read`). checks and statuses are by commit sha.
    required_reviews: GitHub's `reviewDecision` stays null without this branch rule.
    dismiss_stale: a push dismisses approvals.
    """

    world: World
    id: int
    node_id: str
    owner: str
    name: str
    private: bool = False
    hidden: bool = False
    required_reviews: int = 0
    dismiss_stale: bool = False
    version: int = 0
    items: dict[int, Issue] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    members: dict[str, str] = field(default_factory=dict)
    checks: dict[str, list[CheckRun]] = field(default_factory=dict)
    statuses: dict[str, list[Status]] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """`owner/name`, as it is now."""
        return f"{self.owner}/{self.name}"

    def member(self, login: str, *, role: str = "write") -> None:
        """Give an account a role; its later words carry the association MEMBER."""
        self.members[self.world.user(login).login] = role
        self.version += 1


@dataclass(frozen=True, slots=True)
class Happening:
    """One change, told to whoever listens: a webhook's event name and action, and what it is about."""

    event: str
    action: str
    item: Issue
    sender: User | None
    extra: dict[str, Any] = field(default_factory=dict)


class World:
    """All that exists on the host. `version` moves with what may change every answer (renames, deleted users)."""

    def __init__(self, *, now: Callable[[], float], lock: threading.RLock) -> None:
        self.now = now
        self.lock = lock
        self.users: dict[str, User] = {}
        self.repos: dict[str, Repo] = {}
        self.moved: dict[str, Repo] = {}
        self.nodes: dict[str, Any] = {}
        self.version = 0
        self.listeners: list[Callable[[Happening], None]] = []
        # Repository and user ids still fit in 32 bits at GitHub, those of comments and the like do not.
        self._ids = {"repo": 880_000_000, "user": 95_000_000, "item": 2_900_000_000}

    @property
    def world(self) -> World:
        """Itself, so that `whole` can be used here too."""
        return self

    def second(self) -> int:
        """The host's present in whole seconds."""
        return int(self.now())

    def next_id(self, kind: str = "item") -> int:
        """A new id, larger than all before."""
        self._ids[kind] += 17
        return self._ids[kind]

    def node(self, prefix: str, number: int, thing: Any) -> str:
        """A new opaque node id that leads to `thing`."""
        tail = base64.urlsafe_b64encode(number.to_bytes(6, "big")).decode().rstrip("=")
        node_id = f"{prefix}_kwDO{tail}"
        self.nodes[node_id] = thing
        return node_id

    @whole
    def user(self, login: str, *, type: str = "", id: int | None = None) -> User:
        """The account of this name, made at its first mention; a name that ends in `[bot]` is a bot's."""
        known = self.users.get(login.lower())
        if known is None:
            kind = type or ("Bot" if login.endswith("[bot]") else "User")
            number = id or self.next_id("user")
            known = self.users[login.lower()] = User(login, number, "", kind)
            known.node_id = self.node({"User": "U", "Bot": "BOT"}.get(kind, "O"), number, known)
        return known

    @whole
    def repo(self, full_name: str, *, id: int | None = None, private: bool = False) -> Repo:
        """The repository of this name, made at its first mention."""
        known = self.repos.get(full_name.lower())
        if known is None:
            owner, _, name = full_name.partition("/")
            number = id or self.next_id("repo")
            known = self.repos[full_name.lower()] = Repo(self, number, "", owner, name, private)
            known.node_id = self.node("R", number, known)
        return known

    @whole
    def rename(self, old: str, new: str) -> Repo:
        """Rename or transfer a repository. Its old path redirects from now on, until another takes the name."""
        repo = self.moved[old.lower()] = self.repos.pop(old.lower())
        repo.owner, _, repo.name = new.partition("/")
        self.repos[new.lower()] = repo
        self.version += 1
        return repo

    @whole
    def delete_repo(self, full_name: str) -> None:
        """Delete a repository with all that is in it; old names of it lead nowhere."""
        repo = self.repos.pop(full_name.lower())
        self.moved = {name: moved for name, moved in self.moved.items() if moved is not repo}
        repo.hidden = True
        self.version += 1

    @whole
    def forbid(self, full_name: str, forbidden: bool = True) -> None:
        """Take away the token's access: GitHub then answers 404, as if it did not exist."""
        self.repo(full_name).hidden = forbidden
        self.version += 1

    @whole
    def delete_user(self, login: str) -> None:
        """Delete an account; what it wrote stays, with a null author."""
        self.user(login).deleted = True
        self.version += 1

    def tell(self, happening: Happening) -> None:
        """Let the listeners know."""
        for listener in self.listeners:
            listener(happening)
