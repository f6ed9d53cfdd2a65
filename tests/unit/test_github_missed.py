"""Which deliveries GitHub could not deliver, and asking for them again: recorded answers, no network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from coro_cli.plugins.github.webhook import Missed, missed, redeliver
from coro_cli.plugins.protocol import Asks, Request, Response

URL = "https://api.github.com"


def drive(asks: Asks[Any], answers: Sequence[tuple[Any, dict[str, str]]]) -> tuple[Any, list[Request]]:
    """Answer the questions one after the other; the result and what was asked."""
    asked = []
    try:
        request = next(asks)
        for body, headers in answers:
            asked.append(request)
            request = asks.send(Response(URL + request.path, 200, headers, json.dumps(body).encode(), 0.0))
    except StopIteration as stop:
        return stop.value, asked
    raise AssertionError(f"it asks on: {request}")


def row(id: int, guid: str, code: int, at: str = "2026-11-23T10:00:00Z", **more: Any) -> dict[str, Any]:
    status = "OK" if code == 200 else "Invalid HTTP Response"
    said = {"id": id, "guid": guid, "delivered_at": at, "status_code": code, "status": status}
    return said | {"event": "pull_request", "action": "closed"} | more


SINCE = 1_700_000_000.0


def test_what_failed_and_was_not_delivered_later_is_missed() -> None:
    hooks = [{"id": 7, "active": True}, {"id": 8, "active": False}]
    deliveries = [row(5, "a", 502), row(4, "b", 200), row(3, "b", 500), row(2, "c", 0), row(1, "a", 500)]
    found, asked = drive(missed("acme/api", SINCE), [(hooks, {}), (deliveries, {})])
    assert [(one.id, one.delivery, one.status, one.event) for one in found] == [
        (5, "a", 502, "pull_request.closed"), (2, "c", 0, "pull_request.closed"),
    ]  # fmt: skip
    assert [request.path for request in asked] == ["/repos/acme/api/hooks", "/repos/acme/api/hooks/7/deliveries"]


def test_pages_are_read_until_they_are_too_old() -> None:
    onward = {"link": f'<{URL}/next>; rel="next"'}
    pages = [([row(3, "a", 500)], onward), ([row(2, "b", 500), row(1, "c", 500, at="2020-01-01T00:00:00Z")], onward)]
    found, asked = drive(missed("acme/api", SINCE), [([{"id": 7}], {}), *pages])
    assert {one.delivery for one in found} == {"a", "b"}
    assert asked[-1].path == f"{URL}/next"


def test_nonsense_in_the_lists_is_passed_over() -> None:
    rows = [None, {}, {"guid": "x"}, row(1, "", 500), row(2, "d", 500, delivered_at="never")]
    found, _ = drive(missed("acme/api", SINCE), [([None, {"id": "7"}, {"id": 7}], {}), (rows, {})])
    assert found == []


def test_asking_again_names_hook_and_delivery() -> None:
    one = Missed(7, 5, "a", "push", 0.0, 500)
    _, asked = drive(redeliver("acme/api", one), [({}, {})])
    assert [(request.method, request.path) for request in asked] == [("POST", "/repos/acme/api/hooks/7/deliveries/5/attempts")]
