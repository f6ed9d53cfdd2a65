"""A delivery of Linear: which refs it is about, and what its payload says itself for when the API cannot be read. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from coro_cli.domain.events import ISSUE
from coro_cli.domain.ref import KEY, Ref
from coro_cli.domain.snapshot import OPEN, Change, Snapshot
from coro_cli.plugins.answers import moment, payload_of
from coro_cli.plugins.base import Hint
from coro_cli.plugins.delivered import spoken
from coro_cli.plugins.linear import parse
from coro_cli.plugins.linear.parse import Reader
from coro_cli.plugins.protocol import Broken, items, maybe, text

Json = Mapping[str, Any]


def read_payload(reader: Reader, payload: Json, kind: str, data: Any) -> Snapshot | None:
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
        found = parse.issue(reader, shaped, "the delivery", [], [], since=at)
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
    comment = parse.comment(reader, {**data, "user": user})
    if comment is None or not uuid:
        return None
    edited = (comment.edited_at or moment(data.get("updatedAt"))) if text(payload, "action") == "update" else None
    at, page = edited or comment.at, text(payload, "url")
    known = Snapshot(
        id=reader.identity(uuid), family=ISSUE, native=uuid, url=text(data, "issue", "url") or page.partition("#")[0],
        title=text(data, "issue", "title"), updated_at=at, looked_at=at,
    )  # fmt: skip
    return spoken(known, replace(comment, url=comment.url or page), edited=edited)


# What a Linear delivery is about (https://linear.app/developers/webhooks).
#
# A comment has its id. An update names no entry of the history, but what the issue had before (`updatedFrom`): what it gained
# since gets a key of its own time.


def read(reader: Reader, headers: Mapping[str, str], body: bytes) -> Hint:
    """The refs to look at, and the issue where the payload holds it whole."""
    payload = payload_of(body)
    kind, action = text(payload, "type") or headers.get("linear-event", ""), text(payload, "action")
    if not kind:
        raise Broken("the delivery names no `type`")
    data = maybe(payload, "data")
    issue = data if kind == "Issue" else maybe(data, "issue")
    names = [text(issue, "identifier") or _shown(payload), *_former(payload)]
    refs = [Ref(reader.settings.name, key[1].upper(), key[2], ISSUE, "-") for name in names if (key := KEY.fullmatch(name))]
    natives = [text(issue, "id") or text(data, "issueId")]
    told = read_payload(reader, payload, kind, data) if action != "remove" and refs else None
    delivery = headers.get("linear-delivery", "")
    snapshots = {str(refs[0]): told} if told is not None else {}
    word, loose = f"{kind}.{action}" if action else kind, is_loose(told)
    return Hint(refs, word, delivery, snapshots, [native for native in natives if native], loose=loose)


def _shown(payload: Any) -> str:
    """The identifier in the page's address, for comments whose issue comes without one."""
    return text(payload, "url").partition("/issue/")[2].partition("/")[0].partition("#")[0]


def _former(payload: Any) -> list[str]:
    found = maybe(payload, "data", "previousIdentifiers")
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
