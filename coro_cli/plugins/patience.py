"""How often to ask for what only a request of its own shows: checks that run, threads, where a host tells them in no list.

Asking for each at every cycle would cost a request a job. So one of a repository is asked for at every cycle, and of the
others those for whom it is time: what has been quiet for long is asked for within a tenth of its quiet time, and within
ten minutes at the latest; what moved a moment ago is asked for at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from coro_cli.domain.snapshot import Snapshot
from coro_cli.plugins.base import Watched
from coro_cli.plugins.wire import Asks

T = TypeVar("T")
FEW, SHARE, LONGEST = 1, 0.1, 600.0


@dataclass(slots=True)
class Patience:
    """now: the host's time at the last detection. asked: how many were asked for since, by scope."""

    now: float = 0.0
    asked: dict[str, int] = field(default_factory=dict)

    def begin(self, scope: str, now: float) -> None:
        """A new cycle begins in this scope."""
        self.now = now
        self.asked[scope] = 0

    def allows(self, watched: Watched) -> bool:
        """Whether to ask for this one now, though nothing says that it changed."""
        if watched.previous is None or is_due(watched.previous, self.now):
            return True
        before = self.asked.get(watched.place, 0)
        self.asked[watched.place] = before + 1
        return before < FEW


def is_due(seen: Snapshot, now: float) -> bool:
    """Whether it is time to ask again. now: the host's time."""
    since = max(seen.updated_at, seen.checks.at or 0.0 if seen.checks is not None else 0.0)
    return now - seen.looked_at >= min((now - since) * SHARE, LONGEST)


def longest_unseen_first(watched: Watched) -> float:
    """What to sort by, so that everyone has a turn."""
    return watched.looked_at or 0.0


def dated(asks: Asks[T], dates: list[float]) -> Asks[T]:
    """The same questions; `dates` gets the host's time of each answer. A refusal goes on to who asked."""
    try:
        request = next(asks)
        while True:
            try:
                answer = yield request
            except Exception as error:
                request = asks.throw(error)
            else:
                dates.append(answer.date)
                request = asks.send(answer)
    except StopIteration as stop:
        found: T = stop.value
        return found
