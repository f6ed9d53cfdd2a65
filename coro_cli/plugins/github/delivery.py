"""What a GitHub delivery is about (https://docs.github.com/webhooks/webhook-events-and-payloads)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from coro_cli.domain.names import ISSUE, PULL_REQUEST
from coro_cli.domain.refs import Ref
from coro_cli.plugins.base import Hint
from coro_cli.plugins.wire import Broken, items, maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.github import GitHub


def read(plugin: GitHub, headers: Mapping[str, str], body: bytes) -> Hint:
    """The refs to look at."""
    payload = _payload(headers, body)
    event = headers.get("x-github-event", "")
    name = text(payload, "repository", "full_name")
    refs = [Ref(plugin.settings.name, name, number, family) for number, family in _objects(payload)] if name else []
    action = text(payload, "action")
    return Hint(refs, f"{event}.{action}" if action else event, headers.get("x-github-delivery", ""))


def _payload(headers: Mapping[str, str], body: bytes) -> Any:
    """JSON, or JSON in a form: the signature covers the raw body either way."""
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        body = parse_qs(body.decode("utf-8", "replace")).get("payload", [""])[0].encode()
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Broken("the delivery's body is no JSON") from error


def _objects(payload: Any) -> list[tuple[str, str]]:
    found = []
    for thing, family in (("pull_request", PULL_REQUEST), ("issue", ISSUE)):
        number = maybe(payload, thing, "number")
        if isinstance(number, int):
            found.append((str(number), PULL_REQUEST if maybe(payload, thing, "pull_request") else family))
    for thing in ("check_suite", "check_run", "workflow_run"):
        found += [(str(p["number"]), PULL_REQUEST) for p in items(maybe(payload, thing, "pull_requests")) if isinstance(p.get("number"), int)]
    return found
