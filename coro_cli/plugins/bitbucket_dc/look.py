"""One pull request of Bitbucket Data Center: itself, its activities (reviews, comments, pushes) and the builds of its head."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from coro_cli.domain.snapshot import Checks, Snapshot
from coro_cli.plugins import turns
from coro_cli.plugins.base import Watched
from coro_cli.plugins.bitbucket_dc import detect, forms, history, people
from coro_cli.plugins.bitbucket_dc.limits import user_of
from coro_cli.plugins.bitbucket_dc.pages import every, place
from coro_cli.plugins.reading import moment
from coro_cli.plugins.verdicts import FAILED, PASSED, PENDING, rollup
from coro_cli.plugins.wire import Asks, Denied, Request, Response, items, maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.bitbucket_dc import BitbucketDC

_VERDICTS = {"SUCCESSFUL": PASSED, "FAILED": FAILED, "CANCELLED": FAILED}


def whoami(name: str) -> Asks[str]:
    """The token's own user. The host has no address for it, but says so in a header of every answer."""
    answer = yield Request("/application-properties")
    user = user_of(answer)
    if not user:
        raise Denied(f"{answer.url} takes the token for nobody's", hint=f"give `{name}` a valid HTTP access token: coro doctor")
    return user


def of_branch(scope: str, branch: str) -> Asks[str | None]:
    """The number of the branch's newest pull request, open ones first."""
    query = [("at", f"refs/heads/{branch}"), ("direction", "OUTGOING"), ("state", "ALL"), ("order", "NEWEST"), ("limit", "25")]
    answer = yield Request(f"{place(scope)}/pull-requests", query=query)
    ours = [pull for pull in items(maybe(answer.json(), "values")) if forms.scope(pull).lower() == scope.lower()]
    ours.sort(key=lambda pull: text(pull, "state") != "OPEN")
    return str(ours[0]["id"]) if ours and "id" in ours[0] else None


def look(plugin: BitbucketDC, watched: Watched) -> Asks[Snapshot]:
    """Everything about one pull request."""
    scope, number = watched.place, watched.ref.number
    if watched.quick and watched.previous is not None:
        return (yield from _again(plugin, watched, watched.previous))
    answer = yield Request(f"{place(scope)}/pull-requests/{number}")
    pull = answer.json()
    pages: list[Response] = []
    values = yield from every(detect.activities(scope, number), pages=pages)
    known = yield from people.writers(plugin, scope, pull, answer.date)
    who = people.People(plugin.me, known, people.name(maybe(pull, "author", "user")))
    conflicts = yield from _conflicts(scope, number, pull)
    host = urlsplit(plugin.settings.web_url).netloc
    found = forms.snapshot(host, pull, answer.url, who, history.entries(values), conflicts)
    checks = (yield from _checks(plugin, found.head))[0] if watched.checks else None
    native = turns.mark(forms.listed(pull, conflicts), forms.peeked(items(maybe(pages[0].json(), "values"))))
    return replace(found, native=native, checks=checks, looked_at=answer.date)


def _again(plugin: BitbucketDC, watched: Watched, seen: Snapshot) -> Asks[Snapshot]:
    """The checks alone. Conflicts are in the list, resolved threads have their turn in `detect`."""
    if not watched.checks:
        return seen
    checks, at = yield from _checks(plugin, seen.head)
    return replace(seen, checks=checks, looked_at=at)


def _conflicts(scope: str, number: str, pull: Any) -> Asks[bool]:
    known = forms.conflicted(pull)
    if known is not None or text(pull, "state") != "OPEN":
        return known is True
    answer = yield Request(f"{place(scope)}/pull-requests/{number}/merge", missing_ok=True)
    return answer.status == 200 and maybe(answer.json(), "conflicted") is True


def _checks(plugin: BitbucketDC, head: str) -> Asks[tuple[Checks, float]]:
    """Build statuses of the head commit, and when they were asked for: an API beside the main one."""
    pages: list[Response] = []
    root = re.sub(r"/api/[^/]+$", "", plugin.settings.api_url.rstrip("/"))
    found = yield from every(f"{root}/build-status/latest/commits/{quote(head, safe='')}", pages=pages)
    told = [(text(b, "key"), _VERDICTS.get(text(b, "state"), PENDING), moment(b.get("updatedDate") or b.get("dateAdded"))) for b in found]
    return rollup(head, told), pages[0].date
