"""What a Linear delivery is about (https://linear.app/developers/webhooks).

It names no entry of the history, so an issue's update is only told by what the issue is afterwards; a comment has its id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from coro_cli.domain.names import ISSUE
from coro_cli.domain.ref import KEY, Ref
from coro_cli.domain.snapshot import Snapshot
from coro_cli.plugins.base import Hint
from coro_cli.plugins.bodies import payload_of
from coro_cli.plugins.linear import forms
from coro_cli.plugins.linear.forms import Reader
from coro_cli.plugins.reading import moment
from coro_cli.plugins.wire import Broken, maybe, text


def read(reader: Reader, headers: Mapping[str, str], body: bytes) -> Hint:
    """The refs to look at, and the issue where the payload holds it whole."""
    payload = payload_of(body)
    kind, action = text(payload, "type") or headers.get("linear-event", ""), text(payload, "action")
    if not kind:
        raise Broken("the delivery names no `type`")
    data = maybe(payload, "data")
    issue = data if kind == "Issue" else maybe(data, "issue")
    names = [text(issue, "identifier"), *_former(payload)]
    refs = [Ref(reader.settings.name, key[1].upper(), key[2], ISSUE, "-") for name in names if (key := KEY.fullmatch(name))]
    natives = [text(issue, "id") or text(data, "issueId")]
    told = _said(reader, payload, data) if kind == "Issue" and action != "remove" and refs else None
    delivery = headers.get("linear-delivery", "")
    snapshots = {str(refs[0]): told} if told is not None else {}
    return Hint(refs, f"{kind}.{action}" if action else kind, delivery, snapshots, [native for native in natives if native])


def _former(payload: Any) -> list[str]:
    found = maybe(payload, "data", "previousIdentifiers")
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def _said(reader: Reader, payload: Any, data: Any) -> Snapshot | None:
    """The issue as the payload shows it. Labels come as a plain list here, people with their names alone."""
    at = moment(maybe(payload, "webhookTimestamp")) or moment(maybe(payload, "createdAt"))
    if at is None or not isinstance(data, dict) or not text(data, "state", "name"):
        return None
    shaped = data | {
        "labels": {"nodes": maybe(data, "labels") or []},
        "assignee": {"displayName": text(data, "assignee", "displayName") or text(data, "assignee", "name")},
    }
    try:
        found = forms.issue(reader, shaped, "the delivery", [], [], since=at)
    except Broken:
        return None
    return replace(found, looked_at=at, told=())
