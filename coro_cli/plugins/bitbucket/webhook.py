"""A delivery of Bitbucket Cloud: which refs it is about, and what its payload says itself for when the API cannot be read. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from coro_cli.domain.events import PULL_REQUEST, Actor
from coro_cli.domain.parse_ref import Ref
from coro_cli.domain.snapshot import CLOSED, MERGED, OPEN, Change, Review, Snapshot
from coro_cli.plugins.answers import moment, payload_of
from coro_cli.plugins.base import Hint, Settings
from coro_cli.plugins.bitbucket import parse
from coro_cli.plugins.bitbucket.parse import History, People, key, namesakes
from coro_cli.plugins.delivered import spoken
from coro_cli.plugins.protocol import Broken, items, maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.bitbucket import Bitbucket


Json = dict[str, Any]
WHERE = "the delivery"
LOOSE = ("pullrequest:unapproved", "pullrequest:changes_request_removed")


@dataclass(frozen=True, slots=True)
class Said:
    """One delivery that is being read. known: the pull request, as if nothing had ever happened to it."""

    event: str
    payload: Json
    known: Snapshot
    people: People

    @property
    def by(self) -> Actor:
        """Who did it."""
        return self.people.actor(self.payload.get("actor"))


def read_payload(settings: Settings, me: str, event: str, payload: Json) -> Snapshot | None:
    """The snapshot, `complete_since` the instant of what happened; None where that is not told."""
    read, pull = _READERS.get(event), payload.get("pullrequest")
    if read is None or not isinstance(pull, dict):
        return None
    host, who = settings.host or "bitbucket.org", _people(me, payload, pull)
    try:
        known = parse.snapshot(host, pull, WHERE, who, History(), [])
    except Broken:
        return None  # the look at the API says what this cannot
    bare = replace(known, state=OPEN, merged_at=None, closed_at=None, reviews=(), standing_reviews=False, looked_at=known.updated_at)
    return read(Said(event, payload, bare, who))


def _people(me: str, payload: Json, pull: Json) -> People:
    """In a private repository everybody who can speak was let in; of a public one's members no payload tells."""
    private = maybe(payload, "repository", "is_private") is True
    named = [pull.get("author"), payload.get("actor"), *items(pull.get("reviewers"))]
    named += [maybe(one, "user") or one for one in items(pull.get("participants"))]
    return People(me, None if private else frozenset(), key(pull.get("author")), namesakes(named))


def _since(known: Snapshot, at: float | None, **facts: Any) -> Snapshot | None:
    """That it was opened is no news, not even in the same second."""
    return replace(known, created_at=0.0, complete_since=at, **facts) if at is not None else None


def _created(said: Said) -> Snapshot:
    return replace(said.known, complete_since=said.known.created_at)


def _verdict(said: Said) -> Snapshot | None:
    asked = "changes_request" in said.event
    verdict = said.payload.get("changes_request" if asked else "approval")
    user, at = maybe(verdict, "user") or said.payload.get("actor"), moment(maybe(verdict, "date"))
    if at is None or not key(user):
        return None
    state = "dismissed" if said.event in LOOSE else "changes_requested" if asked else "approved"
    review = Review(f"participant:{key(user)}:{int(at)}", said.people.actor(user), state, at, said.known.head)
    return _since(said.known, at, reviews=(review,))


def _comment(said: Said) -> Snapshot | None:
    item = said.payload.get("comment")
    found = parse.comment({"user": said.payload.get("actor"), **item}, said.people) if isinstance(item, dict) else None
    if found is None:
        return None
    edited = (moment(maybe(item, "updated_on")) or said.known.updated_at) if said.event.endswith("updated") else None
    return replace(spoken(said.known, found, edited=edited), created_at=0.0)


def _resolved(said: Said) -> Snapshot | None:
    item = said.payload.get("comment")
    at, number = moment(maybe(item, "resolution", "created_on")), maybe(item, "id")
    if at is None or not isinstance(number, int):
        return None
    change = Change(f"thread:{number}:resolved:{int(at)}", "thread_resolved", said.by, at, {"path": text(item, "inline", "path")})
    return _since(said.known, at, changes=(change,))


def _pushed(said: Said) -> Snapshot | None:
    head, at = said.known.head, said.known.updated_at
    return _since(said.known, at, changes=(Change(f"head:{head}", "synchronized", said.by, at, {"sha": head}),)) if head else None


def _ended(said: Said) -> Snapshot | None:
    at, merged = said.known.updated_at, said.event.endswith("fulfilled")
    sha = text(said.payload, "pullrequest", "merge_commit", "hash") if merged else ""
    facts = {"state": MERGED if merged else CLOSED, "merged_at": at if merged else None, "closed_at": at, "merge_commit": sha}
    return _since(said.known, at, closed_by=said.by, **facts)


_READERS: dict[str, Callable[[Said], Snapshot | None]] = {
    "pullrequest:created": _created, "pullrequest:push": _pushed, "pullrequest:fulfilled": _ended, "pullrequest:rejected": _ended,
    "pullrequest:approved": _verdict, "pullrequest:unapproved": _verdict, "pullrequest:changes_request_created": _verdict,
    "pullrequest:changes_request_removed": _verdict, "pullrequest:comment_created": _comment,
    "pullrequest:comment_updated": _comment, "pullrequest:comment_resolved": _resolved,
}  # fmt: skip


# What a delivery of Bitbucket Cloud is about (https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/).


def read(plugin: Bitbucket, headers: Mapping[str, str], body: bytes) -> Hint:
    """The refs to look at, and what the payload says itself.

    A push and a build status name no pull request: the next poll finds what they changed.
    """
    payload, event = payload_of(body), headers.get("x-event-key", "")
    number, pull = maybe(payload, "pullrequest", "id"), maybe(payload, "pullrequest")
    scope = text(payload, "repository", "full_name") or text(pull, "destination", "repository", "full_name")
    known = isinstance(number, int) and not isinstance(number, bool) and scope.count("/") == 1
    refs = [Ref(plugin.settings.name, scope, str(number), PULL_REQUEST)] if known else []
    told = read_payload(plugin.settings, plugin.me, event, payload) if refs else None
    snapshots = {str(refs[0]): told} if told is not None else {}
    return Hint(refs, event, headers.get("x-request-uuid", ""), snapshots, loose=event in LOOSE)
