"""What a delivery of Bitbucket Data Center is about (https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html)."""

from __future__ import annotations

from collections.abc import Mapping

from coro_cli.domain.names import PULL_REQUEST
from coro_cli.domain.refs import Ref
from coro_cli.plugins.base import Hint
from coro_cli.plugins.bitbucket_dc import forms
from coro_cli.plugins.bodies import payload_of
from coro_cli.plugins.wire import maybe, text

# One event has two names, by version.
_SAME = {"pr:reviewer:needs_work": "pr:reviewer:changes_requested"}


def read(name: str, headers: Mapping[str, str], body: bytes) -> Hint:
    """The refs to look at. The connection test (`diagnostics:ping`) is about nothing, and has a body of its own."""
    payload = payload_of(body)
    event = headers.get("x-event-key", "") or text(payload, "eventKey")
    number, scope = maybe(payload, "pullRequest", "id"), forms.scope(maybe(payload, "pullRequest"))
    known = isinstance(number, int) and not isinstance(number, bool) and scope
    refs = [Ref(name, scope, str(number), PULL_REQUEST)] if known else []
    return Hint(refs, _SAME.get(event, event), headers.get("x-request-id", ""))
