"""What belongs to one pull request or issue, by REST, each list page by page.

A server may not have one of these lists (a proxy, an older GitHub Enterprise), or may hide it from the token: that costs what
only this list tells, never the rest of the object.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from coro_cli.domain.durations import rfc3339
from coro_cli.domain.snapshot import Checks
from coro_cli.plugins.base import Watched
from coro_cli.plugins.github import checks
from coro_cli.plugins.github.reader import Reader
from coro_cli.plugins.reading import every_page, moment, next_link, optional
from coro_cli.plugins.wire import Asks, Broken, Denied, Gone, Request, Response, items, maybe, only_here, text, want

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


def repository(watched: Watched, here: str, found: Any = None) -> Asks[int | str]:
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
    rolled = checks.rollup(plugin.reader, f"{plugin.settings.api_url}{commit}", sha, found)
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
