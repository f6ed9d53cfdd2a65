"""What a GitHub delivery says itself, as a snapshot with just that in it: for a plugin without credentials.

The keys are those of the API wherever the payload holds what they are made of: reviews, comments, pushes, closings and
merges have the same; labels, assignments and requests have ids that no payload tells, and get a key of their own time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from coro_cli.domain.names import ISSUE, PULL_REQUEST
from coro_cli.domain.snapshot import MERGED, Change, Snapshot
from coro_cli.plugins.github import forms
from coro_cli.plugins.github.reader import Reader, login, user_kind
from coro_cli.plugins.reading import moment
from coro_cli.plugins.wire import Broken, maybe, text, want

Json = dict[str, Any]
WHERE = "the delivery"
# action: (short event name, the fact's word, where the fact stands)
_CHANGES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "labeled": ("labeled", "label", ("label", "name")),
    "unlabeled": ("unlabeled", "label", ("label", "name")),
    "assigned": ("assigned", "assignee", ("assignee", "login")),
    "unassigned": ("unassigned", "assignee", ("assignee", "login")),
    "review_requested": ("review_requested", "reviewer", ("requested_reviewer", "login")),
    "ready_for_review": ("ready_for_review", "", ()),
    "converted_to_draft": ("converted_to_draft", "", ()),
    "reopened": ("reopened", "", ()),
    "parent_issue_added": ("epic_linked", "epic", ("parent_issue", "html_url")),
    "parent_issue_removed": ("epic_unlinked", "epic", ("parent_issue", "html_url")),
}


def told(reader: Reader, event: str, payload: Json) -> Snapshot | None:
    """The snapshot, `complete_since` the instant of what happened; None where nothing happened that is an event of ours."""
    read = _READERS.get(event)
    try:
        return read(reader, text(payload, "action"), payload) if read is not None else None
    except Broken:
        return None  # the look at the API says what this cannot


def is_loose(event: str, action: str) -> bool:
    """Whether the key is one of its own time."""
    return event in ("pull_request", "issues", "sub_issues") and action in _CHANGES


def _pull(reader: Reader, payload: Json, reviews: list[Json], comments: list[Json]) -> Snapshot:
    return forms.pull(reader, payload.get("pull_request"), WHERE, reviews, comments, [])


def _issue(reader: Reader, payload: Json, comments: list[Json], field: str = "issue") -> Snapshot:
    found = payload.get(field)
    snapshot = forms.issue(reader, found, WHERE, want(payload.get("repository"), "id", int, WHERE), comments, [], None)
    if not maybe(found, "pull_request"):
        return snapshot
    merged_at = moment(maybe(found, "pull_request", "merged_at"))
    state = MERGED if merged_at is not None else snapshot.state
    return replace(snapshot, family=PULL_REQUEST, state=state, merged_at=merged_at, status="")


def _since(snapshot: Snapshot, at: float | None, *, opened: bool = False) -> Snapshot | None:
    """What happens in the second of the opening is not the opening."""
    if at is None:
        return None
    return replace(snapshot, complete_since=at, looked_at=at, created_at=snapshot.created_at if opened else 0.0)


def _pull_request(reader: Reader, action: str, payload: Json) -> Snapshot | None:
    snapshot = _pull(reader, payload, [], [])
    if action == "synchronize":
        after, before = text(payload, "after") or snapshot.head, text(payload, "before")
        return _changed(reader, snapshot, payload, f"head:{after}", "synchronized", {"sha": after, "before": before})
    return _state(reader, snapshot, action, payload)


def _issues(reader: Reader, action: str, payload: Json) -> Snapshot | None:
    return _state(reader, _issue(reader, payload, []), action, payload)


def _sub_issues(reader: Reader, action: str, payload: Json) -> Snapshot | None:
    return _state(reader, _issue(reader, payload, [], "sub_issue"), action, payload)


def _state(reader: Reader, snapshot: Snapshot, action: str, payload: Json) -> Snapshot | None:
    if action == "opened":
        return _since(snapshot, snapshot.created_at, opened=True)
    if action == "closed":
        return _closed(reader, snapshot, payload)
    if action not in _CHANGES:
        return None
    name, word, way = _CHANGES[action]
    value = text(payload, *way) or text(payload, "requested_team", "slug") if word else ""
    middle = f":{value}" if word else ""
    return _changed(reader, snapshot, payload, f"{name}{middle}:{int(snapshot.updated_at)}", name, {word: value} if word else {})


def _closed(reader: Reader, snapshot: Snapshot, payload: Json) -> Snapshot | None:
    """An issue that is closed has changed its status as well."""
    sender, at = _sender(reader, payload), snapshot.merged_at or snapshot.closed_at
    by = snapshot.closed_by if snapshot.closed_by.kind != "ghost" else sender
    moved = Change(f"status:closed:{int(at or 0)}", "transitioned", sender, at or 0.0, {"from": "open", "to": "closed"})
    return _since(replace(snapshot, closed_by=by, changes=(moved,) if snapshot.family == ISSUE else ()), at)


def _changed(reader: Reader, snapshot: Snapshot, payload: Json, key: str, name: str, data: Json) -> Snapshot | None:
    change = Change(key, name, _sender(reader, payload), snapshot.updated_at, data)
    return _since(replace(snapshot, changes=(change,)), snapshot.updated_at)


def _sender(reader: Reader, payload: Json) -> Any:
    sender = payload.get("sender")
    return reader.actor(login(sender), user_kind(sender), "", "")


def _review(reader: Reader, action: str, payload: Json) -> Snapshot | None:
    review = payload.get("review")
    if action not in ("submitted", "dismissed") or not isinstance(review, dict):
        return None
    if action == "dismissed":
        # The review says when it was given; it was dismissed just now.
        snapshot = _pull(reader, payload, [], [])
        return _changed(reader, snapshot, payload, f"review:{review.get('id')}:dismissed", "review_dismissed", {"state": "dismissed"})
    return _since(_pull(reader, payload, [review], []), moment(review.get("submitted_at")))


def _inline(reader: Reader, action: str, payload: Json) -> Snapshot | None:
    return _said(action, payload, lambda comment: _pull(reader, payload, [], [comment]))


def _comment(reader: Reader, action: str, payload: Json) -> Snapshot | None:
    return _said(action, payload, lambda comment: _issue(reader, payload, [comment]))


def _said(action: str, payload: Json, read: Callable[[Json], Snapshot]) -> Snapshot | None:
    comment = payload.get("comment")
    if action not in ("created", "edited") or not isinstance(comment, dict):
        return None
    return _since(read(comment), moment(comment.get("created_at" if action == "created" else "updated_at")))


def _thread(reader: Reader, action: str, payload: Json) -> Snapshot | None:
    node = text(payload, "thread", "node_id")
    if action != "resolved" or not node:
        return None
    return _changed(reader, _pull(reader, payload, [], []), payload, f"thread:{node}:resolved", "thread_resolved", {})


_READERS: dict[str, Callable[[Reader, str, Json], Snapshot | None]] = {
    "pull_request": _pull_request, "issues": _issues, "issue_comment": _comment, "pull_request_review": _review,
    "pull_request_review_comment": _inline, "pull_request_review_thread": _thread, "sub_issues": _sub_issues,
}  # fmt: skip
