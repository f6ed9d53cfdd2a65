"""One pull request of Azure DevOps: itself, its threads and its checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from coro_cli.domain.snapshot import Snapshot
from coro_cli.plugins import turns
from coro_cli.plugins.azure import checks, detect, forms
from coro_cli.plugins.azure.people import People, key
from coro_cli.plugins.base import Watched
from coro_cli.plugins.wire import Asks, Broken, Denied, Gone, items, maybe, only_here, text

if TYPE_CHECKING:
    from coro_cli.plugins.azure import Azure


def whoami(plugin: Azure) -> Asks[str]:
    """The token's own account, "" where the root names no organisation."""
    if not plugin.places.rooted:
        return ""
    answer = yield plugin.places.ask("/_apis/connectionData", preview="-preview.1")
    user = maybe(answer.json(), "authenticatedUser")
    plugin.accounts[plugin.places.rooted.lower()] = key(user)
    return text(user, "properties", "Account", "$value") or text(user, "providerDisplayName")


def own_id(plugin: Azure, scope: str) -> Asks[str]:
    """The token's own id in an organisation, asked for once. Not every token may ask."""
    organisation = scope.partition("/")[0].lower()
    if organisation not in plugin.accounts:
        try:
            path = f"{plugin.places.organisation(scope)}/_apis/connectionData"
            answer = yield plugin.places.ask(path, preview="-preview.1")
            plugin.accounts[organisation] = key(maybe(answer.json(), "authenticatedUser"))
        except (Denied, Gone, Broken) as error:
            only_here(error)
            plugin.accounts[organisation] = ""
    return plugin.accounts[organisation]


def of_branch(plugin: Azure, scope: str, branch: str) -> Asks[str | None]:
    """The number of the branch's newest pull request, active ones first."""
    query = (("searchCriteria.sourceRefName", f"refs/heads/{branch}"), ("searchCriteria.status", "all"), ("$top", "50"))
    answer = yield plugin.places.ask(f"{plugin.places.repository(scope)}/pullrequests", *query)
    found = [pull for pull in items(maybe(answer.json(), "value")) if isinstance(pull.get("pullRequestId"), int)]
    found.sort(key=lambda pull: (text(pull, "status") != "active", -pull["pullRequestId"]))
    return str(found[0]["pullRequestId"]) if found else None


def look(plugin: Azure, watched: Watched) -> Asks[Snapshot]:
    """Everything about one pull request."""
    scope, number = watched.place, watched.ref.number
    if watched.quick and watched.previous is not None and scope in plugin.projects:
        return (yield from _again(plugin, watched, watched.previous))
    answer = yield plugin.places.ask(f"{plugin.places.repository(scope)}/pullRequests/{number}")
    pull = answer.json()
    plugin.projects[scope] = text(pull, "repository", "project", "id")
    plugin.repositories[text(pull, "repository", "id")] = scope
    said = yield from detect.threads(plugin, scope, number)
    people = People.of((yield from own_id(plugin, scope)), _identities(pull, said))
    host = plugin.settings.host
    found = forms.snapshot(host, plugin.places.page(scope, number), scope, pull, answer.url, people, said)
    judged = (yield from checks.read(plugin, scope, number, found.head)) if watched.checks else None
    native = turns.mark(forms.listed(pull, forms.labels(pull)), forms.peeked(said))
    return replace(found, native=native, checks=judged, looked_at=answer.date)


def _again(plugin: Azure, watched: Watched, seen: Snapshot) -> Asks[Snapshot]:
    """The checks alone: the time of the look stays, for all else was not looked at."""
    return replace(seen, checks=(yield from checks.read(plugin, watched.place, watched.ref.number, seen.head)))


def _identities(pull: Any, threads: Sequence[dict[str, Any]]) -> list[Any]:
    found = [maybe(pull, "createdBy"), maybe(pull, "closedBy"), *items(maybe(pull, "reviewers"))]
    for thread in threads:
        found += [comment.get("author") for comment in items(thread.get("comments"))]
        identities = thread.get("identities")
        found += list(identities.values()) if isinstance(identities, dict) else []
    return found
