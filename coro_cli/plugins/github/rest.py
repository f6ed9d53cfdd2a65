"""One pull request or issue by REST: several requests each, every page of them. The way that always works."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from coro_cli.domain.durations import rfc3339
from coro_cli.domain.names import ISSUE, PULL_REQUEST
from coro_cli.domain.snapshot import Checks, Snapshot
from coro_cli.plugins.base import Watched
from coro_cli.plugins.github import checks, detect, merging
from coro_cli.plugins.reading import every_page, next_link
from coro_cli.plugins.wire import Asks, Broken, Denied, Gone, Request, items, maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.github import GitHub

PAGES = 200


def whoami() -> Asks[str]:
    """The token's login. The tokens of Actions and of Apps have no user: GraphQL names the bot they act as."""
    try:
        answer = yield Request("/user")
        return text(answer.json(), "login")
    except Denied as error:
        if error.whole:
            raise
    return ""


def of_branch(scope: str, branch: str) -> Asks[str | None]:
    """The number of the branch's newest pull request, open ones first."""
    owner = scope.partition("/")[0]
    query = [("head", f"{owner}:{branch}"), ("state", "all"), ("sort", "created"), ("direction", "desc")]
    answer = yield Request(f"/repos/{quote(scope)}/pulls", query=query)
    found = sorted(items(answer.json()), key=lambda pull: text(pull, "state") != "open")
    return str(found[0]["number"]) if found and "number" in found[0] else None


def place(watched: Watched) -> str:
    """`/repos/acme/api`, by the name it goes by now."""
    return f"/repos/{quote(watched.place)}"


def identify(watched: Watched) -> Asks[Watched]:
    """Which of the two it is, its node id and the name the repository goes by now. Raises Gone."""
    number = watched.ref.number
    if watched.family != ISSUE:
        answer = yield Request(f"{place(watched)}/pulls/{number}", missing_ok=True)
        if answer.status == 200:
            return _named(watched, answer.json(), PULL_REQUEST, maybe(answer.json(), "base", "repo", "full_name"))
        if watched.family == PULL_REQUEST:
            # A browser address may say `pull` for what is an issue: GitHub redirects, so do we.
            watched = replace(watched, family="")
    answer = yield Request(f"{place(watched)}/issues/{number}", missing_ok=True)
    if answer.status != 200:
        raise missing(watched)
    found = answer.json()
    if isinstance(found, dict) and found.get("pull_request"):
        answer = yield Request(f"{place(watched)}/pulls/{number}")
        return _named(watched, answer.json(), PULL_REQUEST, maybe(answer.json(), "base", "repo", "full_name"))
    return _named(watched, found, ISSUE, "")


def missing(watched: Watched) -> Gone:
    """The error for what is not there."""
    return Gone(
        f"there is no `{watched.ref}`, or the token may not see it",
        hint="check the name, and that the token may read the repository: coro doctor",
    )


def _named(watched: Watched, found: Any, family: str, name: Any) -> Watched:
    scope = name if isinstance(name, str) and name else watched.place
    return replace(watched, scope=scope, native=text(found, "node_id"), family=family)


def look(plugin: GitHub, watched: Watched) -> Asks[Snapshot]:
    """Everything about one object. Raises Gone, or Broken where its name belongs to another one by now."""
    if not watched.family:
        watched = yield from identify(watched)
    if watched.quick and watched.previous is not None:
        return (yield from _glance(plugin, watched, watched.previous))
    found = yield from (_issue if watched.family == ISSUE else _pull)(plugin, watched)
    if watched.previous is not None and watched.previous.id != found.id:
        raise Broken(f"`{watched.ref}` is another object now: its name was given away")
    return found


def _glance(plugin: GitHub, watched: Watched, previous: Snapshot) -> Asks[Snapshot]:
    """The checks of the head we know; a conflict only shows on the pull request itself."""
    here = place(watched)
    if watched.restless:
        return (yield from _pull(plugin, watched))
    rolled, date = yield from _checks(plugin, here, previous.head)
    return replace(previous, checks=rolled, looked_at=date)


def _pull(plugin: GitHub, watched: Watched) -> Asks[Snapshot]:
    from coro_cli.plugins.github import forms

    answer = yield Request(f"{place(watched)}/pulls/{watched.ref.number}")
    pull, here = answer.json(), _base(answer.url, "/pulls/")
    number, since = watched.ref.number, window(watched)
    reviews = yield from _all(f"{here}/pulls/{number}/reviews")
    comments = yield from _all(f"{here}/issues/{number}/comments", since)
    on_lines = yield from inline(here, number, since)
    happenings = yield from _all(f"{here}/issues/{number}/events")
    snapshot = forms.pull(plugin.reader, pull, _plain(answer.url), reviews, [*comments, *on_lines], happenings)
    snapshot = replace(snapshot, looked_at=answer.date, complete_since=since)
    snapshot = merging.carried(watched.previous, snapshot, mergeable=pull.get("mergeable"), threads=None)
    if watched.checks:
        rolled, _ = yield from _checks(plugin, here, snapshot.head)
        return replace(snapshot, checks=rolled)
    return snapshot


def _issue(plugin: GitHub, watched: Watched) -> Asks[Snapshot]:
    from coro_cli.plugins.github import forms

    answer = yield Request(f"{place(watched)}/issues/{watched.ref.number}")
    here, number, since = _base(answer.url, "/issues/"), watched.ref.number, window(watched)
    comments = yield from _all(f"{here}/issues/{number}/comments", since)
    happenings = yield from _all(f"{here}/issues/{number}/timeline")
    parent = yield Request(f"{here}/issues/{number}/parent", missing_ok=True)
    repository = (yield Request(here)).json()
    found = parent.json() if parent.status == 200 else None
    identity = maybe(repository, "id")
    snapshot = forms.issue(plugin.reader, answer.json(), _plain(answer.url), identity, comments, happenings, found)
    snapshot = replace(snapshot, looked_at=answer.date, complete_since=since, renamed_to=text(repository, "full_name"))
    return merging.carried(watched.previous, snapshot, mergeable=True, threads=None)


def _base(url: str, thing: str) -> str:
    """Where the repository really is, after redirects: the rest is asked for there."""
    return url.rpartition(thing)[0]


def _plain(url: str) -> str:
    return url.partition("?")[0]


def window(watched: Watched) -> float:
    """From when on comments are read: the last look less an overlap, or what the wait asks for."""
    if watched.previous is not None:
        return watched.previous.looked_at - detect.OVERLAP
    return watched.since - 1


def inline(here: str, number: str, since: float) -> Asks[list[dict[str, Any]]]:
    """Comments on lines that are new or edited since then."""
    return _all(f"{here}/pulls/{number}/comments", since)


def _all(path: str, since: float | None = None) -> Asks[list[dict[str, Any]]]:
    query = [("per_page", "100")] + ([("since", rfc3339(max(float(int(since)), 0.0)))] if since is not None else [])
    return every_page(Request(path, query=query), most=PAGES)


def _checks(plugin: GitHub, here: str, sha: str) -> Asks[tuple[Checks, float]]:
    """Check runs and statuses of a commit, and the host's time of the answer."""
    commit, query = f"{here}/commits/{quote(sha)}", [("per_page", "100")]
    runs = yield from every_page(Request(f"{commit}/check-runs", query=[("filter", "latest"), *query]), within="check_runs")
    first = yield Request(f"{commit}/status", query=query)
    statuses = items(maybe(first.json(), "statuses"))
    if onward := next_link(first):
        statuses += yield from every_page(Request(onward), within="statuses")
    found = [(text(run, "name"), text(run, "conclusion"), run.get("completed_at")) for run in runs]
    found += [(text(s, "context"), text(s, "state"), s.get("created_at")) for s in statuses]
    return checks.rollup(plugin.reader, _plain(first.url), sha, found), first.date
