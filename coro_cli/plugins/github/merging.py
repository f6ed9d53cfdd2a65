"""What one answer cannot tell, and the last look still knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coro_cli.domain.snapshot import OPEN, Change, Checks, Snapshot, Thread
from coro_cli.plugins.reading import moment
from coro_cli.plugins.wire import text

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
