"""What to ask Bitbucket Cloud for: one whole object, and what changed in a repository or project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from coro_cli.domain.snapshot import Checks, Snapshot
from coro_cli.plugins import round_robin
from coro_cli.plugins.answers import FAILED, NAMELESS, PASSED, PENDING, every_value, field_of, moment, optional, rollup
from coro_cli.plugins.base import Changes, Watched
from coro_cli.plugins.bitbucket import parse
from coro_cli.plugins.bitbucket.limits import NotTaken
from coro_cli.plugins.protocol import Asks, Request, Response, items, maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.bitbucket import Bitbucket


_VERDICTS = {"SUCCESSFUL": PASSED, "FAILED": FAILED, "STOPPED": FAILED}


def whoami() -> Asks[str]:
    """The nickname and uuid of the token's own account. An access token of a repository or workspace has none."""
    answer = yield from optional(Request("/user"))
    if answer is None:
        return NAMELESS
    found = answer.json()
    return text(found, "nickname") + parse.key(found)


def of_branch(scope: str, branch: str) -> Asks[str | None]:
    """The number of the branch's newest pull request, open ones first."""
    name = branch.replace("\\", "\\\\").replace('"', '\\"')
    wanted = f'source.branch.name = "{name}" AND source.repository.full_name = "{scope}"'
    query = [*STATES, ("q", wanted), ("sort", "-created_on"), ("pagelen", "20")]
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
    comments = yield from every_value(first_comments(scope, number), pages=pages)
    known = yield from parse.members(plugin, scope, answer.date)
    who = _people(plugin, known, pull, [*log, *comments])
    host = plugin.settings.host or "bitbucket.org"
    found = parse.snapshot(host, pull, answer.url, who, parse.read(log, who.actor), comments)
    checks = (yield from _checks(here, found.head, _pushed(found))) if watched.checks else None
    marked = round_robin.mark(parse.listed(pull), parse.peeked(items(maybe(pages[0].json(), "values"))))
    return replace(found, native=marked, checks=checks, looked_at=answer.date)


def _again(here: str, watched: Watched, seen: Snapshot) -> Asks[Snapshot]:
    """The checks alone: the time of the look stays, for all else was not looked at."""
    return replace(seen, checks=(yield from _checks(here, seen.head, _pushed(seen))))


def _people(plugin: Bitbucket, known: frozenset[str] | None, pull: Any, spoken: Sequence[dict[str, Any]]) -> parse.People:
    named = [maybe(pull, "author"), *items(maybe(pull, "reviewers"))]
    named += [maybe(p, "user") for p in items(maybe(pull, "participants"))]
    for one in spoken:
        named += [maybe(one, "user"), maybe(one, "comment", "user"), maybe(one, "approval", "user"), maybe(one, "update", "author")]
    return parse.People(plugin.me, known, parse.key(maybe(pull, "author")), parse.namesakes(named))


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


# Which of a repository's watched pull requests changed: one list request for each fifty of them.
#
# They are asked for by number and in every state (the default is open ones only). Whether an approval moves `updated_on` is
# nowhere promised, so the participants, which lists leave out, are asked for as well.


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
    found = {str(item.get("id")): parse.listed(item) for item in values}
    told, plugin.chosen[scope] = yield from round_robin.changes(watched, cursor, listed=found, peek=peek, few=FEW, ask=QUICK)
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
    return parse.peeked(items(field_of(answer, "values", list)))


def first_comments(scope: str, number: str, *, fields: str = "") -> Request:
    """The first page of comments, the one that changed last first."""
    query = [("pagelen", "100"), ("sort", "-updated_on")] + ([("fields", fields)] if fields else [])
    return Request(f"/repositories/{quote(scope)}/pullrequests/{number}/comments", query=query)
