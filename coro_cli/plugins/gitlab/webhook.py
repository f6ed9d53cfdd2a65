"""A delivery of GitLab: which refs it is about, and what its payload says itself for when the API cannot be read. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from coro_cli.domain.events import ISSUE, PULL_REQUEST, Actor
from coro_cli.domain.ref import Ref
from coro_cli.domain.snapshot import CLOSED, MERGED, Change, Review, Snapshot
from coro_cli.plugins.answers import moment, payload_of
from coro_cli.plugins.base import Hint
from coro_cli.plugins.delivered import spoken
from coro_cli.plugins.gitlab import parse
from coro_cli.plugins.protocol import items, maybe, text
from coro_cli.plugins.trusted_users import Circle

if TYPE_CHECKING:
    from coro_cli.plugins.gitlab import GitLab


Json = Mapping[str, Any]
# https://docs.gitlab.com/user/project/merge_requests/drafts/, and the word of older instances.
_DRAFT = re.compile(r"\s*(?:\[(?:draft|wip)\]|\(draft\)|(?:draft|wip):|draft - )", re.IGNORECASE)
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
        id=f"gitlab:{host}:{project}:{mark}{number}", family=family, native=f"{project}{mark}{number}", url=_page(payload, thing, mark),
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
    return _state(known, by, happened, action) or _moved(known, by, happened, payload.get("changes"))


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
    own = text(happened, "url")
    edited = (moment(happened.get("updated_at")) or known.updated_at) if text(happened, "action") == "update" else None
    return spoken(known, replace(note, url=own) if own else note, edited=edited)


def _state(known: Snapshot, by: Actor, happened: Json, action: str) -> Snapshot | None:
    at = known.updated_at
    if action == "merge":
        return replace(known, state=MERGED, merged_at=at, closed_by=by, merge_commit=text(happened, "merge_commit_sha"), complete_since=at)
    if action == "close":
        return replace(known, state=CLOSED, closed_at=at, closed_by=by, complete_since=at)
    return None


def _approval(known: Snapshot, by: Actor, person: str, state: str) -> Snapshot:
    at = known.updated_at
    return replace(known, reviews=(Review(f"approval:{person}:{int(at)}", by, state, at, known.head),), complete_since=at)


def _moved(known: Snapshot, by: Actor, happened: Json, changes: Any) -> Snapshot | None:
    """A push, and what `changes` shows before and after: one update may be several of them, or none."""
    at, action, before = known.updated_at, text(happened, "action"), text(happened, "oldrev")
    found = [("reopened", "", "")] if action == "reopen" else list(_differences(changes)) if action == "update" else []
    made = [
        Change(":".join(filter(None, (name, value, str(int(at))))), name, by, at, {word: value} if word else {})
        for name, word, value in found
    ]
    if action == "update" and before and known.head:
        made.insert(0, Change(f"head:{known.head}", "synchronized", by, at, {"sha": known.head, "before": before}))
    asked = tuple(_objections(known, by, changes)) if action == "update" else ()
    return replace(known, changes=tuple(made), reviews=asked, complete_since=at) if made or asked else None


def _objections(known: Snapshot, by: Actor, changes: Any) -> Iterator[Review]:
    """Reviewers who ask for changes now and did not before."""
    before, after = (_reviewers(changes, side) for side in ("previous", "current"))
    for login, one in after.items():
        if text(one, "state") == "requested_changes" and text(before.get(login), "state") != "requested_changes":
            actor = by if by.login.lower() == login.lower() else parse.actor(Circle("", "", {}), one)
            key = f"changes:{one.get('id') or login}:{int(known.updated_at)}"
            yield Review(key, actor, "changes_requested", known.updated_at, known.head)


def _reviewers(changes: Any, side: str) -> dict[str, Json]:
    return {login: one for one in items(maybe(changes, "reviewers", side)) if (login := text(one, "username"))}


def _differences(changes: Any) -> Iterator[tuple[str, str, str]]:
    """(event name, the fact's word, its value) of each. A review that is asked for again is marked, its reviewer stays."""
    for field, by, word, gained, lost in (
        ("labels", "title", "label", "labeled", "unlabeled"), ("assignees", "username", "assignee", "assigned", "unassigned"),
        ("reviewers", "username", "reviewer", "review_requested", ""),
    ):  # fmt: skip
        before, after = ({text(one, by) for one in items(maybe(changes, field, side))} - {""} for side in ("previous", "current"))
        yield from ((gained, word, value) for value in sorted(after - before))
        yield from ((lost, word, value) for value in sorted(before - after) if lost)
    old, new = (_reviewers(changes, side) for side in ("previous", "current"))
    again = [login for login, one in new.items() if login in old and one.get("re_requested") is True]
    yield from (("review_requested", "reviewer", login) for login in again if old[login].get("re_requested") is not True)
    was, draft = (_is_draft(changes, side) for side in ("previous", "current"))
    if draft is not None and draft != was:
        yield ("converted_to_draft" if draft else "ready_for_review"), "", ""


def _is_draft(changes: Any, side: str) -> bool | None:
    """By the field, or where an instance does not tell it by the title, which is what makes a draft there."""
    told = maybe(changes, "draft", side)
    if isinstance(told, bool) or maybe(changes, "draft") is not None:
        return told if isinstance(told, bool) else None
    title = maybe(changes, "title", side)
    return bool(_DRAFT.match(title)) if isinstance(title, str) else None


def _page(payload: Json, thing: Any, mark: str) -> str:
    """The object's own page; of a note without one, what stands before its anchor, or the project's address and the number."""
    given = text(thing, "url") or text(payload, "object_attributes", "url").partition("#")[0]
    home = text(payload, "project", "web_url") or text(thing, "target", "web_url")
    return given or (f"{home}/-/{'merge_requests' if mark == '!' else 'issues'}/{maybe(thing, 'iid')}" if home else "")


# What a GitLab delivery is about (https://docs.gitlab.com/user/project/integrations/webhook_events/).
#
# Approvals come as `approved`, `unapproved`, `approval` and `unapproval`, some without a time, and where a push takes them away
# often not at all: whatever it says, the object is read again.


_PULL, _ISSUE = ("!", PULL_REQUEST), ("#", ISSUE)


def read(plugin: GitLab, headers: Mapping[str, str], body: bytes) -> Hint:
    """The refs to look at."""
    payload = payload_of(body)
    thing, mark, family = _object(payload)
    path, project = _path(payload, thing), _project(payload)
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


def _path(payload: Any, thing: Any) -> str:
    """The project's path: its own word, the target's, or the part of the object's address before `/-/`."""
    told = text(payload, "project", "path_with_namespace") or text(thing, "target", "path_with_namespace")
    if told:
        return told
    home, found, _ = text(thing, "url").partition("/-/")
    return home.partition("://")[2].partition("/")[2] if found else ""


def _project(payload: Any) -> int | None:
    """The project's number, which old versions have in various places."""
    places = [("project", "id"), ("project_id",), ("object_attributes", "target_project_id"), ("object_attributes", "project_id")]
    return next((number for place in places if isinstance(number := maybe(payload, *place), int)), None)
