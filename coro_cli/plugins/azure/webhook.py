"""A delivery of Azure DevOps: which refs it is about, and what its payload says itself for when the API cannot be read. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from coro_cli.domain.addresses import address
from coro_cli.domain.events import PULL_REQUEST
from coro_cli.domain.parse_ref import Ref
from coro_cli.domain.snapshot import OPEN, Snapshot
from coro_cli.errors import UsageError
from coro_cli.plugins.answers import moment, payload_of
from coro_cli.plugins.azure import parse
from coro_cli.plugins.azure.parse import People
from coro_cli.plugins.base import Hint
from coro_cli.plugins.delivered import spoken
from coro_cli.plugins.protocol import Broken, items, maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.azure import Azure


Json = dict[str, Any]
COMMENTED, CREATED = "ms.vss-code.git-pullrequest-comment-event", "git.pullrequest.created"
_CHANGED = ("git.pullrequest.updated", "git.pullrequest.merged")
_THREAD = re.compile(r"/threads/([1-9][0-9]{0,17})(?:/|$)")


def read_payload(plugin: Azure, ref: Ref, payload: Json, pull: Any) -> Snapshot | None:
    """The snapshot, `complete_since` the instant of what happened; None where that is not told."""
    event, at = text(payload, "eventType"), moment(payload.get("createdDate"))
    if not isinstance(pull, dict) or at is None:
        return None
    me = plugin.accounts.get(ref.scope.partition("/")[0].lower(), "")
    who = People.of(me, [pull.get("createdBy"), pull.get("closedBy"), *items(pull.get("reviewers"))])
    page = plugin.places.page(ref.scope, ref.number)
    try:
        known = parse.snapshot(plugin.settings.host, page, ref.scope, pull, "the delivery", who, [])
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
    found = parse.comment(item, {"id": int(thread[1])}, who, page) if isinstance(item, dict) and thread is not None else None
    if found is None:
        return None
    # One event tells of both, and no word in it which: only the times of the text do.
    return spoken(replace(known, state=OPEN, merged_at=None, closed_at=None, reviews=()), found, edited=found.edited_at)


def _changed(known: Snapshot, at: float) -> Snapshot:
    """It ended, or the votes stand so. A merge that was tried is none: the status says so."""
    if known.state != OPEN and known.closed_at is not None:
        return replace(known, reviews=(), complete_since=known.closed_at)
    return replace(known, reviews=tuple(replace(review, at=at) for review in known.reviews), complete_since=at)


# What a service hook's message is about (https://learn.microsoft.com/azure/devops/service-hooks/events).
#
# Its event stands in the body. How much of the object comes along is the subscriber's choice: with a minimal resource the
# repository has an id and no name, and only those that were looked at are known by it.


_PULL = re.compile(r"/repositories/([0-9a-fA-F-]{36})/pullRequests/([1-9][0-9]{0,17})\b", re.IGNORECASE)


def read(plugin: Azure, body: bytes) -> Hint:
    """The refs to look at, and what the message says itself."""
    payload = payload_of(body)
    resource = maybe(payload, "resource")
    pull = maybe(resource, "pullRequest") or resource
    number, scope = maybe(pull, "pullRequestId"), _scope(plugin, payload, pull)
    if not isinstance(number, int):
        scope, number = _by_address(plugin, resource)
    refs = [Ref(plugin.settings.name, scope, str(number), PULL_REQUEST)] if scope and number else []
    event, told = text(payload, "eventType"), read_payload(plugin, refs[0], payload, pull) if refs else None
    snapshots = {str(refs[0]): told} if told is not None else {}
    return Hint(refs, event, text(payload, "id"), snapshots, loose=is_loose(event, told))


def _scope(plugin: Azure, payload: Any, pull: Any) -> str:
    home = maybe(pull, "repository")
    project, name = text(home, "project", "name"), text(home, "name")
    organisation = next(_organisations(plugin, payload, pull), "")
    if organisation and project and name:
        return f"{organisation}/{project}/{name}"
    return plugin.repositories.get(text(home, "id"), "")


def _by_address(plugin: Azure, resource: Any) -> tuple[str, str]:
    """By the addresses in it: a comment of resource version 1.0 is all there is, and its links name the repository by its id."""
    links = maybe(resource, "_links")
    shown = text(resource, "url"), *(text(links, name, "href") for name in ("self", "threads", "pullRequests"))
    hit = next((hit for address in shown if (hit := _PULL.search(address))), None)
    return (plugin.repositories.get(hit[1], ""), hit[2]) if hit else ("", "")


def _organisations(plugin: Azure, payload: Any, pull: Any) -> Iterator[str]:
    """The organisation as the addresses in the message tell it; the root's own where that holds it."""
    if plugin.places.rooted:
        yield plugin.places.rooted
    containers = maybe(payload, "resourceContainers")
    for url in (
        text(containers, "account", "baseUrl"), text(containers, "collection", "baseUrl"),
        text(pull, "repository", "remoteUrl"), text(pull, "repository", "url"), text(pull, "url"),
    ):  # fmt: skip
        try:
            path = address(url).path if url else ()
        except UsageError:
            continue
        skip = 1 if path and path[0].lower() == "tfs" else 0
        if len(path) > skip:
            yield path[skip]
