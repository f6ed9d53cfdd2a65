"""The commits a branch stood at, one after the other: when each was pushed, and where the branch stood at an instant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from coro_cli.domain.events import GHOST, Actor
from coro_cli.domain.snapshot import Change


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
