"""What a service hook's message is about (https://learn.microsoft.com/azure/devops/service-hooks/events).

Its event stands in the body. How much of the object comes along is the subscriber's choice: with a minimal resource the
repository has an id and no name, and only those that were looked at are known by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from coro_cli.domain.names import PULL_REQUEST
from coro_cli.domain.refs import Ref
from coro_cli.domain.web import address
from coro_cli.errors import UsageError
from coro_cli.plugins.azure import payload as said
from coro_cli.plugins.base import Hint
from coro_cli.plugins.bodies import payload_of
from coro_cli.plugins.wire import maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.azure import Azure

_PULL = re.compile(r"/repositories/([0-9a-fA-F-]{36})/pullRequests/([1-9][0-9]{0,17})\b", re.IGNORECASE)


def read(plugin: Azure, body: bytes) -> Hint:
    """The refs to look at, and what the message says itself."""
    payload = payload_of(body)
    resource = maybe(payload, "resource")
    pull = maybe(resource, "pullRequest") or resource
    number, scope = maybe(pull, "pullRequestId"), _scope(plugin, payload, pull)
    if not isinstance(number, int):
        scope, number = _by_address(plugin, pull)
    refs = [Ref(plugin.settings.name, scope, str(number), PULL_REQUEST)] if scope and number else []
    event, told = text(payload, "eventType"), said.told(plugin, refs[0], payload, pull) if refs else None
    snapshots = {str(refs[0]): told} if told is not None else {}
    return Hint(refs, event, text(payload, "id"), snapshots, loose=said.is_loose(event, told))


def _scope(plugin: Azure, payload: Any, pull: Any) -> str:
    home = maybe(pull, "repository")
    project, name = text(home, "project", "name"), text(home, "name")
    organisation = next(_organisations(plugin, payload, pull), "")
    if organisation and project and name:
        return f"{organisation}/{project}/{name}"
    return plugin.repositories.get(text(home, "id"), "")


def _by_address(plugin: Azure, pull: Any) -> tuple[str, str]:
    hit = _PULL.search(text(pull, "url"))
    return (plugin.repositories.get(hit[1], ""), hit[2]) if hit else ("", "")


def _organisations(plugin: Azure, payload: Any, pull: Any) -> Iterator[str]:
    """The organisation as the addresses in the message tell it; the root's own where that holds it."""
    if plugin.places.rooted:
        yield plugin.places.rooted
    containers = maybe(payload, "resourceContainers")
    for url in (
        text(containers, "account", "baseUrl"), text(containers, "collection", "baseUrl"),
        text(pull, "repository", "remoteUrl"), text(pull, "repository", "url"), text(pull, "url"),
    ):  # fmt: skip
        try:
            path = address(url).path if url else ()
        except UsageError:
            continue
        skip = 1 if path and path[0].lower() == "tfs" else 0
        if len(path) > skip:
            yield path[skip]
