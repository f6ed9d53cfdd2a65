"""Pages of Bitbucket Data Center: the server cuts `limit` as it likes, and says where to go on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from coro_cli.plugins.answers import field_of
from coro_cli.plugins.protocol import Asks, Broken, Request, Response, items, maybe

PAGE = 100
MOST = 100


def place(scope: str) -> str:
    """`/projects/PROJ/repos/repo`; a personal project is called `~user`."""
    project, _, repo = scope.partition("/")
    return f"/projects/{quote(project, safe='~')}/repos/{quote(repo, safe='')}"


def every(
    path: str, query: Sequence[tuple[str, str]] = (), *, enough: int | None = None, pages: list[Response] | None = None
) -> Asks[list[dict[str, Any]]]:
    """All values of a list. enough: so many pages will do. pages: gets the answers themselves."""
    found: list[dict[str, Any]] = []
    start = 0
    for _ in range(min(enough or MOST, MOST)):
        page = yield Request(path, query=[*query, ("limit", str(PAGE)), ("start", str(start))])
        if pages is not None:
            pages.append(page)
        found += items(field_of(page, "values", list))
        onward = maybe(page.json(), "nextPageStart")
        if maybe(page.json(), "isLastPage") is not False or not isinstance(onward, int):
            return found
        if onward <= start:
            raise Broken(f"{page.url.partition('?')[0]} leads back to its own beginning")
        start = onward
    if enough is None:
        raise Broken(f"{path} has more than {MOST} pages")
    return found
