"""One pull request or issue of GitHub by REST: several requests each, every page of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from coro_cli.domain.durations import rfc3339
from coro_cli.domain.events import ISSUE, PULL_REQUEST
from coro_cli.domain.snapshot import Checks, Snapshot
from coro_cli.plugins.answers import every_page, moment, next_link, optional
from coro_cli.plugins.base import Watched
from coro_cli.plugins.github import changes, graphql, parse
from coro_cli.plugins.github.parse import Reader
from coro_cli.plugins.protocol import Asks, Broken, Denied, Gone, Request, Response, items, maybe, only_here, text, want

if TYPE_CHECKING:
    from coro_cli.plugins.github import GitHub


Json = dict[str, Any]
PAGES = 200
SIZE = 100


def every(path: str, since: float | None = None) -> Asks[list[Json]]:
    """All pages of a list. since: nothing that was last changed before is of interest."""
    query = [("per_page", str(SIZE))] + ([("since", rfc3339(max(float(int(since)), 0.0)))] if since is not None else [])
    request, found, known = Request(path, query=query), list[Json](), set[str]()
    for page in range(1, PAGES + 1):
        answer = yield request
        fresh = [item for item in items(_list(answer)) if str(item.get("id")) not in known]
        found, known = found + fresh, known | {str(item.get("id")) for item in fresh if "id" in item}
        if onward := next_link(answer):
            if not fresh:
                raise Broken(f"{answer.url} leads on to `{onward}` and brings nothing new")
            request = Request(onward)
        elif len(fresh) == SIZE:
            # GitHub names the next page. Behind a proxy that does not, a page that is full to the brim may not be the last.
            request = Request(path, query=[*query, ("page", str(page + 1))])
        else:
            return found
    raise Broken(f"{answer.url} is page {PAGES}, and there are more")


def _list(answer: Response) -> Any:
    found = answer.json()
    if not isinstance(found, list):
        raise Broken(f"{answer.url} answered without a list")
    return found


def listed(reader: Reader, path: str, since: float | None = None, *, quiet: bool = False) -> Asks[list[Json] | None]:
    """The same; None where it is not to be had, which is said aloud unless something else makes up for it (`quiet`)."""
    try:
        return (yield from every(path, since))
    except Gone as error:
        reader.remarks += [] if quiet else [error.message]
    except Denied as error:
        only_here(error)
        reader.oddities += [] if quiet else [error.message]
    return None


def inline(here: str, number: str, since: float) -> Asks[list[Json]]:
    """Comments on lines that are new or edited since then."""
    return every(f"{here}/pulls/{number}/comments", since)


def fetch_repository(watched: Watched, here: str, found: Any = None) -> Asks[int | str]:
    """The repository's number: as the object tells it, as we know it, or as the repository itself does; else its name."""
    told = maybe(found, "base", "repo", "id")
    if isinstance(told, int):
        return told
    if watched.previous is not None:
        return watched.previous.id.rsplit(":", 2)[1]
    answer = yield from optional(Request(here))
    told = maybe(answer.json(), "id") if answer is not None else None
    return told if isinstance(told, int) else watched.place.lower()


def verdicts(plugin: GitHub, here: str, sha: str) -> Asks[tuple[Checks, float]]:
    """Check runs and statuses of a commit, and the host's time of the answer."""
    if not sha:
        raise Broken(f"{here} has a pull request without a usable `head.sha`")
    commit, query = f"{here}/commits/{quote(sha)}", [("per_page", str(SIZE))]
    dates: list[float] = []
    troubles: list[Exception] = []
    found: list[tuple[str, str, Any]] = []
    for read in (_runs, _statuses):
        try:
            some, date = yield from read(commit, query)
            found += some
            dates.append(date)
        except (Gone, Denied) as error:
            only_here(error)
            troubles.append(error)
    rolled = graphql.rollup(plugin.reader, f"{plugin.settings.api_url}{commit}", sha, found)
    hidden = [error for error in troubles if isinstance(error, Denied)]
    # What is hidden may be red, so the rest being green says nothing; what the server does not have is not there.
    if not dates or (hidden and rolled.state != "failed"):
        raise (hidden or troubles)[0]
    return rolled, dates[0]


def _runs(commit: str, query: list[tuple[str, str]]) -> Asks[tuple[list[tuple[str, str, Any]], float]]:
    first = yield Request(f"{commit}/check-runs", query=[("filter", "latest"), *query])
    found = items(want(first.json(), "check_runs", list, first.url))
    if onward := next_link(first):
        found += yield from every_page(Request(onward), within="check_runs", most=PAGES)
    newest = _newest(found, lambda run: (text(run, "name"), maybe(run, "app", "id"), maybe(run, "check_suite", "id")))
    return [(text(run, "name"), text(run, "conclusion"), run.get("completed_at")) for run in newest], first.date


def _statuses(commit: str, query: list[tuple[str, str]]) -> Asks[tuple[list[tuple[str, str, Any]], float]]:
    first = yield Request(f"{commit}/status", query=query)
    found = items(maybe(first.json(), "statuses"))
    if onward := next_link(first):
        found += yield from every_page(Request(onward), within="statuses", most=PAGES)
    newest = _newest(found, lambda status: (text(status, "context"),))
    return [(text(s, "context"), text(s, "state"), s.get("created_at")) for s in newest], first.date


def _newest(found: list[Json], name: Callable[[Json], tuple[Any, ...]]) -> list[Json]:
    """Of several by one name the last one: GitHub leaves out what was run again, a mirror of its API may not."""
    newest: dict[str, Json] = {}
    for item in sorted(found, key=_age):
        newest[repr(name(item) if name(item)[0] else id(item))] = item
    return list(newest.values())


def _age(item: Json) -> tuple[int, float]:
    number = item.get("id")
    return number if isinstance(number, int) else 0, moment(item.get("started_at") or item.get("created_at")) or 0.0


# One pull request or issue by REST: several requests each, every page of them. The way that always works.


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
    rolled, date = yield from verdicts(plugin, here, previous.head)
    return replace(seen, checks=rolled, looked_at=date)


def _pull(plugin: GitHub, watched: Watched) -> Asks[Snapshot]:
    answer = yield Request(f"{place(watched)}/pulls/{watched.ref.number}")
    pull, here = answer.json(), _base(answer.url, "/pulls/")
    number, since, reader = watched.ref.number, window(watched), plugin.reader
    repository = yield from fetch_repository(watched, here, pull)
    reviews = yield from listed(reader, f"{here}/pulls/{number}/reviews")
    comments = yield from listed(reader, f"{here}/issues/{number}/comments", since)
    on_lines = yield from listed(reader, f"{here}/pulls/{number}/comments", since)
    happenings = yield from listed(reader, f"{here}/issues/{number}/events", quiet=True)
    said = [*(comments or ()), *(on_lines or ())]
    snapshot = parse.pull(reader, pull, _plain(answer.url), reviews or [], said, happenings or None, repository=repository)
    if reviews is None and watched.previous is not None:
        snapshot = replace(snapshot, reviews=watched.previous.reviews)
    snapshot = _dated(snapshot, answer, since, whole=None not in (reviews, comments, on_lines))
    snapshot = changes.carried(watched.previous, snapshot, mergeable=pull.get("mergeable"), threads=None)
    return (yield from _with_checks(plugin, snapshot, here)) if watched.checks else snapshot


def _with_checks(plugin: GitHub, snapshot: Snapshot, here: str) -> Asks[Snapshot]:
    """Checks that cannot be read hide nothing else."""
    try:
        rolled, _ = yield from verdicts(plugin, here, snapshot.head)
    except (Gone, Denied, Broken) as error:
        only_here(error)
        plugin.reader.oddities.append(error.message)
        return snapshot
    return replace(snapshot, checks=rolled)


def _issue(plugin: GitHub, watched: Watched) -> Asks[Snapshot]:
    answer = yield Request(f"{place(watched)}/issues/{watched.ref.number}")
    here, number, since, reader = _base(answer.url, "/issues/"), watched.ref.number, window(watched), plugin.reader
    comments = yield from listed(reader, f"{here}/issues/{number}/comments", since)
    happenings = yield from listed(reader, f"{here}/issues/{number}/timeline", quiet=True)
    parent = yield from optional(Request(f"{here}/issues/{number}/parent"))
    home = yield from optional(Request(here))
    told = home.json() if home is not None else None
    repository = yield from fetch_repository(watched, here, {"base": {"repo": told}})
    found = parent.json() if parent is not None else None
    snapshot = parse.issue(reader, answer.json(), _plain(answer.url), repository, comments or [], happenings or None, found)
    snapshot = replace(_dated(snapshot, answer, since, whole=comments is not None), renamed_to=text(told, "full_name"))
    return changes.carried(watched.previous, snapshot, mergeable=True, threads=None)


def _dated(snapshot: Snapshot, answer: Response, since: float, *, whole: bool) -> Snapshot:
    """When it was said. What could not be read now is read from the same instant on when it can be."""
    return replace(snapshot, looked_at=answer.date, complete_since=since, read_to=None if whole else since + changes.OVERLAP)


def _base(url: str, thing: str) -> str:
    """Where the repository really is, after redirects: the rest is asked for there."""
    return url.rpartition(thing)[0]


def _plain(url: str) -> str:
    return url.partition("?")[0]


def window(watched: Watched) -> float:
    """From when on comments are read: the last look less an overlap, or what the wait asks for."""
    seen = watched.previous
    if seen is not None:
        return (seen.looked_at if seen.read_to is None else seen.read_to) - changes.OVERLAP
    return watched.since - 1
