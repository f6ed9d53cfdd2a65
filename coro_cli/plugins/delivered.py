"""What a delivery tells by itself, as a snapshot with just that in it: the same few shapes for all hosts. Pure.

The delivery's own action says what happened. Time stamps never turn one happening into another: hosts stamp a comment anew a
few seconds after it was written, and an edit may come with the comment's first time alone.
"""

from __future__ import annotations

from dataclasses import replace

from coro_cli.domain.snapshot import CLOSED, MERGED, OPEN, Comment, Snapshot


def spoken(known: Snapshot, comment: Comment, *, edited: float | None) -> Snapshot:
    """A comment that was written; or, with the time of it, that was edited: then that it was written is no news."""
    at = comment.at if edited is None else min(comment.at, edited - 1)
    return replace(known, comments=(replace(comment, at=at, edited_at=edited),), complete_since=at if edited is None else edited)


def closed(known: Snapshot, *, merged: bool, at: float) -> Snapshot:
    """An end, though the object beside it may still say that it is open. at: where the object does not tell when."""
    state = MERGED if merged or known.state == MERGED else CLOSED
    ended = (known.merged_at if state == MERGED else None) or known.closed_at or at
    shown = known if known.state != OPEN else replace(known, merged_at=None, closed_at=None)
    return replace(shown, state=state, closed_at=ended, merged_at=ended if state == MERGED else None, complete_since=ended)
