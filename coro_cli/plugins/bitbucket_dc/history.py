"""A pull request's activities at Bitbucket Data Center: an event log with ids of its own, newest first.

Versions add actions and fields: what is not known is passed over (the documentation asks for that).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coro_cli.domain.events import GHOST, Actor
from coro_cli.domain.snapshot import Change, Review
from coro_cli.plugins.bitbucket_dc.people import key
from coro_cli.plugins.pushes import Branch, Push
from coro_cli.plugins.reading import moment
from coro_cli.plugins.standing import Standing
from coro_cli.plugins.wire import items, text

Json = dict[str, Any]
Who = Callable[[Any], Actor]
# `REVIEWED` is the action behind the button "Needs work", of late "Request changes"; its status has both names too.
_VERDICTS = {"APPROVED": "approved", "REVIEWED": "changes_requested"}
STATUSES = {"APPROVED": "approved", "NEEDS_WORK": "changes_requested", "CHANGES_REQUESTED": "changes_requested"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One activity."""

    id: str
    action: str
    at: float
    user: Any
    item: Json


def entries(values: Sequence[Json]) -> list[Entry]:
    """The activities, oldest first."""
    found = [
        Entry(str(item.get("id")), text(item, "action"), at, item.get("user"), item)
        for item in values
        if (at := moment(item.get("createdDate"))) is not None
    ]
    return sorted(found, key=lambda entry: (entry.at, len(entry.id), entry.id))


def branch(log: Sequence[Entry], head: str, who: Who) -> Branch:
    """Where the head stood. A rescope without a new source commit is a move of the target."""
    moves = [e for e in log if e.action == "RESCOPED" and text(e.item, "fromHash") != text(e.item, "previousFromHash")]
    first = text(moves[0].item, "previousFromHash") if moves else head
    return Branch(first, [Push(text(e.item, "fromHash"), e.at, who(e.user)) for e in moves])


def reopenings(log: Sequence[Entry], who: Who) -> list[Change]:
    """A declined pull request can be opened again."""
    return [Change(f"activity:{e.id}", "reopened", who(e.user), e.at) for e in log if e.action == "REOPENED"]


def ended(log: Sequence[Entry], who: Who) -> Actor:
    """Who merged or declined it last."""
    return next((who(e.user) for e in reversed(log) if e.action in ("MERGED", "DECLINED")), GHOST)


def reviews(log: Sequence[Entry], found: Any, heads: Branch, updated: float, who: Who) -> list[Review]:
    """All verdicts, each with the id of its activity; those that do not stand any more are dismissed.

    The activities say when, the reviewers' status says what holds: a push may take approvals back.
    """
    standing = Standing()
    for entry in log:
        if entry.action in _VERDICTS:
            verdict = _VERDICTS[entry.action]
            review = Review(f"activity:{entry.id}", who(entry.user), verdict, entry.at, heads.head_at(entry.at))
            standing.give(key(entry.user), review)
        elif entry.action == "UNAPPROVED":
            standing.take_back(key(entry.user), entry.at)
    holds = {key(p.get("user")): p for p in [*items(found.get("participants")), *items(found.get("reviewers"))]}
    for person in sorted({*standing.said, *holds}):
        standing.settle(person, _now(holds.get(person, {}), updated, who), updated)
    return standing.all()


def _now(participant: Mapping[str, Any], updated: float, who: Who) -> Review | None:
    status, commit, user = text(participant, "status").upper(), text(participant, "lastReviewedCommit"), participant.get("user")
    state = STATUSES.get(status)
    return Review(f"participant:{key(user)}:{status.lower()}:{commit}", who(user), state, updated, commit) if state else None
