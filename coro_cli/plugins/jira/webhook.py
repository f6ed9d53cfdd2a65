"""A delivery of Jira: which refs it is about, and what its payload says itself for when the API cannot be read. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from coro_cli.domain.events import ISSUE, Actor
from coro_cli.domain.ref import KEY, Ref
from coro_cli.domain.snapshot import CLOSED, OPEN, Change, Comment, Snapshot
from coro_cli.plugins.answers import moment, payload_of
from coro_cli.plugins.base import Hint
from coro_cli.plugins.jira import parse
from coro_cli.plugins.jira.parse import Reader
from coro_cli.plugins.protocol import Broken, ident, items, maybe, text

_OF_ISSUE = re.compile(r"/issue/([0-9]{1,18})/comment/")
# A comment that came with an update and is older than this was not written by it.
FRESH = 60.0


def read(reader: Reader, headers: Mapping[str, str], body: bytes) -> Hint:
    """The refs to look at, and what the payload says itself."""
    payload = payload_of(body)
    event = text(payload, "webhookEvent")
    if not event:
        raise Broken("the delivery names no `webhookEvent`")
    keys = [text(payload, "issue", "key"), *_former(payload)]
    refs = [Ref(reader.settings.name, key[1].upper(), key[2], ISSUE, "-") for text_ in keys if (key := KEY.fullmatch(text_))]
    # A comment of Data Center comes without its issue; its own address names it.
    own = _OF_ISSUE.search(text(payload, "comment", "self"))
    natives = [ident(payload, "issue", "id") or (own[1] if own else "")]
    natives += [ident(payload, "issueLink", side) for side in ("sourceIssueId", "destinationIssueId")]
    told = {str(refs[0]): snapshot} if refs and (snapshot := _said(reader, payload, event)) is not None else {}
    delivery = headers.get("x-atlassian-webhook-identifier", "")
    return Hint(refs, event, delivery, told, [number for number in natives if number.isdigit()])


def _former(payload: Any) -> list[str]:
    """The keys that a moved issue had before."""
    moved = items(maybe(payload, "changelog", "items"))
    return [text(item, "fromString") for item in moved if text(item, "field") == "Key"]


def _said(reader: Reader, payload: Any, event: str) -> Snapshot | None:
    """The issue with what just happened to it; None where that is not told, and for one that was deleted."""
    issue, at = maybe(payload, "issue"), moment(maybe(payload, "timestamp"))
    fields = maybe(issue, "fields")
    if not isinstance(fields, dict) or at is None or event == "jira:issue_deleted":
        return None
    # At Cloud the issue of a comment has a few fields only, no times among them.
    # What an issue is made with is no change of it, though the log of its creation lists it as one.
    log = maybe(payload, "changelog") if event != "jira:issue_created" else None
    comment, stamp = maybe(payload, "comment"), maybe(payload, "timestamp")
    whole = {**issue, "fields": {"created": stamp, "updated": maybe(comment, "updated") or stamp, **fields}}
    stamped = {"id": ident(log, "id"), "created": at, "author": maybe(payload, "user"), "items": maybe(log, "items")}
    comments = [comment] if isinstance(comment, dict) and not event.endswith("deleted") else []
    try:
        found = parse.issue(reader, whole, "the delivery", comments, [stamped] if log else [], since=0.0, previous=None)
    except Broken:
        return None
    found = _reopened(found, stamped, reader.actor(maybe(payload, "user")))
    return _just(found, event, text(payload, "issue_event_type_name"), at, {text(item, "field") for item in items(maybe(log, "items"))})


def _reopened(found: Snapshot, entry: dict[str, Any], by: Actor) -> Snapshot:
    """The resolution that went reopens an issue, whatever the statuses, which are only names here, mean."""
    went = any(text(item, "field") == "resolution" and ident(item, "from") and not ident(item, "to") for item in items(entry["items"]))
    if not went or found.state != OPEN or any(change.name == "reopened" for change in found.changes):
        return found
    moved = next((dict(change.data) for change in found.changes if change.name == "transitioned"), {})
    change = Change(f"changelog:{entry['id']}:reopened", "reopened", by, entry["created"], moved)
    return replace(found, changes=(*found.changes, change))


def _just(found: Snapshot, event: str, kind: str, at: float, changed: set[str]) -> Snapshot:
    """`complete_since` the instant of what happened: a comment and an issue were written a little before the delivery."""
    made = found.created_at if event == "jira:issue_created" else 0.0
    comments = tuple(_spoken(comment, event, kind, at) for comment in found.comments)
    over = found.state == CLOSED and bool(changed & {"status", "resolution"})
    return replace(
        found, comments=comments, created_at=made, state=found.state if over else OPEN, closed_at=at if over else None,
        looked_at=at, complete_since=min([at, made or at, *(c.edited_at or c.at for c in comments)]),
    )  # fmt: skip


def _spoken(comment: Comment, event: str, kind: str, at: float) -> Comment:
    """Written or edited, by the delivery's own word; one that has no word for it tells of an old comment only when it was edited."""
    told = event.startswith("comment_") or kind.startswith("issue_comment")
    edited = (event == "comment_updated" or kind == "issue_comment_edited") if told else at - comment.at > FRESH
    if not edited:
        return replace(comment, edited_at=None)
    when = comment.edited_at or at
    return replace(comment, at=min(comment.at, when - 1), edited_at=when)
