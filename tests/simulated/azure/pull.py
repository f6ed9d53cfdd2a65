"""A pull request with votes: 10, 5, -5, -10."""

from __future__ import annotations

from typing import Any

from tests.simulated.forge.pull import Pull
from tests.simulated.forge.records import Review


class AzurePull(Pull):
    """votes: the number behind each review, by its id. silent: reviews that were reset without a word in the threads.

    policies: (name, evaluation status, when it was settled).
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.votes: dict[int, int] = {}
        self.silent: set[int] = set()
        self.policies: list[tuple[str, str, float | None]] = []
        super().__init__(*args, **kwargs)

    def vote(self, by: str, number: int) -> Review:
        """Vote, or take the vote back with 0."""
        if number == 0:
            review = next(r for r in reversed(self.reviews) if r.author.login == by and not r.dismissed)
            self.dismiss(review, by)
            return review
        review = super().approve(by) if number > 0 else super().request_changes(by)
        self.votes[review.id] = number
        return review

    def approve(self, by: str, *, body: str = "") -> Review:
        """Vote 10."""
        return self.vote(by, 10)

    def request_changes(self, by: str, *, body: str = "") -> Review:
        """Vote -10."""
        return self.vote(by, -10)

    def reset_votes(self) -> None:
        """What a policy does after a push; the threads tell it in another way."""
        for review in self.reviews:
            review.dismissed = True
            self.silent.add(review.id)

    def policy(self, name: str, status: str) -> None:
        """Let a build policy come to this."""
        at = self.ground.now() if status in ("approved", "rejected") else None
        self.policies = [p for p in self.policies if p[0] != name] + [(name, status, at)]
