"""All that exists on a simulated tracker."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.simulated.tracker.records import Status, User

if TYPE_CHECKING:
    from tests.simulated.tracker.issue import Issue




_STATUSES = (("To Do", "new"), ("In Progress", "indeterminate"), ("In Review", "indeterminate"), ("Done", "done"), ("Won't Do", "done"))


class World:
    """Accounts, statuses and issues. issues: by number; `keys` has every key that an issue has or had.

    hidden: keys of projects the token may not see.
    """

    def __init__(self, *, now: Callable[[], float], lock: threading.RLock) -> None:
        self.now = now
        self.lock = lock
        self.users: dict[str, User] = {}
        self.statuses = {name: Status(10_000 + at, name, category) for at, (name, category) in enumerate(_STATUSES)}
        self.issues: dict[int, Issue] = {}
        self.keys: dict[str, Issue] = {}
        self.hidden: set[str] = set()
        self._next = 10_000

    @property
    def world(self) -> World:
        """Itself, for `whole`."""
        return self

    def next_id(self) -> int:
        """A new id, larger than all before."""
        self._next += 7
        return self._next

    def user(self, login: str, *, kind: str = "", name: str = "") -> User:
        """The account of this login, made at its first mention; `ci[bot]` is an app's."""
        known = self.users.get(login)
        if known is None:
            kind = kind or ("app" if login.endswith("[bot]") else "member")
            known = self.users[login] = User(login, len(self.users) + 5, name or login, kind)
        return known

    def delete_user(self, login: str) -> None:
        """Delete an account; what it wrote stays."""
        with self.lock:
            self.user(login).deleted = True

    def visible(self, issue: Issue | None) -> bool:
        """Whether the token may see it."""
        return issue is not None and not issue.deleted and issue.project not in self.hidden

    def alive(self, user: User | None) -> User | None:
        """The account, or None for one that is gone."""
        return None if user is None or user.deleted else user
