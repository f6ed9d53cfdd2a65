"""Reviews of an object that cannot be read, as far as they were told: together they are a state, one alone is not.

An approval satisfies nobody while somebody else's request for changes stands, whichever delivery told of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from coro_cli.domain.events import Event
from coro_cli.domain.names import short_of
from coro_cli.domain.snapshot import Review, Snapshot
from coro_cli.plugins.base import Hint
from coro_cli.store import rows
from coro_cli.store.database import Database
from coro_cli.webhooks import meaning

_REVIEWS = frozenset({"approved", "changes_requested", "reviewed", "review_dismissed"})


def known(db: Database, hint: Hint, told: Sequence[Event]) -> dict[str, Snapshot]:
    """By ref the objects that a review is told of, each with all its reviews. told: the events of the hint."""
    refs = dict.fromkeys(event.ref for event in told if short_of(event.name) in _REVIEWS)
    said = {ref: meaning.said_of(hint, ref) for ref in refs}
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
