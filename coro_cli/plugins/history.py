"""Histories that hosts keep: the reviews of a pull request, and the commits its branch stood at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from coro_cli.domain.events import GHOST, Actor
from coro_cli.domain.snapshot import Change, Review

DISMISSED = "dismissed"


@dataclass(slots=True)
class Standing:
    """Fill it in the order of time: `give`, `take_back`; then `settle` each reviewer with what holds."""

    said: dict[str, list[Review]] = field(default_factory=dict)

    def give(self, person: str, review: Review) -> None:
        """Somebody's new verdict."""
        self.said.setdefault(person, []).append(review)

    def take_back(self, person: str, at: float) -> None:
        """The last verdict does not stand any more."""
        mine = self.said.get(person, [])
        if mine and mine[-1].state != DISMISSED:
            mine[-1] = replace(mine[-1], state=DISMISSED, at=max(at, mine[-1].at))

    def settle(self, person: str, now: Review | None, at: float) -> None:
        """What holds, with the key it gets if the list does not know of it; None where nothing does (a push took it back)."""
        mine = self.said.setdefault(person, [])
        if now is None:
            self.take_back(person, at)
        elif mine and mine[-1].state == now.state:
            mine[-1] = replace(mine[-1], commit=now.commit or mine[-1].commit)
        else:
            mine.append(now)

    def all(self) -> list[Review]:
        """Every verdict there was, oldest first."""
        return sorted((review for mine in self.said.values() for review in mine), key=lambda review: review.at)


# The commits a branch stood at, one after the other: when each was pushed, and where the branch stood at an instant.


@dataclass(frozen=True, slots=True)
class Push:
    """The branch moved to `sha`."""

    sha: str
    at: float
    actor: Actor = GHOST


@dataclass(frozen=True, slots=True)
class Branch:
    """first: where it stood when the pull request was opened, "" where nobody tells. pushes: what came after, oldest first."""

    first: str
    pushes: Sequence[Push] = ()

    def head_at(self, at: float) -> str:
        """The commit that a review of that instant was about."""
        return next((push.sha for push in reversed(self.pushes) if push.at <= at), self.first)

    def changes(self) -> list[Change]:
        """One `synchronized` each. A branch that is forced back to an older commit gets a new key for its return.

        The first key is that of a push which two looks find by comparing: hosts may list a push later than they show it.
        """
        seen: Counter[str] = Counter({self.first: 1} if self.first else {})
        found, before = [], self.first
        for push in self.pushes:
            seen[push.sha] += 1
            again = f":{seen[push.sha]}" if seen[push.sha] > 1 else ""
            data = {"sha": push.sha, "before": before} if before else {"sha": push.sha}
            found.append(Change(f"head:{push.sha}{again}", "synchronized", push.actor, push.at, data))
            before = push.sha
        return found

    def tells(self, head: str) -> bool:
        """Whether the list has come as far as the pull request itself."""
        return bool(head) and (self.pushes[-1].sha if self.pushes else self.first) == head
