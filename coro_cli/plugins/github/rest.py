"""One pull request or issue by REST: several requests each, every page of them. The way that always works."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from coro_cli.domain.names import ISSUE, PULL_REQUEST
from coro_cli.domain.snapshot import Snapshot
from coro_cli.plugins.base import Watched
from coro_cli.plugins.github import detect, forms, merging, parts
from coro_cli.plugins.reading import moment, optional
from coro_cli.plugins.wire import Asks, Broken, Denied, Gone, Request, Response, items, maybe, only_here, text

if TYPE_CHECKING:
    from coro_cli.plugins.github import GitHub


def whoami() -> Asks[str]:
    """The token's login. The tokens of Actions and of Apps have no user: GraphQL names the bot they act as."""
    answer = yield from optional(Request("/user"))
    return text(answer.json(), "login") if answer is not None else ""


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
    if not watched.family or watched.previous is None:  # what an address calls it may be wrong
        watched = yield from identify(watched)
    if watched.threads:
        plugin.reader.oddities.append(f"resolved threads of `{watched.ref}` are only told by GraphQL, which is not to be had here")
    if watched.quick and watched.previous is not None:
        return (yield from _glance(plugin, watched, watched.previous))
    found = yield from (_issue if watched.family == ISSUE else _pull)(plugin, watched)
    if watched.previous is not None and watched.previous.id != found.id:
        raise Broken(f"`{watched.ref}` is another object now: its name was given away")
    return found


def _glance(plugin: GitHub, watched: Watched, previous: Snapshot) -> Asks[Snapshot]:
    """The checks of the head we know; a conflict only shows on the pull request itself."""
    here, seen = place(watched), previous
    if watched.restless:
        answer = yield Request(f"{here}/pulls/{watched.ref.number}")
        conflicted, here = maybe(answer.json(), "mergeable"), _base(answer.url, "/pulls/")
        if moment(maybe(answer.json(), "updated_at")) != previous.updated_at or text(answer.json(), "head", "sha") != previous.head:
            return (yield from _pull(plugin, replace(watched, quick=False)))
        seen = replace(previous, conflicted=previous.conflicted if conflicted is None else conflicted is False, looked_at=answer.date)
    if not watched.checks:
        return seen
    rolled, date = yield from parts.verdicts(plugin, here, previous.head)
    return replace(seen, checks=rolled, looked_at=date)


def _pull(plugin: GitHub, watched: Watched) -> Asks[Snapshot]:
    answer = yield Request(f"{place(watched)}/pulls/{watched.ref.number}")
    pull, here = answer.json(), _base(answer.url, "/pulls/")
    number, since, reader = watched.ref.number, window(watched), plugin.reader
    repository = yield from parts.repository(watched, here, pull)
    reviews = yield from parts.listed(reader, f"{here}/pulls/{number}/reviews")
    comments = yield from parts.listed(reader, f"{here}/issues/{number}/comments", since)
    on_lines = yield from parts.listed(reader, f"{here}/pulls/{number}/comments", since)
    happenings = yield from parts.listed(reader, f"{here}/issues/{number}/events", quiet=True)
    said = [*(comments or ()), *(on_lines or ())]
    snapshot = forms.pull(reader, pull, _plain(answer.url), reviews or [], said, happenings or None, repository=repository)
    if reviews is None and watched.previous is not None:
        snapshot = replace(snapshot, reviews=watched.previous.reviews)
    snapshot = _dated(snapshot, answer, since, whole=None not in (reviews, comments, on_lines))
    snapshot = merging.carried(watched.previous, snapshot, mergeable=pull.get("mergeable"), threads=None)
    return (yield from _with_checks(plugin, snapshot, here)) if watched.checks else snapshot


def _with_checks(plugin: GitHub, snapshot: Snapshot, here: str) -> Asks[Snapshot]:
    """Checks that cannot be read hide nothing else."""
    try:
        rolled, _ = yield from parts.verdicts(plugin, here, snapshot.head)
    except (Gone, Denied, Broken) as error:
        only_here(error)
        plugin.reader.oddities.append(error.message)
        return snapshot
    return replace(snapshot, checks=rolled)


def _issue(plugin: GitHub, watched: Watched) -> Asks[Snapshot]:
    answer = yield Request(f"{place(watched)}/issues/{watched.ref.number}")
    here, number, since, reader = _base(answer.url, "/issues/"), watched.ref.number, window(watched), plugin.reader
    comments = yield from parts.listed(reader, f"{here}/issues/{number}/comments", since)
    happenings = yield from parts.listed(reader, f"{here}/issues/{number}/timeline", quiet=True)
    parent = yield from optional(Request(f"{here}/issues/{number}/parent"))
    home = yield from optional(Request(here))
    told = home.json() if home is not None else None
    repository = yield from parts.repository(watched, here, {"base": {"repo": told}})
    found = parent.json() if parent is not None else None
    snapshot = forms.issue(reader, answer.json(), _plain(answer.url), repository, comments or [], happenings or None, found)
    snapshot = replace(_dated(snapshot, answer, since, whole=comments is not None), renamed_to=text(told, "full_name"))
    return merging.carried(watched.previous, snapshot, mergeable=True, threads=None)


def _dated(snapshot: Snapshot, answer: Response, since: float, *, whole: bool) -> Snapshot:
    """When it was said. What could not be read now is read from the same instant on when it can be."""
    return replace(snapshot, looked_at=answer.date, complete_since=since, read_to=None if whole else since + detect.OVERLAP)


def _base(url: str, thing: str) -> str:
    """Where the repository really is, after redirects: the rest is asked for there."""
    return url.rpartition(thing)[0]


def _plain(url: str) -> str:
    return url.partition("?")[0]


def window(watched: Watched) -> float:
    """From when on comments are read: the last look less an overlap, or what the wait asks for."""
    seen = watched.previous
    if seen is not None:
        return (seen.looked_at if seen.read_to is None else seen.read_to) - detect.OVERLAP
    return watched.since - 1
