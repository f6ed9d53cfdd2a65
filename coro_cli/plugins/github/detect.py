"""Which of a repository's watched objects changed: one conditional list request, newest change first.

The list is asked for by `updated`, so the first entry older than the cursor ends it. The cursor is the newest time the
host itself showed; two minutes of overlap make up for replicas that lag.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from urllib.parse import quote

from coro_cli.domain.names import ISSUE
from coro_cli.plugins.base import Changes, Watched
from coro_cli.plugins.reading import instant, next_link
from coro_cli.plugins.wire import Asks, Broken, Gone, Overloaded, Request, Response, items, maybe, want

OVERLAP = 120.0
SMALLER = "30"


@dataclass(frozen=True, slots=True)
class Position:
    """Where the last detection ended. newest: the newest time the host showed. repository: its id, "" where not told.

    moved: the list was found through a redirect, and every object was looked at for its new name.
    """

    newest: float = 0.0
    repository: str = ""
    moved: bool = False

    @classmethod
    def of(cls, cursor: str | None) -> Position:
        """Read back what `str` gave."""
        newest, _, rest = (cursor or "").partition("@")
        return cls(float(newest or 0), rest.rstrip("!"), rest.endswith("!"))

    def __str__(self) -> str:
        return f"{self.newest}@{self.repository}{'!' if self.moved else ''}"


def mark(updated_at: float) -> str:
    """The mark of one state."""
    return str(int(updated_at))


def changes(scope: str, watched: Sequence[Watched], cursor: str | None) -> Asks[Changes]:
    """Marks of the watched objects among the newest changes.

    Reading on takes a request a page, looking at the watched objects themselves one for 25: whichever is less.
    """
    before = Position.of(cursor)
    wanted = {w.ref.number: str(w.ref) for w in watched}
    floor = _floor(before, watched)
    try:
        page = yield from _first_page(scope, watched)
    except Gone:
        # A server that has no such list has the objects themselves; where the first one is gone too, all is.
        yield Request(f"/repos/{quote(scope)}/{_thing(watched[:1])}/{watched[0].ref.number}")
        return Changes(unknown=list(wanted.values()))
    if page.not_modified:
        return Changes(cursor=cursor)
    after = replace(before, repository=_repository(page) or before.repository, moved=_is_moved(page, scope))
    if (after.moved and not before.moved) or (before.repository and after.repository != before.repository):
        # The name leads elsewhere: only the objects themselves know where they are now.
        return Changes({}, str(after), list(wanted.values()))
    marks: dict[str, str] = {}
    notes: list[str] = []
    ordered = True
    for _ in range(2 + len(watched) // 25):
        found = entries(page, notes)
        marks |= {wanted[number]: mark(at) for number, at in found if number in wanted}
        after = replace(after, newest=max([after.newest, *(at for _, at in found)]))
        onward = next_link(page)
        ordered = ordered and _is_ordered(found)
        if not onward or notes:
            # Who is not on the whole list cannot be quiet: deleted, moved elsewhere. So may be who stands in a spoilt entry.
            break
        if not found or floor is None or (ordered and found[-1][1] < floor) or len(marks) == len(wanted):
            return Changes(marks, str(after))
        page = yield Request(onward)
    return Changes(marks, str(after), [ref for ref in wanted.values() if ref not in marks], notes[:3])


def _floor(before: Position, watched: Sequence[Watched]) -> float | None:
    """Nothing older is of interest."""
    if before.newest:
        return before.newest - OVERLAP
    looks = [w.looked_at for w in watched if w.looked_at is not None]
    return min(looks) - OVERLAP if looks else None


def _first_page(scope: str, watched: Sequence[Watched]) -> Asks[Response]:
    """The newest hundred; fewer where the host cannot make so long an answer in time."""
    query = (("state", "all"), ("sort", "updated"), ("direction", "desc"), ("per_page", "100"))
    request = Request(f"/repos/{quote(scope)}/{_thing(watched)}", query=query, conditional=True)
    try:
        return (yield request)
    except Overloaded:
        return (yield replace(request, query=(*query[:3], ("per_page", SMALLER))))


def _thing(watched: Sequence[Watched]) -> str:
    """The list of issues has the pull requests too, but only the other one leaves issues out."""
    return "issues" if any(w.family == ISSUE for w in watched) else "pulls"


def _is_ordered(found: Sequence[tuple[str, float]]) -> bool:
    """Whether the newest change stands first, as it was asked for."""
    return all(newer >= older for (_, newer), (_, older) in pairwise(found))


def _repository(page: Response) -> str:
    """The id of the repository that the list is of, where its entries tell."""
    for item in items(page.json()):
        if isinstance(number := maybe(item, "base", "repo", "id"), int):
            return str(number)
    return ""


def _is_moved(page: Response, scope: str) -> bool:
    return f"/repos/{quote(scope)}/" not in page.url


def entries(page: Response, notes: list[str]) -> list[tuple[str, float]]:
    """(number, updated_at) of each entry of a list. notes: gets a sentence for each entry that makes no sense."""
    found = page.json()
    if not isinstance(found, list):
        raise Broken(f"{page.url} answered without a list")
    made = []
    for item in items(found):
        try:
            number = want(item, "number", int, f"{page.url} (an entry)")
            made.append((str(number), instant(item.get("updated_at"), "updated_at", f"{page.url} (#{number})")))
        except Broken as error:
            notes.append(error.message)
    return made
