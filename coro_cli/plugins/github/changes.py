"""Which of a repository's watched objects changed, and what the last look still knows that one answer cannot tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any
from urllib.parse import quote

from coro_cli.domain.events import ISSUE
from coro_cli.domain.snapshot import OPEN, Change, Checks, Snapshot, Thread
from coro_cli.plugins.answers import instant, moment, next_link
from coro_cli.plugins.base import Changes, Watched
from coro_cli.plugins.protocol import Asks, Broken, Gone, Overloaded, Request, Response, items, maybe, text, want

OVERLAP = 120.0
SMALLER = "30"


@dataclass(frozen=True, slots=True)
class Position:
    """Where the last detection ended. newest: the newest time the host showed. repository: its id, "" where not told.

    moved: the list was found through a redirect, and every object was looked at for its new name.
    """

    newest: float = 0.0
    repository: str = ""
    moved: bool = False

    @classmethod
    def of(cls, cursor: str | None) -> Position:
        """Read back what `str` gave."""
        newest, _, rest = (cursor or "").partition("@")
        return cls(float(newest or 0), rest.rstrip("!"), rest.endswith("!"))

    def __str__(self) -> str:
        return f"{self.newest}@{self.repository}{'!' if self.moved else ''}"


def mark(updated_at: float) -> str:
    """The mark of one state."""
    return str(int(updated_at))


def changes(scope: str, watched: Sequence[Watched], cursor: str | None) -> Asks[Changes]:
    """Marks of the watched objects among the newest changes.

    Reading on takes a request a page, looking at the watched objects themselves one for 25: whichever is less.
    """
    before = Position.of(cursor)
    wanted = {w.ref.number: str(w.ref) for w in watched}
    floor = _floor(before, watched)
    try:
        page = yield from _first_page(scope, watched)
    except Gone:
        # A server that has no such list has the objects themselves; where the first one is gone too, all is.
        yield Request(f"/repos/{quote(scope)}/{_thing(watched[:1])}/{watched[0].ref.number}")
        return Changes(unknown=list(wanted.values()))
    if page.not_modified:
        return Changes(cursor=cursor)
    after = replace(before, repository=_repository(page) or before.repository, moved=_is_moved(page, scope))
    if (after.moved and not before.moved) or (before.repository and after.repository != before.repository):
        # The name leads elsewhere: only the objects themselves know where they are now.
        return Changes({}, str(after), list(wanted.values()))
    marks: dict[str, str] = {}
    notes: list[str] = []
    ordered = True
    for _ in range(2 + len(watched) // 25):
        found = entries(page, notes)
        marks |= {wanted[number]: mark(at) for number, at in found if number in wanted}
        after = replace(after, newest=max([after.newest, *(at for _, at in found)]))
        onward = next_link(page)
        ordered = ordered and _is_ordered(found)
        if not onward or notes:
            # Who is not on the whole list cannot be quiet: deleted, moved elsewhere. So may be who stands in a spoilt entry.
            break
        if not found or floor is None or (ordered and found[-1][1] < floor) or len(marks) == len(wanted):
            return Changes(marks, str(after))
        page = yield Request(onward)
    return Changes(marks, str(after), [ref for ref in wanted.values() if ref not in marks], notes[:3])


def _floor(before: Position, watched: Sequence[Watched]) -> float | None:
    """Nothing older is of interest."""
    if before.newest:
        return before.newest - OVERLAP
    looks = [w.looked_at for w in watched if w.looked_at is not None]
    return min(looks) - OVERLAP if looks else None


def _first_page(scope: str, watched: Sequence[Watched]) -> Asks[Response]:
    """The newest hundred; fewer where the host cannot make so long an answer in time."""
    query = (("state", "all"), ("sort", "updated"), ("direction", "desc"), ("per_page", "100"))
    request = Request(f"/repos/{quote(scope)}/{_thing(watched)}", query=query, conditional=True)
    try:
        return (yield request)
    except Overloaded:
        return (yield replace(request, query=(*query[:3], ("per_page", SMALLER))))


def _thing(watched: Sequence[Watched]) -> str:
    """The list of issues has the pull requests too, but only the other one leaves issues out."""
    return "issues" if any(w.family == ISSUE for w in watched) else "pulls"


def _is_ordered(found: Sequence[tuple[str, float]]) -> bool:
    """Whether the newest change stands first, as it was asked for."""
    return all(newer >= older for (_, newer), (_, older) in pairwise(found))


def _repository(page: Response) -> str:
    """The id of the repository that the list is of, where its entries tell."""
    for item in items(page.json()):
        if isinstance(number := maybe(item, "base", "repo", "id"), int):
            return str(number)
    return ""


def _is_moved(page: Response, scope: str) -> bool:
    return f"/repos/{quote(scope)}/" not in page.url


def entries(page: Response, notes: list[str]) -> list[tuple[str, float]]:
    """(number, updated_at) of each entry of a list. notes: gets a sentence for each entry that makes no sense."""
    found = page.json()
    if not isinstance(found, list):
        raise Broken(f"{page.url} answered without a list")
    made = []
    for item in items(found):
        try:
            number = want(item, "number", int, f"{page.url} (an entry)")
            made.append((str(number), instant(item.get("updated_at"), "updated_at", f"{page.url} (#{number})")))
        except Broken as error:
            notes.append(error.message)
    return made


# What one answer cannot tell, and the last look still knows.

# Snapshots whose threads were read carry this word among `told`: REST cannot read them.
THREADS = "thread_resolved"
_LONG_AGO = 1.0
_LASTING = {"labeled": "label", "assigned": "assignee", "epic_linked": "epic", "transitioned": "to"}


def carried(previous: Snapshot | None, present: Snapshot, *, mergeable: Any, threads: tuple[Thread, ...] | None) -> Snapshot:
    """The present with what it keeps of the last look.

    mergeable: None while GitHub works it out. threads: None where they could not be asked for.
    """
    if threads is not None:
        present = replace(present, threads=threads_of(previous, threads, present.looked_at), told=(*present.told, THREADS))
    if previous is None:
        return present
    if threads is None and THREADS in previous.told:
        present = replace(present, threads=previous.threads, told=(*present.told, THREADS))
    if mergeable is None and present.state == OPEN and previous.head == present.head:
        present = replace(present, conflicted=previous.conflicted)
    return replace(present, changes=(*_lasting(previous, present), *present.changes))


def _lasting(previous: Snapshot, present: Snapshot) -> list[Change]:
    """What gave the object the labels, people and epic it still has, where the window begins after it.

    It is the proof of a state that holds: with another key the same state would wake the same job again.
    """
    held = {"labeled": present.labels, "assigned": present.assignees, "epic_linked": (present.epic,)}
    held["transitioned"] = (present.status,)
    known = {(c.name, c.data.get(_LASTING[c.name])) for c in present.changes if c.name in _LASTING}
    kept: dict[tuple[str, Any], Change] = {}
    for change in previous.changes:
        if change.name in _LASTING and change.data.get(_LASTING[change.name]) in held[change.name]:
            kept[change.name, change.data[_LASTING[change.name]]] = change
    return [change for what, change in kept.items() if what not in known]


def threads_of(previous: Snapshot | None, found: tuple[Thread, ...], now: float) -> tuple[Thread, ...]:
    """Threads with a version. GitHub keeps no time of a resolution, and a thread may be resolved more than once.

    `at` stays None for the first time. One that is opened again gets the time of that, and the next resolution its own.
    Threads beyond the window stay as they were. A thread that was resolved before threads were looked at is no news.
    """
    if previous is None:
        return found
    before = {thread.key: thread for thread in previous.threads}
    shown = [_versioned(before.get(t.key), t, now, THREADS in previous.told) for t in found]
    present = {thread.key for thread in found}
    return (*(t for t in previous.threads if t.key not in present), *shown)


def _versioned(before: Thread | None, thread: Thread, now: float, watched: bool) -> Thread:
    if before is None:
        return thread if watched or not thread.resolved else replace(thread, at=_LONG_AGO)
    if before.resolved == thread.resolved:
        return replace(thread, at=before.at)
    return replace(thread, at=now) if before.resolved or before.at is not None else thread


def glanced(
    previous: Snapshot, node: dict[str, Any], now: float, *, checks: Checks | None, threads: tuple[Thread, ...] | None
) -> Snapshot | None:
    """The last look with what moves without a sign; None if there are signs, and the whole has to be read."""
    if moment(node.get("updatedAt")) != previous.updated_at or text(node, "headRefOid") != previous.head:
        return None
    conflicted = {"CONFLICTING": True, "MERGEABLE": False}.get(text(node, "mergeable"), previous.conflicted)
    seen = threads_of(previous, threads, now) if threads is not None else previous.threads
    told = previous.told if threads is None or THREADS in previous.told else (*previous.told, THREADS)
    return replace(
        previous, conflicted=conflicted, checks=checks or previous.checks, threads=seen, told=told, looked_at=now
    )  # fmt: skip
