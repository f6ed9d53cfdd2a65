"""What only a request of its own shows (checks that run, threads, edits): how often to ask, and for whom next."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from coro_cli.domain.snapshot import OPEN, Snapshot
from coro_cli.plugins.base import Changes, Watched
from coro_cli.plugins.protocol import Asks, Broken, Gone

T = TypeVar("T")
FEW, SHARE, LONGEST = 1, 0.1, 600.0


@dataclass(slots=True)
class Patience:
    """now: the host's time at the last detection. asked: how many were asked for since, by scope."""

    now: float = 0.0
    asked: dict[str, int] = field(default_factory=dict)

    def begin(self, scope: str, now: float) -> None:
        """A new cycle begins in this scope."""
        self.now = now
        self.asked[scope] = 0

    def allows(self, watched: Watched) -> bool:
        """Whether to ask for this one now, though nothing says that it changed."""
        if watched.previous is None or is_due(watched.previous, self.now):
            return True
        before = self.asked.get(watched.place, 0)
        self.asked[watched.place] = before + 1
        return before < FEW


def is_due(seen: Snapshot, now: float) -> bool:
    """Whether it is time to ask again. now: the host's time."""
    since = max(seen.updated_at, seen.checks.at or 0.0 if seen.checks is not None else 0.0)
    return now - seen.looked_at >= min((now - since) * SHARE, LONGEST)


def longest_unseen_first(watched: Watched) -> float:
    """What to sort by, so that everyone has a turn."""
    return watched.looked_at or 0.0


def dated(asks: Asks[T], dates: list[float]) -> Asks[T]:
    """The same questions; `dates` gets the host's time of each answer. A refusal goes on to who asked."""
    try:
        request = next(asks)
        while True:
            try:
                answer = yield request
            except Exception as error:
                request = asks.throw(error)
            else:
                dates.append(answer.date)
                request = asks.send(answer)
    except StopIteration as stop:
        found: T = stop.value
        return found


# Watching hosts whose lists do not tell everything: what the list says of each, and a closer look at a few in turn.
#
# Such a mark has two parts, `LISTED.PEEKED`: digests of what the list says and of what only a request of its own shows (edits,
# resolved threads; on Azure all comments). Every cycle asks for the list, and for the second part of a few of the watched
# objects, in turn: so the requests of a cycle do not grow with the jobs, and what the list hides is found within (watched ÷
# few) cycles.


def digest(*facts: object) -> str:
    """A short text that is equal for equal facts."""
    import hashlib

    return hashlib.blake2b(json.dumps(facts, separators=(",", ":")).encode(), digest_size=9).hexdigest()


def mark(listed: str, peeked: str) -> str:
    """Both parts."""
    return f"{listed}.{peeked}"


def few_of(numbers: Sequence[int], last: str | None, few: int) -> list[int]:
    """The next so many after the last one, round and round."""
    ordered = sorted(numbers)
    start = int(last) if last and last.isdecimal() else 0
    onward = [n for n in ordered if n > start] + [n for n in ordered if n <= start]
    return onward[:few]


def is_waiting(one: Watched) -> bool:
    """Whether it waits for checks which are still to come."""
    seen = one.previous
    if not one.checks or seen is None or seen.state != OPEN:
        return False
    return seen.checks is None or seen.checks.state != "passed" or seen.checks.sha != seen.head


def whose_turn(watched: Sequence[Watched], chosen: Mapping[str, set[str]]) -> list[Watched]:
    """What to look at: of those that are only asked about their checks the chosen ones (by repository), and all others.

    What else moves without a sign is not asked for on the side: conflicts are listed, resolved threads are peeked at.
    """
    return [one for one in watched if not one.quick or (one.checks and _is_chosen(one, chosen))]


def _is_chosen(one: Watched, chosen: Mapping[str, set[str]]) -> bool:
    return not is_waiting(one) or one.place not in chosen or str(one.ref) in chosen[one.place]


def changes(
    watched: Sequence[Watched], cursor: str | None,
    *, listed: Mapping[str, str], peek: Callable[[Watched], Asks[str]], few: int, ask: int = 0,
) -> Asks[tuple[Changes, set[str]]]:
    """Marks of the watched objects, and whose checks are to be asked for in this cycle (`ask` of those that wait for them).

    listed: number → digest of the list's entry. Who was open and is not there is looked at; who was closed and is not there
    still has its turn, for people go on talking. few: how many are peeked at, one less where checks are waited for.
    cursor: `PEEKED/ASKED`, the numbers that came last.
    """
    last, _, asked = (cursor or "").partition("/")
    running = {int(one.ref.number): one for one in watched if is_waiting(one)}
    chosen = few_of(list(running), asked, ask)
    marks, unknown, quiet = _compared(watched, listed)
    turn = few_of(list(quiet), last, few - bool(running))
    for number in turn:
        one, now = quiet[number]
        try:
            marks[str(one.ref)] = mark(now, (yield from peek(one)))
        except (Gone, Broken):
            # Its own trouble: the look says what it is, and the others go on.
            unknown.append(str(one.ref))
    onward = f"{turn[-1] if turn else last}/{chosen[-1] if chosen else asked}"
    return Changes(marks, onward, unknown), {str(running[number].ref) for number in chosen}


def _compared(watched: Sequence[Watched], listed: Mapping[str, str]) -> tuple[dict[str, str], list[str], dict[int, tuple[Watched, str]]]:
    """The marks of those whose entry changed, those that have to be looked at, and the rest with what the list says of them."""
    marks: dict[str, str] = {}
    unknown: list[str] = []
    quiet: dict[int, tuple[Watched, str]] = {}
    for one in watched:
        seen, now = one.previous, listed.get(one.ref.number)
        if seen is None:
            continue  # never read: it is looked at whole anyway
        before, _, peeked = seen.native.partition(".")
        if now is None and seen.state == OPEN:
            unknown.append(str(one.ref))
        elif now is not None and now != before:
            marks[str(one.ref)] = mark(now, peeked)
        else:
            quiet[int(one.ref.number)] = (one, before)
    return marks, unknown, quiet
