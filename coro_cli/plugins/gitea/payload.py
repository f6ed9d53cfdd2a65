"""What a Gitea delivery says itself, as a snapshot with just that in it: for when the API cannot be asked.

Comments, pushes, opening, closing and merging have the keys that the API gives them. Reviews come without their id, and what
else stands in the timeline without that of its entry: those get a key of their own time. Which label was put on or taken
off is not told at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from coro_cli.domain.events import Actor
from coro_cli.domain.names import PULL_REQUEST
from coro_cli.domain.snapshot import CLOSED, MERGED, OPEN, Change, Review, Snapshot
from coro_cli.plugins.circle import Circle
from coro_cli.plugins.gitea import forms
from coro_cli.plugins.wire import Broken, maybe, text

Json = Mapping[str, Any]
# Gitea names a review in the header's event, older ones in its `type`; a review with a text alone is a `comment`.
_VERDICTS = {"approved": "approved", "rejected": "changes_requested", "reject": "changes_requested", "comment": "commented"}
LOOSE = ("reviewed", "assigned", "review_requested", "reopened")


def told(host: str, me: str, repository: int, payload: Json) -> Snapshot | None:
    """The snapshot, `complete_since` the instant of what happened; None where nothing of that is told."""
    thing = payload.get("pull_request") or payload.get("issue")
    if not isinstance(thing, dict):
        return None
    # Nobody's membership is in a payload; but in a private repository everybody who can speak was let in.
    let_in = text(payload, "sender", "login").lower() if maybe(payload, "repository", "private") is True else ""
    circle = Circle(me, text(thing, "user", "login"), {let_in: "member"} if let_in else {})
    try:
        known = forms.item(thing, "the delivery", circle)
    except Broken:
        return None  # the look at the API says what this cannot
    number = maybe(thing, "number") or payload.get("number")
    known = replace(known, id=f"gitea:{host}:{repository}:{number}", native=f"{repository}:{number}", looked_at=known.updated_at)
    if "pull_request" in payload:
        known = replace(known, **forms.pull(thing))
    elif isinstance(thing.get("pull_request"), dict):
        known = replace(known, family=PULL_REQUEST, state=MERGED if thing["pull_request"].get("merged") is True else known.state)
    return _happened(known, circle, payload, text(payload, "action"))


def _happened(known: Snapshot, circle: Circle, payload: Json, action: str) -> Snapshot | None:
    by, at = forms.actor(circle, payload.get("sender")), known.updated_at
    if action == "opened" and known.state == OPEN:
        return replace(known, complete_since=known.created_at)
    known = replace(known, created_at=0.0)  # that it was opened is no news, not even in the same second
    if isinstance(payload.get("comment"), dict):
        return _spoken(known, circle, payload["comment"], action) if action in ("created", "edited") else None
    if action == "reviewed":
        return _reviewed(known, circle, payload)
    if action == "closed" and known.state in (CLOSED, MERGED):
        return replace(known, closed_by=by, complete_since=known.merged_at or known.closed_at or at)
    if action == "synchronized" and known.head:
        return replace(known, changes=(Change(f"head:{known.head}", "synchronized", by, at, {"sha": known.head}),), complete_since=at)
    if action in LOOSE:
        return _moved(known, by, action, payload)
    return None


def _spoken(known: Snapshot, circle: Circle, item: dict[str, Any], action: str) -> Snapshot | None:
    """A comment. That it was edited is what the action says: the times of one that was written may differ too."""
    written = item.get("created_at") if forms.time(item.get("created_at")) is not None else known.updated_at
    comment = forms.comment(circle, {**item, "created_at": written})
    if comment is None:
        return None
    edited = (forms.time(item.get("updated_at")) or known.updated_at) if action == "edited" else None
    at = comment.at if edited is None else min(comment.at, edited - 1)  # that it was written is no news
    return replace(known, comments=(replace(comment, at=at, edited_at=edited),), complete_since=edited or at)


def _reviewed(known: Snapshot, circle: Circle, payload: Json) -> Snapshot | None:
    review, who, at = payload.get("review"), payload.get("sender"), known.updated_at
    word = text(review, "type").removeprefix("pull_request_").removeprefix("review_")
    state = _VERDICTS.get(word)
    if state is None:
        return None
    number = maybe(who, "id") or text(who, "login")
    given = Review(f"by:{number}:{int(at)}", forms.actor(circle, who), state, at, known.head, text(review, "content"), known.url)
    return replace(known, reviews=(given,), complete_since=at)


def _moved(known: Snapshot, by: Actor, action: str, payload: Json) -> Snapshot | None:
    """Of several assignees nobody tells which one is new."""
    at, person = known.updated_at, ""
    if action == "assigned":
        person = known.assignees[0] if len(known.assignees) == 1 else ""
    elif action == "review_requested":
        person = text(payload, "requested_reviewer", "login")
    if not person and action != "reopened":
        return None
    data = {"assignee" if action == "assigned" else "reviewer": person} if person else {}
    key = ":".join(filter(None, (action, person, str(int(at)))))
    return replace(known, changes=(Change(key, action, by, at, data),), complete_since=at)
