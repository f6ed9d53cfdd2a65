"""What a delivery of Bitbucket Data Center is about (https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from coro_cli.domain.names import PULL_REQUEST
from coro_cli.domain.refs import Ref
from coro_cli.plugins.base import Hint
from coro_cli.plugins.bitbucket_dc import forms
from coro_cli.plugins.bitbucket_dc import payload as said
from coro_cli.plugins.bodies import payload_of
from coro_cli.plugins.wire import maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.bitbucket_dc import BitbucketDC

# One event has two names, by version.
_SAME = {"pr:reviewer:needs_work": "pr:reviewer:changes_requested"}


def read(plugin: BitbucketDC, headers: Mapping[str, str], body: bytes) -> Hint:
    """The refs to look at, and what the payload says itself.

    The connection test (`diagnostics:ping`) is about nothing, and has a body of its own.
    """
    payload = payload_of(body)
    event = headers.get("x-event-key", "") or text(payload, "eventKey")
    event = _SAME.get(event, event)
    number, scope = maybe(payload, "pullRequest", "id"), forms.scope(maybe(payload, "pullRequest"))
    known = isinstance(number, int) and not isinstance(number, bool) and scope
    refs = [Ref(plugin.settings.name, scope, str(number), PULL_REQUEST)] if known else []
    told = said.told(plugin.settings, plugin.me, event, payload) if refs else None
    snapshots = {str(refs[0]): told} if told is not None else {}
    return Hint(refs, event, headers.get("x-request-id", ""), snapshots, loose=said.is_loose(event))
