"""One pull request or issue by REST: several requests each, every page of them. The way that always works."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from coro_cli.domain.durations import rfc3339
from coro_cli.domain.names import ISSUE, PULL_REQUEST
from coro_cli.domain.snapshot import Checks, Snapshot
from coro_cli.plugins.base import Look, Watched
from coro_cli.plugins.github import detect
from coro_cli.plugins.github.reader import rollup
from coro_cli.plugins.reading import every_page, moment
from coro_cli.plugins.wire import Asks, Broken, Gone, Request, items, maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.github import GitHub

PAGES = 200


def whoami() -> Asks[str]:
    """The token's login."""
    answer = yield Request("/user")
    return text(answer.json(), "login")


def of_branch(scope: str, branch: str) -> Asks[str | None]:
    """The number of the branch's newest pull request, open ones first."""
    owner = scope.partition("/")[0]
    query = [("head", f"{owner}:{branch}"), ("state", "all"), ("sort", "created"), ("direction", "desc")]
    answer = yield Request(f"/repos/{quote(scope)}/pulls", query=query)
    found = sorted(items(answer.json()), key=lambda pull: text(pull, "state") != "open")
    return str(found[0]["number"]) if found and "number" in found[0] else None


def place(watched: Watched) -> str:
    """`/repos/acme/api` of a ref."""
    return f"/repos/{quote(watched.ref.scope)}"


def identify(watched: Watched) -> Asks[Watched]:
    """Which of the two it is, its node id and the name the repository goes by now."""
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
        raise Gone(
            f"there is no `{watched.ref}`, or the token may not see it",
            hint="check the name, and that the token may read the repository: coro doctor",
        )
    found = answer.json()
    if isinstance(found, dict) and found.get("pull_request"):
        answer = yield Request(f"{place(watched)}/pulls/{number}")
        return _named(watched, answer.json(), PULL_REQUEST, maybe(answer.json(), "base", "repo", "full_name"))
    return _named(watched, found, ISSUE, "")


def _named(watched: Watched, found: Any, family: str, name: Any) -> Watched:
    scope = name if isinstance(name, str) and name else watched.ref.scope
    ref = replace(watched.ref, scope=scope, family=family)
    return replace(watched, ref=ref, native=text(found, "node_id"), family=family)


def only(look: Look, watched: Watched) -> Snapshot:
    """The one snapshot of a look at one object."""
    for snapshot in look.snapshots.values():
        return snapshot
    if look.failed:
        raise Broken(next(iter(look.failed.values())))
    raise Gone(f"there is no `{watched.ref}`, or the token may not see it")


def look(plugin: GitHub, watched: Watched) -> Asks[Snapshot]:
    """Everything about one object."""
    if watched.family == ISSUE:
        return (yield from _issue(plugin, watched))
    return (yield from _pull(plugin, watched))


def _pull(plugin: GitHub, watched: Watched) -> Asks[Snapshot]:
    from coro_cli.plugins.github import forms

    here, number = place(watched), watched.ref.number
    answer = yield Request(f"{here}/pulls/{number}")
    pull = answer.json()
    since = window(watched)
    reviews = yield from _all(f"{here}/pulls/{number}/reviews")
    comments = yield from _all(f"{here}/issues/{number}/comments", since)
    inline = yield from _all(f"{here}/pulls/{number}/comments", since)
    happenings = yield from _all(f"{here}/issues/{number}/events")
    snapshot = forms.pull(plugin.reader, pull, answer.url, reviews, [*comments, *inline], happenings)
    checks = (yield from _checks(here, snapshot.head)) if watched.checks else None
    return replace(snapshot, checks=checks, looked_at=answer.date, complete_since=since)


def _issue(plugin: GitHub, watched: Watched) -> Asks[Snapshot]:
    from coro_cli.plugins.github import forms

    here, number = place(watched), watched.ref.number
    answer = yield Request(f"{here}/issues/{number}")
    since = window(watched)
    comments = yield from _all(f"{here}/issues/{number}/comments", since)
    happenings = yield from _all(f"{here}/issues/{number}/timeline")
    parent = yield Request(f"{here}/issues/{number}/parent", missing_ok=True)
    repository = yield Request(here)
    found = parent.json() if parent.status == 200 else None
    snapshot = forms.issue(plugin.reader, answer.json(), answer.url, maybe(repository.json(), "id"), comments, happenings, found)
    return replace(snapshot, looked_at=answer.date, complete_since=since, renamed_to=text(repository.json(), "full_name"))


def window(watched: Watched) -> float:
    """From when on comments are read: the last look less an overlap, or what the wait asks for."""
    if watched.previous is not None:
        return watched.previous.looked_at - detect.OVERLAP
    return watched.since - 1


def _all(path: str, since: float | None = None) -> Asks[list[dict[str, Any]]]:
    query = [("per_page", "100")] + ([("since", rfc3339(max(float(int(since)), 0.0)))] if since is not None else [])
    return every_page(Request(path, query=query), most=PAGES)


def _checks(here: str, sha: str) -> Asks[Checks]:
    """Check runs and commit statuses: two systems, both count."""
    runs = yield Request(f"{here}/commits/{quote(sha)}/check-runs", query=[("filter", "latest"), ("per_page", "100")])
    status = yield Request(f"{here}/commits/{quote(sha)}/status", query=[("per_page", "100")])
    verdicts = [
        (text(run, "name"), (text(run, "conclusion") or "").upper(), moment(run.get("completed_at")))
        for run in items(maybe(runs.json(), "check_runs"))
    ]
    verdicts += [
        (text(s, "context"), {"pending": "", "success": "SUCCESS"}.get(text(s, "state"), "FAILURE"), moment(s.get("updated_at")))
        for s in items(maybe(status.json(), "statuses"))
    ]
    return rollup(sha, verdicts)
