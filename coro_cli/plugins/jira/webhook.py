"""A delivery of Jira: which refs it is about, and what its payload says itself for when the API cannot be read. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from coro_cli.domain.events import ISSUE
from coro_cli.domain.ref import KEY, Ref
from coro_cli.domain.snapshot import CLOSED, OPEN, Snapshot
from coro_cli.plugins.answers import moment, payload_of
from coro_cli.plugins.base import Hint
from coro_cli.plugins.jira import parse
from coro_cli.plugins.jira.parse import Reader
from coro_cli.plugins.protocol import Broken, ident, items, maybe, text


def read(reader: Reader, headers: Mapping[str, str], body: bytes) -> Hint:
    """The refs to look at, and what the payload says itself."""
    payload = payload_of(body)
    event = text(payload, "webhookEvent")
    if not event:
        raise Broken("the delivery names no `webhookEvent`")
    keys = [text(payload, "issue", "key"), *_former(payload)]
    refs = [Ref(reader.settings.name, key[1].upper(), key[2], ISSUE, "-") for text_ in keys if (key := KEY.fullmatch(text_))]
    natives = [ident(payload, "issue", "id")]
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
    log, comment, stamp = maybe(payload, "changelog"), maybe(payload, "comment"), maybe(payload, "timestamp")
    whole = {**issue, "fields": {"created": stamp, "updated": maybe(comment, "updated") or stamp, **fields}}
    stamped = {"id": ident(log, "id"), "created": at, "author": maybe(payload, "user"), "items": maybe(log, "items")}
    comments = [comment] if isinstance(comment, dict) and not event.endswith("deleted") else []
    try:
        found = parse.issue(reader, whole, "the delivery", comments, [stamped] if log else [], since=0.0, previous=None)
    except Broken:
        return None
    return _just(found, event, text(payload, "issue_event_type_name"), at, {text(item, "field") for item in items(maybe(log, "items"))})


def _just(found: Snapshot, event: str, kind: str, at: float, changed: set[str]) -> Snapshot:
    """`complete_since` the instant of what happened: a comment and an issue were written a little before the delivery."""
    made = found.created_at if event == "jira:issue_created" else 0.0
    edited = event == "comment_updated" or kind == "issue_comment_edited"
    comments = tuple(replace(c, edited_at=(c.edited_at or at) if edited else None) for c in found.comments)
    over = found.state == CLOSED and bool(changed & {"status", "resolution"})
    return replace(
        found, comments=comments, created_at=made, state=found.state if over else OPEN, closed_at=at if over else None,
        looked_at=at, complete_since=min([at, made or at, *(c.edited_at or c.at for c in comments)]),
    )  # fmt: skip
