"""Reading what all hosts have in common: times, pages, and refusals by status."""

from __future__ import annotations

from typing import Any

from coro_cli.domain.durations import parse_time
from coro_cli.plugins.wire import Asks, Broken, Denied, Gone, Limited, Overloaded, Request, Response, items, want

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


def every_page(request: Request, *, most: int = 200, within: str = "") -> Asks[list[dict[str, Any]]]:
    """The objects of all pages of a list that is paged by Link headers. Broken for an endless chain.

    within: the field that holds the list, where the answer is an object.
    """
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    for _ in range(most):
        page = yield request
        found += items(want(page.json(), within, list, page.url) if within else _list(page))
        onward = next_link(page)
        if not onward:
            return found
        if onward in seen:
            raise Broken(f"{page.url} leads to `{onward}` again and again")
        seen.add(onward)
        request = Request(onward)
    raise Broken(f"{page.url} has more than {most} pages")


def _list(page: Response) -> list[Any]:
    found = page.json()
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
