"""The host-neutral part of a simulated tracker: one token, one world."""

from __future__ import annotations

import time
from collections.abc import Callable

from coro_cli.drills.host.messages import Request
from coro_cli.drills.host.server import Host
from tests.simulated.tracker.issue import Issue
from tests.simulated.tracker.records import User
from tests.simulated.tracker.world import World


class TrackerHost(Host):
    """`issue = host.issue("PROJ"); issue.transition("Done")`. me: the login `token` belongs to. revoked: it is worthless."""

    def __init__(self, *, clock: Callable[[], float] = time.time, me: str = "me", token: str = "simulated-token") -> None:
        super().__init__(clock=clock)
        self.me, self.token = me, token
        self.revoked = False
        self.world = World(now=self.now, lock=self.lock)
        self.world.user(me)

    def user(self, login: str, *, kind: str = "", name: str = "") -> User:
        """An account. kind: `member`, `customer` or `app`."""
        return self.world.user(login, kind=kind, name=name)

    def issue(
        self, project: str = "PROJ", number: int = 0, *, author: str = "dev", title: str = "Something is wrong", body: str = "It breaks."
    ) -> Issue:
        """Open an issue, or return the one of this number. Number 0 takes the next free one."""
        with self.lock:
            known = self.world.keys.get(f"{project}-{number}")
            if known is not None:
                return known
            numbers = [issue.number for issue in self.world.issues.values() if issue.project == project]
            return Issue(
                self.world, project=project, number=number or max(numbers, default=0) + 1, author=author, title=title, body=body
            )

    def forbid(self, project: str, forbidden: bool = True) -> None:
        """Hide a project from the token, or show it again."""
        with self.lock:
            (self.world.hidden.add if forbidden else self.world.hidden.discard)(project)

    def may(self, request: Request) -> bool:
        """Whether the request carries the token, and it is still good."""
        return not self.revoked and self.carries(request)

    def carries(self, request: Request) -> bool:
        """Whether the request carries the token. Kinds that send it elsewhere override this."""
        return request.token == self.token
