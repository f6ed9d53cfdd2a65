"""What a GitHub delivery is about (https://docs.github.com/webhooks/webhook-events-and-payloads)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from coro_cli.domain.names import ISSUE, PULL_REQUEST
from coro_cli.domain.refs import Ref
from coro_cli.plugins.base import Hint
from coro_cli.plugins.bodies import payload_of
from coro_cli.plugins.github import payload as said
from coro_cli.plugins.wire import items, maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.github import GitHub

_CHECKS = ("check_suite", "check_run", "workflow_run")


def read(plugin: GitHub, headers: Mapping[str, str], body: bytes) -> Hint:
    """The refs to look at, and what the payload says of the first."""
    payload = payload_of(body, headers)
    event, action = headers.get("x-github-event", ""), text(payload, "action")
    name = text(payload, "repository", "full_name")
    refs = [Ref(plugin.settings.name, name, number, family) for number, family in _objects(payload)] if name.count("/") == 1 else []
    snapshot = said.told(plugin.reader, event, payload) if refs else None
    return Hint(
        refs, ".".join(filter(None, (event, action))), headers.get("x-github-delivery", ""),
        {str(refs[0]): snapshot} if snapshot is not None else {}, scopes=[name] if _nameless(event, payload) and not refs else (),
        loose=said.is_loose(event, action),
    )  # fmt: skip


def _nameless(event: str, payload: Any) -> bool:
    """A finished check that names no pull request: a commit status never does, nor a check on a fork's commit."""
    if event == "status":
        return text(payload, "state") in ("success", "failure", "error")
    return event in _CHECKS and text(payload, "action") == "completed"


def _objects(payload: Any) -> list[tuple[str, str]]:
    found = []
    for thing, family in (("pull_request", PULL_REQUEST), ("issue", ISSUE), ("sub_issue", ISSUE), ("parent_issue", ISSUE)):
        number = _number(maybe(payload, thing))
        if number:
            found.append((number, PULL_REQUEST if maybe(payload, thing, "pull_request") else family))
    for thing in _CHECKS:
        pulls = [p for p in items(maybe(payload, thing, "pull_requests")) if _is_here(p, payload)]
        found += [(number, PULL_REQUEST) for pull in pulls if (number := _number(pull))]
    return found


def _is_here(pull: Any, payload: Any) -> bool:
    """One commit may be in pull requests of several repositories; the payload lists them all."""
    there, here = maybe(pull, "base", "repo", "id"), maybe(payload, "repository", "id")
    return there is None or there == here


def _number(thing: Any) -> str:
    number = maybe(thing, "number")
    return str(number) if isinstance(number, int) and not isinstance(number, bool) and number > 0 else ""
