"""Deliveries GitHub could not deliver (https://docs.github.com/rest/repos/webhooks). It does not try again by itself."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from coro_cli.plugins.reading import moment, next_link
from coro_cli.plugins.wire import Asks, Request, items, text

PAGES = 20


@dataclass(frozen=True, slots=True)
class Missed:
    """One delivery that failed. delivery: the id that the receiver would have seen. status: what was answered, 0 for nothing."""

    hook: int
    id: int
    delivery: str
    event: str
    at: float
    status: int


def missed(scope: str, since: float) -> Asks[list[Missed]]:
    """Those of all webhooks of a repository since then, less those that a later try delivered, oldest first."""
    answer = yield Request(f"/repos/{quote(scope)}/hooks", query=[("per_page", "100")])
    found: list[Missed] = []
    for hook in items(answer.json()):
        if isinstance(hook.get("id"), int) and hook.get("active") is not False:
            found += yield from _of_hook(scope, hook["id"], since)
    return sorted(found, key=lambda one: one.at)


def _of_hook(scope: str, hook: int, since: float) -> Asks[list[Missed]]:
    request = Request(f"/repos/{quote(scope)}/hooks/{hook}/deliveries", query=[("per_page", "100")])
    delivered: set[str] = set()
    failed: dict[str, Missed] = {}
    for _ in range(PAGES):
        page = yield request
        oldest = since
        for item in items(page.json()):
            at, guid, status = moment(item.get("delivered_at")) or 0.0, text(item, "guid"), item.get("status_code")
            oldest = min(oldest, at)
            if text(item, "status") == "OK" or (isinstance(status, int) and 200 <= status < 300):
                delivered.add(guid)
            elif at >= since and isinstance(item.get("id"), int) and guid:
                event = ".".join(filter(None, (text(item, "event"), text(item, "action"))))
                # The list is newest first: the first try of a delivery that is met is its last.
                failed.setdefault(guid, Missed(hook, item["id"], guid, event, at, status if isinstance(status, int) else 0))
        onward = next_link(page)
        if not onward or oldest < since:
            break
        request = Request(onward)
    return [one for guid, one in failed.items() if guid not in delivered]


def redeliver(scope: str, one: Missed) -> Asks[None]:
    """Have it sent again, under the same id."""
    yield Request(f"/repos/{quote(scope)}/hooks/{one.hook}/deliveries/{one.id}/attempts", method="POST")
