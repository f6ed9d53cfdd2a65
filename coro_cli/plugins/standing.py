"""Verdicts of reviewers, one after the other, on hosts that list them with ids, and say besides which stand now."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from coro_cli.domain.snapshot import Review

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
