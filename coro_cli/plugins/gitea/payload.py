"""What a Gitea delivery says itself, as a snapshot with just that in it: for when the API cannot be asked.

Only what has the same key there: comments, pushes, opening, closing and merging. Reviews come without an id, labels and
assignments without that of their entry in the timeline, so nothing is made of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from coro_cli.domain.names import PULL_REQUEST
from coro_cli.domain.snapshot import CLOSED, MERGED, OPEN, Change, Snapshot
from coro_cli.plugins.circle import Circle
from coro_cli.plugins.gitea import forms
from coro_cli.plugins.wire import Broken, maybe, text

Json = Mapping[str, Any]


def told(host: str, me: str, repository: int, payload: Json) -> Snapshot | None:
    """The snapshot, `complete_since` the instant of what happened; None where nothing of that is told."""
    thing = payload.get("pull_request") or payload.get("issue")
    if not isinstance(thing, dict):
        return None
    circle = Circle(me, text(thing, "user", "login"), {})
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
        comment = forms.comment(circle, payload["comment"]) if action in ("created", "edited") else None
        since = comment.edited_at or comment.at if comment is not None else None
        return replace(known, comments=(comment,), complete_since=since) if comment is not None else None
    if action == "closed" and known.state in (CLOSED, MERGED):
        return replace(known, closed_by=by, complete_since=known.merged_at or known.closed_at or at)
    if action == "synchronized" and known.head:
        return replace(known, changes=(Change(f"head:{known.head}", "synchronized", by, at, {"sha": known.head}),), complete_since=at)
    return None
