"""What a delivery means: the plugin reads it, the watched objects it concerns are picked out, its own events are made.

Reviews of an object that cannot be read are taken together as far as they were told. Nothing here speaks HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from coro_cli.domain import diff
from coro_cli.domain.events import Event, short_of
from coro_cli.domain.ref import canonical
from coro_cli.domain.snapshot import Review, Snapshot
from coro_cli.errors import CoroError
from coro_cli.plugins.base import Hint, Plugin, Watched
from coro_cli.plugins.protocol import Broken
from coro_cli.store import rows
from coro_cli.store.database import Database
from coro_cli.webhooks import signature
from coro_cli.webhooks.policy import STALE
from coro_cli.webhooks.signature import Headers

_REVIEWS = frozenset({"approved", "changes_requested", "reviewed", "review_dismissed"})


def known(db: Database, hint: Hint, told: Sequence[Event]) -> dict[str, Snapshot]:
    """By ref the objects that a review is told of, each with all its reviews. told: the events of the hint."""
    refs = dict.fromkeys(event.ref for event in told if short_of(event.name) in _REVIEWS)
    said = {ref: said_of(hint, ref) for ref in refs}
    return {ref: _whole(db, ref, shown, told) for ref, shown in said.items() if shown is not None}


def _whole(db: Database, ref: str, said: Snapshot, told: Sequence[Event]) -> Snapshot:
    """The reviews of the last look, of the log, and those just told.

    Besides them only head and end are in it: of all else a payload may be older than what we know.
    """
    last = rows.snapshot(db.one("object_get", ref=ref))
    found = {review.key: review for review in (last.reviews if last is not None else ())}
    logged = (rows.event(row) for row in db.all("events_on_ref_after", ref=ref, baseline=0, since=0.0))
    for event in (*logged, *told):
        if short_of(event.name) in _REVIEWS and event.ref == ref:
            review = _review(said.id, event)
            # Who dismisses a review is not who gave it.
            earlier = found.get(review.key, review)
            found[review.key] = replace(earlier, state=review.state, at=max(review.at, earlier.at))
    bare = replace(said, labels=(), assignees=(), status="", epic="", groups=(), comments=(), threads=(), changes=(), conflicted=False)
    return replace(bare, reviews=tuple(found.values()))


def _review(id: str, event: Event) -> Review:
    key, _, state = event.key.removeprefix(f"{id}:review:").rpartition(":")
    return Review(key, event.actor, state, event.occurred_at, str(event.data.get("commit", "")), event.body, event.url)


# What a delivery means: the plugin reads it, the watched objects it concerns are picked out, its own events are made.


def read(plugin: Plugin, headers: Headers, body: bytes) -> Hint:
    """What the plugin makes of it. Raises Broken, whatever the body does to the reader: it is text from outside."""
    try:
        hint = plugin.read_delivery(signature.lowered(headers), body)
    except CoroError:
        raise
    except Exception as error:
        raise Broken(f"the delivery cannot be read: {type(error).__name__}") from error
    if signature.values(headers, STALE):
        return replace(hint, snapshots={})
    return hint


def concerned(hint: Hint, watched: Iterable[Watched]) -> list[Watched]:
    """The watched objects a hint is about: named by ref (in any case), by native id, or as one of a repository's."""
    refs = {ref.folded for ref in hint.refs}
    natives = set(hint.natives) - {""}
    scopes = {scope.casefold() for scope in hint.scopes}
    return [
        one for one in watched
        if one.ref.folded in refs or (one.native and one.native in natives)
        or (scopes and one.checks and one.ref.scope.casefold() in scopes)
    ]  # fmt: skip


def said_of(hint: Hint, ref: str) -> Snapshot | None:
    """What the payload says of a watched ref, which may be spelt in another case."""
    wanted = canonical(ref).folded
    return next((said for named, said in hint.snapshots.items() if canonical(named).folded == wanted), None)


def events(hint: Hint, refs: Sequence[str] | None = None, *, source: str = "webhook") -> Iterator[Event]:
    """The events of the payload itself. refs: under which names they are watched (others are left out); None: its own."""
    known = {canonical(ref).folded: ref for ref in refs} if refs is not None else None
    for named, snapshot in hint.snapshots.items():
        ref = named if known is None else known.get(canonical(named).folded)
        if ref is None:
            continue
        since = snapshot.complete_since if snapshot.complete_since is not None else snapshot.updated_at
        for event in diff.found(None, snapshot, ref, since=since):
            yield replace(event, source=source)
