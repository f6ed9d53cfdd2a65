"""Which of a repository's watched pull requests changed: one list request for each fifty of them.

They are asked for by number and in every state (the default is open ones only). Whether an approval moves `updated_on` is
nowhere promised, so the participants, which lists leave out, are asked for as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from coro_cli.plugins import turns
from coro_cli.plugins.base import Changes, Watched
from coro_cli.plugins.bitbucket import forms
from coro_cli.plugins.bodies import every_value, field_of
from coro_cli.plugins.wire import Asks, Request, items

if TYPE_CHECKING:
    from coro_cli.plugins.bitbucket import Bitbucket

PAGE = 50
STATES = tuple(("state", state) for state in ("OPEN", "MERGED", "DECLINED", "SUPERSEDED"))
# Two of the watched are peeked at in each cycle: with the list that makes three requests a repository.
FEW = 2
# And while builds run one peek less, for one is asked about its builds.
QUICK = 1
_FIELDS = "+values.participants,+values.reviewers,-values.description,-values.summary,-values.rendered"
_COMMENTS = "values.id,values.updated_on,values.deleted,values.resolution.created_on"


def changes(plugin: Bitbucket, scope: str, watched: Sequence[Watched], cursor: str | None) -> Asks[Changes]:
    """Marks of the watched pull requests."""
    found: dict[str, str] = {}
    numbers = sorted((w.ref.number for w in watched), key=int)
    for start in range(0, len(numbers), PAGE):
        wanted = " OR ".join(f"id = {number}" for number in numbers[start : start + PAGE])
        query = [*STATES, ("q", wanted), ("pagelen", str(PAGE)), ("fields", _FIELDS)]
        for item in (yield from every_value(Request(f"/repositories/{quote(scope)}/pullrequests", query=query))):
            found[str(item.get("id"))] = forms.listed(item)
    told, plugin.chosen[scope] = yield from turns.changes(watched, cursor, listed=found, peek=peek, few=FEW, ask=QUICK)
    return told


def peek(watched: Watched) -> Asks[str]:
    """Edits and resolved threads, which the list may not tell."""
    answer = yield first_comments(watched.place, watched.ref.number, fields=_COMMENTS)
    return forms.peeked(items(field_of(answer, "values", list)))


def first_comments(scope: str, number: str, *, fields: str = "") -> Request:
    """The first page of comments, the one that changed last first."""
    query = [("pagelen", "100"), ("sort", "-updated_on")] + ([("fields", fields)] if fields else [])
    return Request(f"/repositories/{quote(scope)}/pullrequests/{number}/comments", query=query)
