"""What a delivery of Gitea, Forgejo or Gogs is about (https://docs.gitea.com/usage/webhooks).

A review comes without its id and a dismissal not at all, so whatever it says, the object is read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from coro_cli.domain.names import ISSUE, PULL_REQUEST
from coro_cli.domain.ref import Ref
from coro_cli.plugins.base import Hint
from coro_cli.plugins.bodies import payload_of
from coro_cli.plugins.gitea.payload import LOOSE, told
from coro_cli.plugins.wire import maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.gitea import Gitea

_FLAVOURS = ("gitea", "forgejo", "gogs")


def read(plugin: Gitea, headers: Mapping[str, str], body: bytes) -> Hint:
    """The refs to look at; for a commit status the repository, since it names no pull request."""
    payload = payload_of(body, headers)
    scope, repository = text(payload, "repository", "full_name"), maybe(payload, "repository", "id")
    event, action, delivery = _header(headers, "event"), text(payload, "action"), _header(headers, "delivery")
    word = f"{event}.{action}" if action else event
    if scope.count("/") != 1:
        return Hint(event=word, delivery=delivery)
    numbers = _objects(payload)
    refs = [Ref(plugin.settings.name, scope, number, family) for number, family in numbers]
    whole = [scope] if event in ("status", "workflow_run") else []
    if not isinstance(repository, int):
        return Hint(refs, word, delivery, scopes=whole)
    natives = [f"{repository}:{number}" for number, _ in numbers]
    said = told(plugin.settings.host, plugin.me, repository, payload) if len(refs) == 1 else None
    snapshots = {str(refs[0]): said} if said is not None else {}
    return Hint(refs, word, delivery, snapshots, natives=natives, scopes=whole, loose=action in LOOSE)


def _header(headers: Mapping[str, str], word: str) -> str:
    return next((value for flavour in _FLAVOURS if (value := headers.get(f"x-{flavour}-{word}"))), "")


def _objects(payload: Any) -> list[tuple[str, str]]:
    found = []
    for thing, family in (("pull_request", PULL_REQUEST), ("issue", ISSUE)):
        number = maybe(payload, thing, "number") or (maybe(payload, "number") if maybe(payload, thing) else None)
        if isinstance(number, int) and number > 0:
            is_pull = payload.get("is_pull") is True or isinstance(maybe(payload, thing, "pull_request"), dict)
            found.append((str(number), PULL_REQUEST if is_pull else family))
    return list(dict.fromkeys(found))
