"""A delivery of Bitbucket Data Center: which refs it is about, and what its payload says itself for when the API cannot be read. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from coro_cli.domain.events import PULL_REQUEST, Actor
from coro_cli.domain.parse_ref import Ref
from coro_cli.domain.snapshot import OPEN, Change, Review, Snapshot
from coro_cli.plugins.answers import moment, payload_of
from coro_cli.plugins.base import Hint, Settings
from coro_cli.plugins.bitbucket_dc import parse
from coro_cli.plugins.bitbucket_dc.parse import STATUSES, Entry, People, is_public, key, name
from coro_cli.plugins.delivered import closed, spoken
from coro_cli.plugins.protocol import Broken, items, maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.bitbucket_dc import BitbucketDC


Json = dict[str, Any]
WHERE = "the delivery"


@dataclass(frozen=True, slots=True)
class Said:
    """One delivery that is being read. known: the pull request, as if nothing had ever happened to it. at: when it was."""

    event: str
    payload: Json
    known: Snapshot
    people: People
    at: float

    @property
    def by(self) -> Actor:
        """Who did it."""
        return self.people.actor(self.payload.get("actor"))


def read_payload(settings: Settings, me: str, event: str, payload: Json) -> Snapshot | None:
    """The snapshot, `complete_since` the instant of what happened; None where that is not told."""
    read, pull, at = _READERS.get(event), payload.get("pullRequest"), moment(payload.get("date"))
    if read is None or not isinstance(pull, dict) or at is None:
        return None
    who = People(me, frozenset() if is_public(pull) else None, name(maybe(pull, "author", "user")))
    try:
        known = parse.snapshot(settings.host, pull, WHERE, who, [], False)
    except Broken:
        return None  # the look at the API says what this cannot
    url = known.url or _page(settings, payload)
    return read(Said(event, payload, replace(known, url=url, reviews=(), looked_at=at), who, at))


def _page(settings: Settings, payload: Json) -> str:
    """The page of a pull request whose delivery brings no links: servers leave them out where no base address is set."""
    project, _, repo = parse.scope(payload.get("pullRequest")).partition("/")
    home = f"users/{project[1:]}" if project.startswith("~") else f"projects/{project}"
    number = maybe(payload, "pullRequest", "id")
    return f"{settings.web_url}/{home}/repos/{repo}/pull-requests/{number}" if settings.web_url and repo else ""


def is_loose(event: str) -> bool:
    """Whether the API has another key for it."""
    return event.startswith("pr:reviewer:")


def _since(known: Snapshot, at: float, **facts: Any) -> Snapshot:
    """That it was opened is no news, not even in the same second."""
    return replace(known, **{"created_at": 0.0, "state": OPEN, "merged_at": None, "closed_at": None, "complete_since": at, **facts})


def _opened(said: Said) -> Snapshot:
    return _since(said.known, said.known.created_at, created_at=said.known.created_at)


def _verdict(said: Said) -> Snapshot | None:
    participant = said.payload.get("participant")
    user, commit = maybe(participant, "user") or said.payload.get("actor"), text(participant, "lastReviewedCommit")
    status = text(participant, "status").upper()
    state, before = STATUSES.get(status), text(said.payload, "previousStatus")
    if not key(user) or (state is None and not before):
        return None
    named = f"participant:{key(user)}:{(status if state else before).lower()}:{commit}:{int(said.at)}"
    review = Review(named, said.people.actor(user), state or "dismissed", said.at, commit)
    return _since(said.known, said.at, reviews=(review,))


def _requested(said: Said) -> Snapshot | None:
    stamp = int(said.at)
    added = [login for user in items(said.payload.get("addedReviewers")) if (login := name(user))]
    changes = [Change(f"review_requested:{who}:{stamp}", "review_requested", said.by, said.at, {"reviewer": who}) for who in added]
    return _since(said.known, said.at, changes=tuple(changes)) if changes else None


def _comment(said: Said) -> Snapshot | None:
    item = said.payload.get("comment")
    if not isinstance(item, dict):
        return None
    found = parse.comment(item, Entry("", "COMMENTED", said.at, item.get("author"), {}), said.people, said.known.url)
    if found is None:
        return None
    edited = (moment(item.get("updatedDate")) or said.at) if said.event == "pr:comment:edited" else None
    return spoken(_since(said.known, said.at), found, edited=edited)


def _pushed(said: Said) -> Snapshot | None:
    head, before = said.known.head, text(said.payload, "previousFromHash")
    data = {"sha": head, "before": before} if before else {"sha": head}
    return _since(said.known, said.at, changes=(Change(f"head:{head}", "synchronized", said.by, said.at, data),)) if head else None


def _ended(said: Said) -> Snapshot | None:
    return replace(closed(said.known, merged=said.event == "pr:merged", at=said.at), created_at=0.0, closed_by=said.by)


_READERS: dict[str, Callable[[Said], Snapshot | None]] = {
    "pr:opened": _opened, "pr:merged": _ended, "pr:declined": _ended, "pr:from_ref_updated": _pushed, "pr:comment:added": _comment,
    "pr:comment:edited": _comment, "pr:reviewer:approved": _verdict, "pr:reviewer:unapproved": _verdict,
    "pr:reviewer:changes_requested": _verdict, "pr:reviewer:updated": _requested,
}  # fmt: skip


# What a delivery of Bitbucket Data Center is about (https://confluence.atlassian.com/bitbucketserver/event-
# payload-938025882.html).

# One event has two names, by version.
_SAME = {"pr:reviewer:needs_work": "pr:reviewer:changes_requested"}


def read(plugin: BitbucketDC, headers: Mapping[str, str], body: bytes) -> Hint:
    """The refs to look at, and what the payload says itself.

    The connection test (`diagnostics:ping`) is about nothing, and has a body of its own.
    """
    payload = payload_of(body)
    event = headers.get("x-event-key", "") or text(payload, "eventKey")
    event = _SAME.get(event, event)
    number, scope = maybe(payload, "pullRequest", "id"), parse.scope(maybe(payload, "pullRequest"))
    known = isinstance(number, int) and not isinstance(number, bool) and scope
    refs = [Ref(plugin.settings.name, scope, str(number), PULL_REQUEST)] if known else []
    told = read_payload(plugin.settings, plugin.me, event, payload) if refs else None
    snapshots = {str(refs[0]): told} if told is not None else {}
    return Hint(refs, event, headers.get("x-request-id", ""), snapshots, loose=is_loose(event))
