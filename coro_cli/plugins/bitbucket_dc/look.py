"""One pull request of Bitbucket Data Center: itself, its activities (reviews, comments, pushes) and the builds of its head."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from coro_cli.domain.snapshot import Snapshot
from coro_cli.plugins import turns
from coro_cli.plugins.base import Watched
from coro_cli.plugins.bitbucket_dc import builds, detect, forms, history, people
from coro_cli.plugins.bitbucket_dc.limits import user_of
from coro_cli.plugins.bitbucket_dc.pages import every, place
from coro_cli.plugins.bodies import NAMELESS
from coro_cli.plugins.wire import Asks, Denied, Request, Response, items, maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.bitbucket_dc import BitbucketDC


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
    ours = [pull for pull in items(maybe(answer.json(), "values")) if forms.scope(pull).lower() == scope.lower()]
    ours.sort(key=lambda pull: text(pull, "state") != "OPEN")
    return str(ours[0]["id"]) if ours and "id" in ours[0] else None


def look(plugin: BitbucketDC, watched: Watched) -> Asks[Snapshot]:
    """Everything about one pull request."""
    scope, number = watched.place, watched.ref.number
    if watched.quick and watched.previous is not None:
        return (yield from builds.again(plugin, watched, watched.previous))
    answer = yield Request(f"{place(scope)}/pull-requests/{number}")
    pull = answer.json()
    pages: list[Response] = []
    values = yield from every(detect.activities(scope, number), pages=pages)
    known = yield from people.writers(plugin, scope, pull, answer.date)
    who = people.People(plugin.me, known, people.name(maybe(pull, "author", "user")))
    conflicts = yield from _conflicts(scope, number, pull)
    host = plugin.settings.host
    found = forms.snapshot(host, pull, answer.url, who, history.entries(values), conflicts)
    checks = (yield from builds.read(plugin, found.head)) if watched.checks else None
    native = turns.mark(forms.listed(pull, conflicts), forms.peeked(items(maybe(pages[0].json(), "values"))))
    return replace(found, native=native, checks=checks, looked_at=answer.date)


def _conflicts(scope: str, number: str, pull: Any) -> Asks[bool]:
    known = forms.conflicted(pull)
    if known is not None or text(pull, "state") != "OPEN":
        return known is True
    answer = yield Request(f"{place(scope)}/pull-requests/{number}/merge", missing_ok=True)
    return answer.status == 200 and maybe(answer.json(), "conflicted") is True

