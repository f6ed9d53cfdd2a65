"""Which of a repository's watched objects changed: one conditional list request, newest change first.

The list is asked for by `updated`, so the first entry older than the cursor ends it. The cursor is the newest time the
host itself showed; two minutes of overlap make up for replicas that lag.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from coro_cli.domain.names import ISSUE
from coro_cli.plugins.base import Changes, Watched
from coro_cli.plugins.reading import instant, next_link
from coro_cli.plugins.wire import Asks, Broken, Request, Response, items

OVERLAP = 120.0
PAGES = 100


def mark(updated_at: float) -> str:
    """The mark of one state."""
    return str(int(updated_at))


def changes(scope: str, watched: Sequence[Watched], cursor: str | None) -> Asks[Changes]:
    """Marks of the watched objects among the newest changes."""
    wanted = {w.ref.number: str(w.ref) for w in watched}
    # The list of issues has the pull requests too, but only the other one leaves issues out.
    thing = "issues" if any(w.family == ISSUE for w in watched) else "pulls"
    query = (("state", "all"), ("sort", "updated"), ("direction", "desc"), ("per_page", "100"))
    request = Request(f"/repos/{quote(scope)}/{thing}", query=query, conditional=True)
    floor = float(cursor) - OVERLAP if cursor else None
    marks: dict[str, str] = {}
    newest = float(cursor) if cursor else 0.0
    for _ in range(PAGES):
        page = yield request
        if page.not_modified:
            return Changes(cursor=cursor)
        oldest = None
        for number, updated in entries(page):
            newest, oldest = max(newest, updated), updated
            if number in wanted:
                marks[wanted[number]] = mark(updated)
        onward = next_link(page)
        if floor is None or oldest is None or oldest < floor or not onward or len(marks) == len(wanted):
            return Changes(marks, str(newest) if newest else cursor)
        request = Request(onward)
    raise Broken(f"{page.url} has more than {PAGES} pages of changes since the last look")


def entries(page: Response) -> list[tuple[str, float]]:
    """(number, updated_at) of each entry of a list."""
    found = page.json()
    if not isinstance(found, list):
        raise Broken(f"{page.url} answered without a list")
    return [(_number(item, page.url), instant(item.get("updated_at"), "updated_at", page.url)) for item in items(found)]


def _number(item: dict[str, Any], url: str) -> str:
    number = item.get("number")
    if not isinstance(number, int):
        raise Broken(f"{url} answered with an entry without `number`")
    return str(number)
