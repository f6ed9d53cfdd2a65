"""Which of a repository's watched pull requests changed: one list of the open ones.

Approvals and comments do not move `updatedDate`, so its order says nothing, and the list is read until all watched were in
it. It shows versions, reviewers and counts. Who is missing was merged, declined or deleted: that one is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

from coro_cli.plugins import turns
from coro_cli.plugins.base import Changes, Watched
from coro_cli.plugins.bitbucket_dc import forms
from coro_cli.plugins.bitbucket_dc.pages import every, place
from coro_cli.plugins.wire import Asks

# While builds run one peek less: they are counted in one more request for all.
FEW = 2


def changes(scope: str, watched: Sequence[Watched], cursor: str | None) -> Asks[Changes]:
    """Marks of the watched pull requests."""
    seen = {w.ref.number: w.previous for w in watched}
    found: dict[str, str] = {}
    for item in (yield from every(f"{place(scope)}/pull-requests", [("state", "OPEN"), ("order", "NEWEST")])):
        number = str(item.get("id"))
        if number in seen:
            known, before = forms.conflicted(item), seen[number]
            found[number] = forms.listed(item, known if known is not None else before is not None and before.conflicted)
    told, _ = yield from turns.changes(watched, cursor, listed=found, peek=peek, few=FEW)
    return told


def peek(watched: Watched) -> Asks[str]:
    """Edits, answers and resolved threads, which the list's counts may leave out."""
    return forms.peeked((yield from every(activities(watched.place, watched.ref.number), enough=1)))


def activities(scope: str, number: str) -> str:
    """The path of a pull request's activities."""
    return f"{place(scope)}/pull-requests/{number}/activities"
