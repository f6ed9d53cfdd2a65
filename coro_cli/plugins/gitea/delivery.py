"""What a delivery of Gitea, Forgejo or Gogs is about (https://docs.gitea.com/usage/webhooks).

A review comes without its id and a dismissal not at all, so whatever it says, the object is read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from coro_cli.domain.names import ISSUE, PULL_REQUEST
from coro_cli.domain.ref import Ref
from coro_cli.plugins.base import Hint
from coro_cli.plugins.bodies import payload_of
from coro_cli.plugins.wire import maybe, text

_FLAVOURS = ("gitea", "forgejo", "gogs")


def read(name: str, headers: Mapping[str, str], body: bytes) -> Hint:
    """The refs to look at; for a commit status the repository, since it names no pull request."""
    payload = payload_of(_json(headers, body))
    scope, repository = text(payload, "repository", "full_name"), maybe(payload, "repository", "id")
    numbers = _objects(payload)
    refs = [Ref(name, scope, number, family) for number, family in numbers] if scope.count("/") == 1 else []
    natives = [f"{repository}:{number}" for number, _ in numbers] if isinstance(repository, int) else []
    event = _header(headers, "event")
    whole = [scope] if event in ("status", "workflow_run") and scope.count("/") == 1 else []
    action = text(payload, "action")
    return Hint(refs, f"{event}.{action}" if action else event, _header(headers, "delivery"), natives=natives, scopes=whole)


def _header(headers: Mapping[str, str], word: str) -> str:
    return next((value for flavour in _FLAVOURS if (value := headers.get(f"x-{flavour}-{word}"))), "")


def _json(headers: Mapping[str, str], body: bytes) -> bytes:
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return parse_qs(body.decode("utf-8", "replace")).get("payload", [""])[0].encode()
    return body


def _objects(payload: Any) -> list[tuple[str, str]]:
    found = []
    for thing, family in (("pull_request", PULL_REQUEST), ("issue", ISSUE)):
        number = maybe(payload, thing, "number") or (maybe(payload, "number") if maybe(payload, thing) else None)
        if isinstance(number, int) and number > 0:
            is_pull = payload.get("is_pull") is True or isinstance(maybe(payload, thing, "pull_request"), dict)
            found.append((str(number), PULL_REQUEST if is_pull else family))
    return list(dict.fromkeys(found))
