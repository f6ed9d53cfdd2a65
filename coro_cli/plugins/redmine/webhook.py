"""A delivery of Redmine: which refs it is about, and what its payload says itself for when the API cannot be read. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from coro_cli.domain.events import ISSUE
from coro_cli.domain.ref import Ref
from coro_cli.domain.snapshot import CLOSED, OPEN, Snapshot
from coro_cli.plugins.answers import moment, payload_of
from coro_cli.plugins.base import Hint
from coro_cli.plugins.protocol import Broken, items, maybe, text
from coro_cli.plugins.redmine import parse
from coro_cli.plugins.redmine.parse import Reader


def read(reader: Reader, headers: Mapping[str, str], body: bytes) -> Hint:
    """The ref to look at, and what the payload says itself. There is no id of the delivery."""
    payload = payload_of(body)
    event, number = text(payload, "type"), maybe(payload, "data", "issue", "id")
    if not event:
        raise Broken("the delivery names no `type`")
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        return Hint(event=event)
    ref = Ref(reader.settings.name, "", str(number), ISSUE, "")
    told = _said(reader, payload, event)
    return Hint([ref], event, "", {str(ref): told} if told is not None else {}, [str(number)])


def _said(reader: Reader, payload: Any, event: str) -> Snapshot | None:
    """The issue as the payload shows it. Statuses other than its own are numbers to us without the REST interface."""
    at, journal = moment(maybe(payload, "timestamp")), maybe(payload, "data", "journal")
    if at is None or event.endswith("deleted"):
        return None
    status = maybe(payload, "data", "issue", "status")
    if isinstance(closes := maybe(status, "is_closed"), bool):
        reader = replace(reader, statuses={**reader.statuses, str(maybe(status, "id")): (text(status, "name"), closes)})
    shaped = dict(payload["data"]["issue"]) | {"journals": [journal] if isinstance(journal, dict) else []}
    try:
        found = parse.issue(reader, shaped, "the delivery", since=0.0)
    except Broken:
        return None
    return _just(found, event, at, {text(detail, "prop_key") or text(detail, "name") for detail in items(maybe(journal, "details"))})


def _just(found: Snapshot, event: str, at: float, changed: set[str]) -> Snapshot:
    """`complete_since` the instant of what happened: Redmine may send its deliveries from a queue, some time later."""
    made = found.created_at if event.endswith("created") else 0.0
    over = found.state == CLOSED and "status_id" in changed
    ended = (found.closed_at or at) if over else None
    told = [ended or at, made or at, *(c.edited_at or c.at for c in found.comments), *(change.at for change in found.changes)]
    state = found.state if over else OPEN
    return replace(found, created_at=made, state=state, closed_at=ended, looked_at=at, complete_since=min(at, *told))
