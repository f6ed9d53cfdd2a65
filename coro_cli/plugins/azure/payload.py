"""What a service hook's message says itself, as a snapshot with just that in it: for when the API cannot be asked.

Ends and comments have the keys that the API gives them. A message never says who voted just now, but lists the votes that
stand, without the threads that the API names them by; what else was updated it tells in prose, which is not read.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from coro_cli.domain.refs import Ref
from coro_cli.domain.snapshot import OPEN, Snapshot
from coro_cli.plugins.azure import forms
from coro_cli.plugins.azure.people import People
from coro_cli.plugins.reading import moment
from coro_cli.plugins.wire import Broken, items, maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.azure import Azure

Json = dict[str, Any]
COMMENTED, CREATED = "ms.vss-code.git-pullrequest-comment-event", "git.pullrequest.created"
_CHANGED = ("git.pullrequest.updated", "git.pullrequest.merged")
_THREAD = re.compile(r"/threads/([1-9][0-9]{0,17})(?:/|$)")


def told(plugin: Azure, ref: Ref, payload: Json, pull: Any) -> Snapshot | None:
    """The snapshot, `complete_since` the instant of what happened; None where that is not told."""
    event, at = text(payload, "eventType"), moment(payload.get("createdDate"))
    if not isinstance(pull, dict) or at is None:
        return None
    me = plugin.accounts.get(ref.scope.partition("/")[0].lower(), "")
    who = People.of(me, [pull.get("createdBy"), pull.get("closedBy"), *items(pull.get("reviewers"))])
    page = plugin.places.page(ref.scope, ref.number)
    try:
        known = forms.snapshot(plugin.settings.host, page, ref.scope, pull, "the delivery", who, [])
    except Broken:
        return None  # the look at the API says what this cannot
    known = replace(known, looked_at=at)
    if event == CREATED:
        return replace(known, reviews=(), complete_since=known.created_at)
    known = replace(known, created_at=0.0)  # that it was opened is no news, not even in the same second
    if event == COMMENTED:
        return _comment(known, who, maybe(payload, "resource", "comment"), page)
    return _changed(known, at) if event in _CHANGED else None


def is_loose(event: str, snapshot: Snapshot | None) -> bool:
    """Whether the API has another key for it."""
    return event in _CHANGED and snapshot is not None and snapshot.state == OPEN


def _comment(known: Snapshot, who: People, item: Any, page: str) -> Snapshot | None:
    """A comment that was written, or (which its times tell) edited; its thread is in its address alone."""
    thread = _THREAD.search(text(item, "_links", "threads", "href")) or _THREAD.search(text(item, "_links", "self", "href"))
    found = forms.comment(item, {"id": int(thread[1])}, who, page) if isinstance(item, dict) and thread is not None else None
    if found is None:
        return None
    bare = replace(known, state=OPEN, merged_at=None, closed_at=None, reviews=())
    return replace(bare, comments=(found,), complete_since=found.edited_at or found.at)


def _changed(known: Snapshot, at: float) -> Snapshot:
    """It ended, or the votes stand so. A merge that was tried is none: the status says so."""
    if known.state != OPEN and known.closed_at is not None:
        return replace(known, reviews=(), complete_since=known.closed_at)
    return replace(known, reviews=tuple(replace(review, at=at) for review in known.reviews), complete_since=at)
