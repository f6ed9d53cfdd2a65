"""One pull request of Bitbucket Cloud: itself, its activity, its comments and its build statuses, every page of them.

Pages are joined by `next`, an address that is to be used as it is: some lists are paged by a cursor in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from coro_cli.domain.snapshot import Checks, Snapshot
from coro_cli.plugins import turns
from coro_cli.plugins.base import Watched
from coro_cli.plugins.bitbucket import detect, forms, history, people
from coro_cli.plugins.bodies import NAMELESS, every_value
from coro_cli.plugins.reading import moment, optional
from coro_cli.plugins.verdicts import FAILED, PASSED, PENDING, rollup
from coro_cli.plugins.wire import Asks, Request, Response, items, maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.bitbucket import Bitbucket

_VERDICTS = {"SUCCESSFUL": PASSED, "FAILED": FAILED, "STOPPED": FAILED}


def whoami() -> Asks[str]:
    """The nickname and uuid of the token's own account. An access token of a repository or workspace has none."""
    answer = yield from optional(Request("/user"))
    if answer is None:
        return NAMELESS
    found = answer.json()
    return text(found, "nickname") + people.key(found)


def of_branch(scope: str, branch: str) -> Asks[str | None]:
    """The number of the branch's newest pull request, open ones first."""
    name = branch.replace("\\", "\\\\").replace('"', '\\"')
    wanted = f'source.branch.name = "{name}" AND source.repository.full_name = "{scope}"'
    query = [*detect.STATES, ("q", wanted), ("sort", "-created_on"), ("pagelen", "20")]
    answer = yield Request(f"/repositories/{quote(scope)}/pullrequests", query=query)
    found = sorted(items(maybe(answer.json(), "values")), key=lambda pull: text(pull, "state") != "OPEN")
    return str(found[0]["id"]) if found and "id" in found[0] else None


def look(plugin: Bitbucket, watched: Watched) -> Asks[Snapshot]:
    """Everything about one pull request."""
    scope, number = watched.place, watched.ref.number
    here = f"/repositories/{quote(scope)}/pullrequests/{number}"
    if watched.quick and watched.previous is not None:
        return (yield from _again(here, watched, watched.previous))
    answer = yield Request(here)
    pull = answer.json()
    log = yield from every_value(Request(f"{here}/activity", query=[("pagelen", "50")]))
    pages: list[Response] = []
    comments = yield from every_value(detect.first_comments(scope, number), pages=pages)
    known = yield from people.members(plugin, scope, answer.date)
    who = _people(plugin, known, pull, [*log, *comments])
    host = plugin.settings.host or "bitbucket.org"
    found = forms.snapshot(host, pull, answer.url, who, history.read(log, who.actor), comments)
    checks = (yield from _checks(here, found.head, _pushed(found))) if watched.checks else None
    marked = turns.mark(forms.listed(pull), forms.peeked(items(maybe(pages[0].json(), "values"))))
    return replace(found, native=marked, checks=checks, looked_at=answer.date)


def _again(here: str, watched: Watched, seen: Snapshot) -> Asks[Snapshot]:
    """The checks alone: the time of the look stays, for all else was not looked at."""
    return replace(seen, checks=(yield from _checks(here, seen.head, _pushed(seen))))


def _people(plugin: Bitbucket, known: frozenset[str] | None, pull: Any, spoken: Sequence[dict[str, Any]]) -> people.People:
    named = [maybe(pull, "author"), *items(maybe(pull, "reviewers"))]
    named += [maybe(p, "user") for p in items(maybe(pull, "participants"))]
    for one in spoken:
        named += [maybe(one, "user"), maybe(one, "comment", "user"), maybe(one, "approval", "user"), maybe(one, "update", "author")]
    return people.People(plugin.me, known, people.key(maybe(pull, "author")), people.namesakes(named))


def _checks(here: str, head: str, pushed: float = 0.0) -> Asks[Checks]:
    """Build statuses of the head commit; those of earlier commits are listed too. pushed: when it became the head."""
    found = yield from every_value(Request(f"{here}/statuses", query=[("pagelen", "100")]))
    return rollup(head, _verdicts([s for s in found if _is_of_head(s, head, pushed)]))


def _pushed(seen: Snapshot) -> float:
    return max((change.at for change in seen.changes if change.data.get("sha") == seen.head), default=0.0)


def _is_of_head(status: Any, head: str, pushed: float) -> bool:
    """By its commit; where it names none, by its time."""
    commit = text(status, "commit", "hash")[:12]
    return commit == head if commit else (moment(status.get("updated_on")) or pushed) >= pushed


def _verdicts(statuses: Sequence[dict[str, Any]]) -> list[tuple[str, str, float | None]]:
    return [(text(s, "key"), _VERDICTS.get(text(s, "state"), PENDING), moment(s.get("updated_on"))) for s in statuses]
