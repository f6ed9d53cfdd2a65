"""What the readers of issue trackers share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from coro_cli.domain.diff import SUBJECTS, diff
from coro_cli.domain.snapshot import Change, Snapshot
from coro_cli.errors import Unreachable
from coro_cli.plugins.answers import one_by_one
from coro_cli.plugins.base import Look, Watched
from coro_cli.plugins.protocol import Asks, Broken

Found = dict[str, Snapshot]

_WORD_OF = SUBJECTS | {"unlabeled": "label", "unassigned": "assignee", "epic_unlinked": "epic"}
# What was read before is read again for so long: an entry may come to light late.
OVERLAP = 120.0


def window(watched: Watched) -> float:
    """From when on comments and changes are kept: the last look less an overlap, or what the wait asks for."""
    return watched.previous.looked_at - OVERLAP if watched.previous is not None else watched.since - 1


def bounded(found: Sequence[Change], values: Mapping[str, Collection[str]], since: float) -> tuple[Change, ...]:
    """Only what the next look may ask for: what is recent, and the last change that gave a present value.

    values: subject → present values (`{"to": {"Done"}, "label": {…}}`). Without that last change, the state would be
    proved under another key than the one its edge had.
    """
    kept: dict[tuple[str, str], str] = {}
    for change in found:
        for subject, present in values.items():
            value = str(change.data.get(subject, ""))
            if value and value in present:
                kept[(change.name, value)] = change.key
    carriers = set(kept.values())
    return tuple(change for change in found if change.at >= since or change.key in carriers)


def explained(present: Snapshot, previous: Snapshot | None) -> Snapshot:
    """`present`, without the claim to tell what has changed since the last look though no entry of its history says so.

    A history may lag, or not be shown: such a change is found by comparing the two looks.
    """
    if previous is None:
        return present
    known = {previous.epic, *previous.groups}
    listed = {(c.name, c.data.get(_WORD_OF.get(c.name, ""))) for c in present.changes}
    compared = [(name, data.get(_WORD_OF.get(name, ""))) for name, _, data in diff(previous, present)]
    missing = {name for name, what in compared if (name, what) not in listed and not (name == "epic_linked" and what in known)}
    return replace(present, told=tuple(name for name in present.told if name not in missing))


def bulk_first(
    watched: Sequence[Watched], bulk: Callable[[Found], Asks[None]], find: Callable[[Watched], Asks[Snapshot]]
) -> Asks[Look]:
    """Many by few questions, which fill what they are given; those that were left out one by one, each for itself."""
    snapshots: Found = {}
    try:
        yield from bulk(snapshots)
        rest = yield from one_by_one([one for one in watched if str(one.ref) not in snapshots], find)
    except Unreachable as error:
        # What was read before a limit or a failure is good; an answer that is none is not told apart from what it hides.
        if not snapshots or isinstance(error, Broken):
            raise
        return Look(snapshots, ended=error)
    return replace(rest, snapshots=snapshots | dict(rest.snapshots))
