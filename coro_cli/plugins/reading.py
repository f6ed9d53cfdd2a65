"""Reading what all hosts have in common: times, pages, and refusals by status."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from coro_cli.domain.durations import parse_time
from coro_cli.plugins.wire import Asks, Broken, Denied, Gone, Limited, Overloaded, Request, Response, items, only_here, want

PAUSE = 60.0


def moment(value: Any) -> float | None:
    """A host's time as epoch seconds, or None where there is none (or nonsense)."""
    if not value:
        return None
    try:
        return parse_time(value)
    except ValueError:
        return None


def instant(value: Any, what: str, url: str) -> float:
    """A time that has to be there; Broken naming URL and field where it is not."""
    found = moment(value)
    if found is None:
        raise Broken(f"{url} answered without a usable `{what}`")
    return found


def next_link(page: Response) -> str:
    """The `rel="next"` of a Link header (RFC 8288), "" on the last page."""
    for link in page.headers.get("link", "").split(","):
        target, _, parameters = link.partition(";")
        if 'rel="next"' in parameters.replace(" ", ""):
            return target.strip().strip("<>")
    return ""


def optional(request: Request) -> Asks[Response | None]:
    """The answer; None where this instance, tier or token has no such thing."""
    try:
        return (yield request)
    except (Gone, Denied) as error:
        only_here(error)
        return None


def every_page(
    request: Request, *, most: int = 200, within: str = "", size: str = "", nullable: bool = False
) -> Asks[list[dict[str, Any]]]:
    """The objects of all pages of a list that is paged by Link headers. Broken for an endless chain.

    within: the field that holds the list, where the answer is an object. size: the parameter that asks for so many a page, of
    hosts where a full one may have a successor though no header tells. nullable: `null` is an empty list.
    """
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    before: bytes | None = None
    for _ in range(most):
        page = yield request
        if page.body == before:
            return found  # a host that does not count its pages after all
        values = want(page.json(), within, list, page.url) if within else _list(page, nullable)
        found += items(values)
        linked = next_link(page)
        onward = linked or counted(page, size, len(values), len(found))
        if not onward:
            return found
        if onward in seen:
            raise Broken(f"{page.url} leads to `{onward}` again and again")
        seen.add(onward)
        before = None if linked else page.body
        request = Request(onward)
    raise Broken(f"{page.url} has more than {most} pages")


def counted(page: Response, size: str, here: int, so_far: int) -> str:
    """The address of the next page where no Link header came: by GitLab's `X-Next-Page`, by Gitea's total, or as the page is full."""
    told = page.headers
    if "link" in told or not here:
        return ""
    parts = urlsplit(page.url)
    query = dict(parse_qsl(parts.query))
    total = next((int(n) for name in ("x-total-count", "x-total") if (n := told.get(name, "")).isdecimal()), None)
    asked = query.get(size, "")
    onward = told.get("x-next-page")
    if onward is None:
        more = so_far < total if total is not None else asked.isdecimal() and here >= int(asked)
        number = query.get("page", "1")
        onward = str(int(number) + 1) if more and number.isdecimal() else ""
    if not onward.isdecimal():
        return ""
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "page"]
    return parts._replace(query=urlencode([*kept, ("page", onward)])).geturl()


def _list(page: Response, nullable: bool) -> list[Any]:
    found = page.json()
    if found is None and nullable:
        return []
    if not isinstance(found, list):
        raise Broken(f"{page.url} answered without a list")
    return found


def refusal(response: Response, now: float, plugin: str) -> Exception | None:
    """What a status means at most hosts: 429 Limited, 401 Denied, 403 Denied here only, 404 Gone, 5xx Overloaded."""
    status, url = response.status, response.url.partition("?")[0]
    if status < 300:
        return None
    after = response.headers.get("retry-after", "")
    if status == 429 or (status == 503 and after):
        pause = float(after) if after.isdigit() else PAUSE
        return Limited(f"{url} asks for a pause of {pause:.0f} s", until=now + pause)
    if status == 401:
        return Denied(f"{url} refuses the token (401)", hint=f"give `{plugin}` a valid one: coro doctor")
    if status == 403:
        return Denied(f"{url} forbids it (403)", hint="the token lacks a permission", whole=False)
    if status in (404, 410):
        return Gone(f"{url} does not exist, or the token may not see it ({status})")
    if status >= 500:
        return Overloaded(f"{url} answered {status}")
    return Broken(f"{url} answered {status}")
