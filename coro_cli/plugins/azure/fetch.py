"""What to ask Azure DevOps for: one whole object, and what changed in a repository or project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from coro_cli.domain.snapshot import OPEN, Snapshot
from coro_cli.plugins import round_robin
from coro_cli.plugins.answers import field_of
from coro_cli.plugins.azure import parse
from coro_cli.plugins.azure.parse import People, key
from coro_cli.plugins.base import Changes, Settings, Watched
from coro_cli.plugins.protocol import Asks, Broken, Denied, Gone, Request, items, maybe, only_here, text

if TYPE_CHECKING:
    from coro_cli.plugins.azure import Azure


# The oldest that has all we ask for; Server 2020 and all that is newer know it.
VERSION = "6.0"


@dataclass(frozen=True, slots=True)
class Places:
    """What to ask where."""

    settings: Settings

    @property
    def rooted(self) -> str:
        """The organisation that the root ends in; "" for a root above the organisations."""
        last = unquote(urlsplit(self.settings.api_url).path.rstrip("/").rpartition("/")[2])
        return "" if last.lower() in ("", "tfs") else last

    def organisation(self, scope: str) -> str:
        """`/ORG`, empty where the root ends in it."""
        name = scope.partition("/")[0]
        return "" if self.rooted.lower() == name.lower() else f"/{quote(name, safe='')}"

    def project(self, scope: str) -> str:
        """`/ORG/PROJECT`."""
        return f"{self.organisation(scope)}/{quote(scope.split('/')[1], safe='')}"

    def repository(self, scope: str) -> str:
        """`/ORG/PROJECT/_apis/git/repositories/REPO`."""
        return f"{self.project(scope)}/_apis/git/repositories/{quote(scope.split('/')[2], safe='')}"

    def page(self, scope: str, number: str) -> str:
        """The pull request in a browser."""
        return f"{self.settings.web_url}{self.project(scope)}/_git/{quote(scope.split('/')[2], safe='')}/pullrequest/{number}"

    def ask(self, path: str, *query: tuple[str, str], preview: str = "", missing_ok: bool = False) -> Request:
        """A request in the API's version: `api_version` in the configuration, for older servers."""
        version = str(self.settings.options.get("api_version") or VERSION)
        return Request(path, query=[*query, ("api-version", version + preview)], missing_ok=missing_ok)


# One pull request of Azure DevOps: itself, its threads and its checks.


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
    said = yield from threads(plugin, scope, number)
    people = People.of((yield from own_id(plugin, scope)), _identities(pull, said))
    host = plugin.settings.host
    found = parse.snapshot(host, plugin.places.page(scope, number), scope, pull, answer.url, people, said)
    judged = (yield from parse.read(plugin, scope, number, found.head)) if watched.checks else None
    native = round_robin.mark(parse.listed(pull, parse.labels(pull)), parse.peeked(said))
    return replace(found, native=native, checks=judged, looked_at=answer.date)


def _again(plugin: Azure, watched: Watched, seen: Snapshot) -> Asks[Snapshot]:
    """The checks alone: the time of the look stays, for all else was not looked at."""
    return replace(seen, checks=(yield from parse.read(plugin, watched.place, watched.ref.number, seen.head)))


def _identities(pull: Any, threads: Sequence[dict[str, Any]]) -> list[Any]:
    found = [maybe(pull, "createdBy"), maybe(pull, "closedBy"), *items(maybe(pull, "reviewers"))]
    for thread in threads:
        found += [comment.get("author") for comment in items(thread.get("comments"))]
        identities = thread.get("identities")
        found += list(identities.values()) if isinstance(identities, dict) else []
    return found


# Which of a repository's watched pull requests changed: one list of the active ones, and two of them in turn.
#
# The list shows votes, pushes, drafts, labels and conflicts, and no date. Comments and resolved threads are only in a pull
# request's threads, one request each: two of the watched are asked for in each cycle. Who is missing from the list was
# completed or abandoned: that one is looked at.


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
        number: parse.listed(item, w.previous.labels if mute and w.previous is not None else parse.labels(item))
        for w in watched
        if (item := active.get(number := w.ref.number)) is not None
    }
    told, plugin.chosen[scope] = yield from round_robin.changes(
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
    return answer.status == 200 and bool(parse.labels({"labels": maybe(answer.json(), "value")}))


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
    return parse.peeked((yield from threads(plugin, watched.place, watched.ref.number)))


def threads(plugin: Azure, scope: str, number: str) -> Asks[list[dict[str, Any]]]:
    """All threads of a pull request: this list has no pages."""
    answer = yield plugin.places.ask(f"{plugin.places.repository(scope)}/pullRequests/{number}/threads")
    return items(field_of(answer, "value", list))
