"""What to ask Bitbucket Data Center for: one whole object, and what changed in a repository or project."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from coro_cli.domain.snapshot import Checks, Snapshot
from coro_cli.plugins import round_robin
from coro_cli.plugins.answers import FAILED, NAMELESS, PASSED, PENDING, moment, one_by_one, rollup
from coro_cli.plugins.base import Changes, Look, Watched
from coro_cli.plugins.bitbucket_dc import parse
from coro_cli.plugins.bitbucket_dc.limits import user_of
from coro_cli.plugins.bitbucket_dc.pages import every, place
from coro_cli.plugins.protocol import Asks, Broken, Denied, Gone, Request, Response, items, maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.bitbucket_dc import BitbucketDC


_VERDICTS = {"SUCCESSFUL": PASSED, "FAILED": FAILED, "CANCELLED": FAILED}


def fetch_builds(plugin: BitbucketDC, watched: Sequence[Watched]) -> Asks[Look]:
    """All of them; of those that are only asked about their builds the ones whose count has changed."""

    quick = {w.previous.head: w for w in watched if w.quick and w.checks and w.previous is not None and w.previous.head}
    counts = (yield from _counts(plugin, list(quick))) if len(quick) > 1 else {}
    still = {str(one.ref) for head, one in quick.items() if one.previous is not None and _is_same(one.previous.checks, counts.get(head))}
    wanted = round_robin.whose_turn([one for one in watched if str(one.ref) not in still], {})
    return (yield from one_by_one(wanted, lambda one: look(plugin, one)))


def read_builds(plugin: BitbucketDC, head: str) -> Asks[Checks]:
    """Build statuses of one commit."""
    found = yield from every(f"{_root(plugin)}/commits/{quote(head, safe='')}")
    told = [(text(b, "key"), _VERDICTS.get(text(b, "state"), PENDING), moment(b.get("updatedDate") or b.get("dateAdded"))) for b in found]
    return rollup(head, told)


def again(plugin: BitbucketDC, watched: Watched, seen: Snapshot) -> Asks[Snapshot]:
    """The checks alone: the time of the look stays, for all else was not looked at."""
    return replace(seen, checks=(yield from read_builds(plugin, seen.head)))


def _counts(plugin: BitbucketDC, heads: list[str]) -> Asks[dict[str, Any]]:
    """`{commit: {"successful": 2, "failed": 0, "inProgress": 1}}`; nothing from a server that does not know the question."""
    try:
        answer = yield Request(f"{_root(plugin)}/commits/stats", "POST", body=heads)
    except (Gone, Broken):
        return {}
    found = answer.json()
    return found if isinstance(found, dict) else {}


def _is_same(seen: Checks | None, count: Any) -> bool:
    """Whether a count says what we know. A build that is run again with the same result does not change it."""
    if seen is None or not isinstance(count, dict):
        return False
    names = ("successful", "failed", "inProgress", "cancelled", "unknown")
    passed, failed, running, cancelled, unknown = (value if isinstance(value := maybe(count, n), int) else 0 for n in names)
    return (passed + failed + running + cancelled + unknown, failed + cancelled) == (seen.total, len(seen.failing)) and (
        bool(running + unknown) == (seen.state == PENDING) or bool(seen.failing)
    )


def _root(plugin: BitbucketDC) -> str:
    return re.sub(r"/api/[^/]+$", "", plugin.settings.api_url.rstrip("/")) + "/build-status/latest"


# One pull request of Bitbucket Data Center: itself, its activities (reviews, comments, pushes) and the builds of its head.


def whoami(name: str) -> Asks[str]:
    """The token's own user. The host has no address for it, but says so in a header of every answer, if no proxy drops it."""
    answer = yield Request("/application-properties", missing_ok=True)
    if "x-ausername" not in answer.headers:
        return NAMELESS  # a bad token would have been refused
    if not user_of(answer):
        raise Denied(f"{answer.url} takes the token for nobody's", hint=f"give `{name}` a valid HTTP access token: coro doctor")
    return user_of(answer)


def of_branch(scope: str, branch: str) -> Asks[str | None]:
    """The number of the branch's newest pull request, open ones first."""
    query = [("at", f"refs/heads/{branch}"), ("direction", "OUTGOING"), ("state", "ALL"), ("order", "NEWEST"), ("limit", "25")]
    answer = yield Request(f"{place(scope)}/pull-requests", query=query)
    ours = [pull for pull in items(maybe(answer.json(), "values")) if parse.scope(pull).lower() == scope.lower()]
    ours.sort(key=lambda pull: text(pull, "state") != "OPEN")
    return str(ours[0]["id"]) if ours and "id" in ours[0] else None


def look(plugin: BitbucketDC, watched: Watched) -> Asks[Snapshot]:
    """Everything about one pull request."""
    scope, number = watched.place, watched.ref.number
    if watched.quick and watched.previous is not None:
        return (yield from again(plugin, watched, watched.previous))
    answer = yield Request(f"{place(scope)}/pull-requests/{number}")
    pull = answer.json()
    pages: list[Response] = []
    values = yield from every(activities(scope, number), pages=pages)
    known = yield from parse.writers(plugin, scope, pull, answer.date)
    who = parse.People(plugin.me, known, parse.name(maybe(pull, "author", "user")))
    conflicts = yield from _conflicts(scope, number, pull)
    host = plugin.settings.host
    found = parse.snapshot(host, pull, answer.url, who, parse.entries(values), conflicts)
    checks = (yield from read_builds(plugin, found.head)) if watched.checks else None
    native = round_robin.mark(parse.listed(pull, conflicts), parse.peeked(items(maybe(pages[0].json(), "values"))))
    return replace(found, native=native, checks=checks, looked_at=answer.date)


def _conflicts(scope: str, number: str, pull: Any) -> Asks[bool]:
    known = parse.conflicted(pull)
    if known is not None or text(pull, "state") != "OPEN":
        return known is True
    answer = yield Request(f"{place(scope)}/pull-requests/{number}/merge", missing_ok=True)
    return answer.status == 200 and maybe(answer.json(), "conflicted") is True


# Which of a repository's watched pull requests changed: one list of the open ones.
#
# Approvals and comments do not move `updatedDate`, so its order says nothing, and the list is read until all watched were in
# it. It shows versions, reviewers and counts. Who is missing was merged, declined or deleted: that one is looked at.

# While builds run one peek less: they are counted in one more request for all.
FEW = 2


def changes(scope: str, watched: Sequence[Watched], cursor: str | None) -> Asks[Changes]:
    """Marks of the watched pull requests."""
    seen = {w.ref.number: w.previous for w in watched}
    found: dict[str, str] = {}
    for item in (yield from every(f"{place(scope)}/pull-requests", [("state", "OPEN"), ("order", "NEWEST")])):
        number = str(item.get("id"))
        if number in seen:
            known, before = parse.conflicted(item), seen[number]
            found[number] = parse.listed(item, known if known is not None else before is not None and before.conflicted)
    told, _ = yield from round_robin.changes(watched, cursor, listed=found, peek=peek, few=FEW)
    return told


def peek(watched: Watched) -> Asks[str]:
    """Edits, answers and resolved threads, which the list's counts may leave out."""
    return parse.peeked((yield from every(activities(watched.place, watched.ref.number), enough=1)))


def activities(scope: str, number: str) -> str:
    """The path of a pull request's activities."""
    return f"{place(scope)}/pull-requests/{number}/activities"
