"""What a GitLab delivery says itself, as a snapshot with just that in it: for when the API cannot be asked.

Only what has the same key there: notes, pushes, opening, merging, and closing (whose time is that of the last update).
Approvals, labels and reopenings have times or ids that no payload tells, so nothing is made of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from coro_cli.domain.events import Actor
from coro_cli.domain.names import ISSUE, PULL_REQUEST
from coro_cli.domain.snapshot import CLOSED, MERGED, Change, Snapshot
from coro_cli.plugins.circle import Circle
from coro_cli.plugins.gitlab import forms
from coro_cli.plugins.reading import moment
from coro_cli.plugins.wire import maybe, text

Json = Mapping[str, Any]


def told(host: str, me: str, project: int, payload: Json, thing: Any, mark: str) -> Snapshot | None:
    """The snapshot, `complete_since` the instant of what happened. thing: the merge request or issue in the payload."""
    happened = payload.get("object_attributes")
    created, updated = moment(maybe(thing, "created_at")), moment(maybe(thing, "updated_at"))
    if not isinstance(happened, dict) or created is None or updated is None:
        return None
    number, family = maybe(thing, "iid"), PULL_REQUEST if mark == "!" else ISSUE
    known = Snapshot(
        id=f"gitlab:{host}:{project}:{mark}{number}", family=family, native=f"{project}{mark}{number}", url=text(thing, "url"),
        title=text(thing, "title"), head=text(thing, "last_commit", "id"), created_at=created, updated_at=updated, looked_at=updated,
    )  # fmt: skip
    who = _circle(me, payload, thing)
    if text(happened, "action") == "open":
        return replace(known, author=forms.actor(who, payload.get("user")), complete_since=created)
    known = replace(known, created_at=0.0)  # that it was opened is no news, not even in the same second
    if text(payload, "object_kind") == "note":
        return _note(known, who, dict(happened) | {"author": payload.get("user")})
    return _state(known, forms.actor(who, payload.get("user")), happened, text(happened, "action"))


def _circle(me: str, payload: Json, thing: Any) -> Circle:
    """Nobody's membership is in a payload; that somebody is the author may be."""
    same = maybe(payload, "user", "id") is not None and maybe(payload, "user", "id") == maybe(thing, "author_id")
    return Circle(me, text(payload, "user", "username") if same else "", {})


def _note(known: Snapshot, who: Circle, happened: Json) -> Snapshot | None:
    note = forms.comment(who, {**happened, "body": text(happened, "note") or text(happened, "description")}, known.url)
    if note is None:
        return None
    return replace(known, comments=(note,), complete_since=note.edited_at or note.at)


def _state(known: Snapshot, by: Actor, happened: Json, action: str) -> Snapshot | None:
    at = known.updated_at
    if action == "merge":
        return replace(known, state=MERGED, merged_at=at, closed_by=by, merge_commit=text(happened, "merge_commit_sha"), complete_since=at)
    if action == "close":
        return replace(known, state=CLOSED, closed_at=at, closed_by=by, complete_since=at)
    if action == "update" and text(happened, "oldrev") and known.head:
        data = {"sha": known.head, "before": text(happened, "oldrev")}
        return replace(known, changes=(Change(f"head:{known.head}", "synchronized", by, at, data),), complete_since=at)
    return None
