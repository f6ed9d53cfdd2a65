"""What a delivery of Linear says itself, as a snapshot with just that in it: for when the API cannot be asked.

People come with their names alone here, labels as a plain list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from coro_cli.domain.names import ISSUE
from coro_cli.domain.snapshot import OPEN, Change, Snapshot
from coro_cli.plugins.linear import forms
from coro_cli.plugins.linear.forms import Reader
from coro_cli.plugins.reading import moment
from coro_cli.plugins.wire import Broken, items, maybe, text

Json = Mapping[str, Any]


def told(reader: Reader, payload: Json, kind: str, data: Any) -> Snapshot | None:
    """The snapshot, `complete_since` the instant of what happened; None where that is not told."""
    at = moment(maybe(payload, "webhookTimestamp")) or moment(maybe(payload, "createdAt"))
    if at is None or not isinstance(data, dict):
        return None
    return _issue(reader, payload, data, at) if kind == "Issue" else _comment(reader, payload, data) if kind == "Comment" else None


def is_loose(snapshot: Snapshot | None) -> bool:
    """Whether the API has other keys for it. What ended is told all the same: nothing comes after it."""
    return snapshot is not None and bool(snapshot.changes) and snapshot.state == OPEN


def _person(user: Any) -> Json:
    shown = text(user, "displayName") or text(user, "name")
    return {**user, "displayName": shown} if isinstance(user, dict) and shown else {}


def _issue(reader: Reader, payload: Json, data: Json, at: float) -> Snapshot | None:
    if not text(data, "state", "name"):
        return None
    shaped = {
        **data, "labels": {"nodes": maybe(data, "labels") or []}, "assignee": _person(data.get("assignee")),
        "creator": _person(data.get("creator")) or (_person(payload.get("actor")) if text(payload, "action") == "create" else {}),
    }  # fmt: skip
    try:
        found = forms.issue(reader, shaped, "the delivery", [], [], since=at)
    except Broken:
        return None
    happened = found.updated_at
    by, stamp = reader.actor(_person(payload.get("actor"))), int(happened)
    changes = tuple(
        Change(f"{name}:{value}:{stamp}", name, by, happened, {word: value} | _also(found, name, value))
        for name, word, value in _gained(found, data, payload)
    )
    # That it was made is no news of an update. That it ended may be: the end has its own time, a little before the delivery's.
    created = found.created_at if text(payload, "action") == "create" else 0.0
    since = min(at, happened, found.closed_at or at, created or at)
    return replace(found, looked_at=at, told=(), changes=changes, created_at=created, complete_since=since)


def _also(found: Snapshot, name: str, value: str) -> dict[str, Any]:
    return {"known_as": found.known_as[value]} if name == "assigned" and value in found.known_as else {}


def _gained(found: Snapshot, data: Json, payload: Json) -> Iterator[tuple[str, str, str]]:
    """(event name, the fact's word, its value) of what `updatedFrom` says was otherwise before."""
    before = payload.get("updatedFrom")
    if not isinstance(before, dict):
        return
    if "stateId" in before and found.status:
        yield "transitioned", "to", found.status
    if "assigneeId" in before and found.assignees:
        yield "assigned", "assignee", found.assignees[0]
    had = before.get("labelIds")
    if isinstance(had, list):
        yield from (("labeled", "label", text(label, "name")) for label in items(data.get("labels")) if label.get("id") not in had)
    if ("parentId" in before or "projectId" in before) and found.epic:
        yield "epic_linked", "epic", found.epic


def _comment(reader: Reader, payload: Json, data: Json) -> Snapshot | None:
    """A comment, whose issue comes with little more than its name."""
    uuid = text(data, "issue", "id") or text(data, "issueId")
    user = _person(data.get("user")) or _person(payload.get("actor"))
    comment = forms.comment(reader, {**data, "user": user})
    if comment is None or not uuid:
        return None
    edited = (comment.edited_at or moment(data.get("updatedAt"))) if text(payload, "action") == "update" else None
    at = edited or comment.at
    return Snapshot(
        id=reader.identity(uuid), family=ISSUE, native=uuid, url=text(data, "issue", "url"), title=text(data, "issue", "title"),
        updated_at=at, looked_at=at, comments=(replace(comment, edited_at=edited),), complete_since=at,
    )  # fmt: skip
