"""Verdicts that no list shows and that need not move `updated_at`: those of one merge request in each cycle, in turn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from coro_cli.domain.snapshot import OPEN, Review
from coro_cli.plugins.base import Watched
from coro_cli.plugins.circle import Circle
from coro_cli.plugins.gitlab import parts, reviews
from coro_cli.plugins.turns import few_of
from coro_cli.plugins.wire import Asks

if TYPE_CHECKING:
    from coro_cli.plugins.gitlab import GitLab


def changed(plugin: GitLab, project: str, watched: Sequence[Watched], known: dict[str, Any], *, whole: bool) -> Asks[list[str]]:
    """The ref of the one whose turn it is, if its verdicts differ. known: the cursor. whole: reviewers' states too, not approvals alone."""
    able = {int(one.ref.number): one for one in watched if one.ref.mark == "!" and one.previous is not None and one.previous.state == OPEN}
    for number in few_of(list(able), known.get("verdicts"), 1):
        known["verdicts"] = str(number)
        here = f"{project}/merge_requests/{number}"
        approvals = yield from parts.optional(f"{here}/approvals")
        reviewers = (yield from parts.optional(f"{here}/reviewers")) if whole or approvals is None else None
        if _differ(plugin, able[number], approvals, reviewers):
            return [str(able[number].ref)]
    return []


def _differ(plugin: GitLab, one: Watched, approvals: Any, reviewers: Any) -> bool:
    seen = one.previous
    if seen is None or (approvals is None and reviewers is None):
        return False
    now = reviews.read(reviews.Ground(Circle(plugin.me, "", {}), seen.head, seen.updated_at, known=seen), approvals, reviewers)
    if reviewers is not None:
        return _verdicts(now) != _verdicts(seen.reviews)
    against = {review.actor.login for review in seen.reviews if review.state == "changes_requested"}
    return _approvers(now) - against != _approvers(seen.reviews)


def _verdicts(given: Iterable[Review]) -> set[tuple[str, str]]:
    return {(review.actor.login, review.state) for review in given}


def _approvers(given: Iterable[Review]) -> set[str]:
    return {review.actor.login for review in given if review.state == "approved"}
