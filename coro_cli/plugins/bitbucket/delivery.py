"""What a delivery of Bitbucket Cloud is about (https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from coro_cli.domain.names import PULL_REQUEST
from coro_cli.domain.refs import Ref
from coro_cli.plugins.base import Hint
from coro_cli.plugins.bitbucket import payload as said
from coro_cli.plugins.bodies import payload_of
from coro_cli.plugins.wire import maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.bitbucket import Bitbucket


def read(plugin: Bitbucket, headers: Mapping[str, str], body: bytes) -> Hint:
    """The refs to look at, and what the payload says itself.

    A push and a build status name no pull request: the next poll finds what they changed.
    """
    payload, event = payload_of(body), headers.get("x-event-key", "")
    number, pull = maybe(payload, "pullrequest", "id"), maybe(payload, "pullrequest")
    scope = text(payload, "repository", "full_name") or text(pull, "destination", "repository", "full_name")
    known = isinstance(number, int) and not isinstance(number, bool) and scope.count("/") == 1
    refs = [Ref(plugin.settings.name, scope, str(number), PULL_REQUEST)] if known else []
    told = said.told(plugin.settings, plugin.me, event, payload) if refs else None
    snapshots = {str(refs[0]): told} if told is not None else {}
    return Hint(refs, event, headers.get("x-request-uuid", ""), snapshots, loose=event in said.LOOSE)
