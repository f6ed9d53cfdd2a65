"""A delivery of GitLab: which refs it is about, and what its payload says itself for when the API cannot be read. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from coro_cli.domain.events import ISSUE, PULL_REQUEST, Actor
from coro_cli.domain.ref import Ref
from coro_cli.domain.snapshot import CLOSED, MERGED, Change, Review, Snapshot
from coro_cli.plugins.answers import moment, payload_of
from coro_cli.plugins.base import Hint
from coro_cli.plugins.gitlab import parse
from coro_cli.plugins.protocol import items, maybe, text
from coro_cli.plugins.trusted_users import Circle

if TYPE_CHECKING:
    from coro_cli.plugins.gitlab import GitLab


Json = Mapping[str, Any]
# "All that are required approve", and "one of several does": it is somebody's approval either way.
_VERDICTS = {"approved": "approved", "approval": "approved", "unapproved": "dismissed", "unapproval": "dismissed"}


def read_payload(host: str, me: str, project: int, payload: Json, thing: Any, mark: str) -> Snapshot | None:
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
        return replace(known, author=parse.actor(who, payload.get("user")), complete_since=created)
    known = replace(known, created_at=0.0)  # that it was opened is no news, not even in the same second
    if text(payload, "object_kind") == "note":
        return _note(known, who, dict(happened) | {"author": payload.get("user")})
    by, action = parse.actor(who, payload.get("user")), text(happened, "action")
    if action in _VERDICTS:
        return _approval(known, by, str(maybe(payload, "user", "id") or by.login), _VERDICTS[action])
    return _state(known, by, happened, action) or _moved(known, by, action, payload.get("changes"))


def is_loose(snapshot: Snapshot | None) -> bool:
    """Whether the API has other keys for it."""
    return snapshot is not None and bool(snapshot.reviews or any(not c.key.startswith("head:") for c in snapshot.changes))


def _circle(me: str, payload: Json, thing: Any) -> Circle:
    """Nobody's membership is in a payload; but in a private project everybody who can speak was let in."""
    let_in = text(payload, "user", "username").lower() if maybe(payload, "project", "visibility_level") == 0 else ""
    same = maybe(payload, "user", "id") is not None and maybe(payload, "user", "id") == maybe(thing, "author_id")
    return Circle(me, text(payload, "user", "username") if same else "", {let_in: "member"} if let_in else {})


def _note(known: Snapshot, who: Circle, happened: Json) -> Snapshot | None:
    note = parse.comment(who, {**happened, "body": text(happened, "note") or text(happened, "description")}, known.url)
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


def _approval(known: Snapshot, by: Actor, person: str, state: str) -> Snapshot:
    at = known.updated_at
    return replace(known, reviews=(Review(f"approval:{person}:{int(at)}", by, state, at, known.head),), complete_since=at)


def _moved(known: Snapshot, by: Actor, action: str, changes: Any) -> Snapshot | None:
    """What `changes` shows before and after; it may be empty."""
    at, found = known.updated_at, [("reopened", "", "")] if action == "reopen" else []
    if action == "update":
        found = list(_differences(changes))
    if not found:
        return None
    made = (
        Change(":".join(filter(None, (name, value, str(int(at))))), name, by, at, {word: value} if word else {})
        for name, word, value in found
    )
    return replace(known, changes=tuple(made), complete_since=at)


def _differences(changes: Any) -> Iterator[tuple[str, str, str]]:
    """(event name, the fact's word, its value) of each."""
    for field, by, word, gained, lost in (
        ("labels", "title", "label", "labeled", "unlabeled"), ("assignees", "username", "assignee", "assigned", "unassigned"),
        ("reviewers", "username", "reviewer", "review_requested", ""),
    ):  # fmt: skip
        before, after = ({text(one, by) for one in items(maybe(changes, field, side))} - {""} for side in ("previous", "current"))
        yield from ((gained, word, value) for value in sorted(after - before))
        yield from ((lost, word, value) for value in sorted(before - after) if lost)
    draft = maybe(changes, "draft", "current")
    if isinstance(draft, bool):
        yield ("converted_to_draft" if draft else "ready_for_review"), "", ""


# What a GitLab delivery is about (https://docs.gitlab.com/user/project/integrations/webhook_events/).
#
# Approvals come as `approved`, `unapproved`, `approval` and `unapproval`, some without a time, and where a push takes them away
# often not at all: whatever it says, the object is read again.


_PULL, _ISSUE = ("!", PULL_REQUEST), ("#", ISSUE)


def read(plugin: GitLab, headers: Mapping[str, str], body: bytes) -> Hint:
    """The refs to look at."""
    payload = payload_of(body)
    path, project = text(payload, "project", "path_with_namespace"), _project(payload)
    thing, mark, family = _object(payload)
    number = maybe(thing, "iid")
    kind, action = text(payload, "object_kind") or text(payload, "event_name"), text(payload, "object_attributes", "action")
    event = f"{kind}.{action}" if action else kind
    delivery = headers.get("webhook-id") or headers.get("idempotency-key") or ""
    if not isinstance(number, int) or number < 1 or "/" not in path:
        # A branch's pipeline names no merge request: any of the project's may have this head.
        return Hint(event=event, delivery=delivery, scopes=[path] if kind in ("pipeline", "build") and "/" in path else [])
    ref = Ref(plugin.settings.name, path, str(number), family, mark)
    if project is None:
        return Hint([ref], event, delivery)
    said = read_payload(plugin.settings.host, plugin.me, project, payload, thing, mark) if kind != "pipeline" else None
    return Hint([ref], event, delivery, {str(ref): said} if said is not None else {}, [f"{project}{mark}{number}"], loose=is_loose(said))


def _object(payload: Any) -> tuple[Any, str, str]:
    """The merge request or issue that it is about, its mark and its family; (None, "", "") for anything else."""
    kind, event = text(payload, "object_kind"), text(payload, "event_type")
    if kind == "merge_request" or event == "merge_request":
        return maybe(payload, "object_attributes"), *_PULL
    if kind in ("issue", "work_item", "incident"):
        return maybe(payload, "object_attributes"), *_ISSUE
    pull = maybe(payload, "merge_request")
    if kind == "note":
        return (pull, *_PULL) if pull else (maybe(payload, "issue"), *_ISSUE)
    # The pipeline of a fork tells of its own project, the merge request is the other's.
    own = maybe(pull, "target_project_id") in (None, maybe(payload, "project", "id"))
    return (pull, *_PULL) if kind == "pipeline" and pull and own else (None, "", "")


def _project(payload: Any) -> int | None:
    """The project's number, which old versions have in various places."""
    places = [("project", "id"), ("project_id",), ("object_attributes", "target_project_id"), ("object_attributes", "project_id")]
    return next((number for place in places if isinstance(number := maybe(payload, *place), int)), None)
