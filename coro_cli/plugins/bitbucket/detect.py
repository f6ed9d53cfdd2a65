"""Which of a repository's watched pull requests changed: one list request for each fifty of them.

They are asked for by number and in every state (the default is open ones only). Whether an approval moves `updated_on` is
nowhere promised, so the participants, which lists leave out, are asked for as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from coro_cli.plugins import turns
from coro_cli.plugins.base import Changes, Watched
from coro_cli.plugins.bitbucket import forms
from coro_cli.plugins.bitbucket.limits import NotTaken
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
    numbers = sorted((w.ref.number for w in watched), key=int)
    try:
        values = yield from _by_number(scope, numbers)
    except NotTaken:  # it may not filter by number: those that are open, then, until all of them were in the list
        values = yield from _open(scope, set(numbers))
    found = {str(item.get("id")): forms.listed(item) for item in values}
    told, plugin.chosen[scope] = yield from turns.changes(watched, cursor, listed=found, peek=peek, few=FEW, ask=QUICK)
    return told


def _by_number(scope: str, numbers: Sequence[str]) -> Asks[list[dict[str, Any]]]:
    found: list[dict[str, Any]] = []
    for start in range(0, len(numbers), PAGE):
        wanted = " OR ".join(f"id = {number}" for number in numbers[start : start + PAGE])
        found += yield from every_value(_list(scope, *STATES, ("q", wanted)))
    return found


def _open(scope: str, wanted: set[str]) -> Asks[list[dict[str, Any]]]:
    request = _list(scope, STATES[0], ("sort", "-updated_on"))
    return every_value(request, enough=lambda found: wanted <= {str(item.get("id")) for item in found})


def _list(scope: str, *query: tuple[str, str]) -> Request:
    return Request(f"/repositories/{quote(scope)}/pullrequests", query=[*query, ("pagelen", str(PAGE)), ("fields", _FIELDS)])


def peek(watched: Watched) -> Asks[str]:
    """Edits and resolved threads, which the list may not tell."""
    answer = yield first_comments(watched.place, watched.ref.number, fields=_COMMENTS)
    return forms.peeked(items(field_of(answer, "values", list)))


def first_comments(scope: str, number: str, *, fields: str = "") -> Request:
    """The first page of comments, the one that changed last first."""
    query = [("pagelen", "100"), ("sort", "-updated_on")] + ([("fields", fields)] if fields else [])
    return Request(f"/repositories/{quote(scope)}/pullrequests/{number}/comments", query=query)
