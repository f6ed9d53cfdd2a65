"""Which of a repository's watched pull requests changed: one list of the active ones, and two of them in turn.

The list shows votes, pushes, drafts, labels and conflicts, and no date. Comments and resolved threads are only in a pull
request's threads, one request each: two of the watched are asked for in each cycle. Who is missing from the list was
completed or abandoned: that one is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from coro_cli.domain.snapshot import OPEN
from coro_cli.plugins import turns
from coro_cli.plugins.azure import forms
from coro_cli.plugins.base import Changes, Watched
from coro_cli.plugins.bodies import field_of
from coro_cli.plugins.wire import Asks, items, maybe

if TYPE_CHECKING:
    from coro_cli.plugins.azure import Azure

TOP = 100
PAGES = 100
FEW = 2
# While checks run one peek less, for one is asked about its checks, in three requests.
QUICK = 1
_MUTE = " without labels"


def changes(plugin: Azure, scope: str, watched: Sequence[Watched], cursor: str | None) -> Asks[Changes]:
    """Marks of the watched pull requests."""
    wanted = {w.ref.number for w in watched if w.previous is not None and w.previous.state == OPEN}
    active = yield from _active(plugin, scope, wanted)
    last, mute = (cursor or "").removesuffix(_MUTE), (cursor or "").endswith(_MUTE)
    mute = mute or (yield from _hides_labels(plugin, watched, active))
    found = {
        number: forms.listed(item, w.previous.labels if mute and w.previous is not None else forms.labels(item))
        for w in watched
        if (item := active.get(number := w.ref.number)) is not None
    }
    told, plugin.chosen[scope] = yield from turns.changes(
        watched, last, listed=found, peek=lambda one: _peek(plugin, one), few=FEW, ask=QUICK
    )
    return replace(told, cursor=f"{told.cursor or ''}{_MUTE if mute else ''}")


def _hides_labels(plugin: Azure, watched: Sequence[Watched], active: Mapping[str, dict[str, Any]]) -> Asks[bool]:
    """Whether this server's lists leave labels out, where that is in doubt: a label is gone from an entry, and no entry has any.

    One request settles it for good: the cursor remembers the answer, if that is yes.
    """
    if any(item.get("labels") for item in active.values()):
        return False
    bare = [w for w in watched if w.previous is not None and w.previous.labels and w.ref.number in active]
    if not bare:
        return False
    here = f"{plugin.places.repository(bare[0].place)}/pullRequests/{bare[0].ref.number}/labels"
    answer = yield plugin.places.ask(here, missing_ok=True)
    return answer.status == 200 and bool(forms.labels({"labels": maybe(answer.json(), "value")}))


def _active(plugin: Azure, scope: str, wanted: set[str]) -> Asks[dict[str, dict[str, Any]]]:
    """The active ones by number, page by page until all wanted were seen."""
    found: dict[str, dict[str, Any]] = {}
    for page in range(PAGES):
        query = (("searchCriteria.status", "active"), ("$top", str(TOP)), ("$skip", str(page * TOP)))
        answer = yield plugin.places.ask(f"{plugin.places.repository(scope)}/pullrequests", *query)
        values = items(field_of(answer, "value", list))
        found |= {str(item.get("pullRequestId")): item for item in values}
        if len(values) < TOP or wanted <= found.keys():
            break
    return found


def _peek(plugin: Azure, watched: Watched) -> Asks[str]:
    return forms.peeked((yield from threads(plugin, watched.place, watched.ref.number)))


def threads(plugin: Azure, scope: str, number: str) -> Asks[list[dict[str, Any]]]:
    """All threads of a pull request: this list has no pages."""
    answer = yield plugin.places.ask(f"{plugin.places.repository(scope)}/pullRequests/{number}/threads")
    return items(field_of(answer, "value", list))
