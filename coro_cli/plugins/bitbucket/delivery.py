"""What a delivery of Bitbucket Cloud is about (https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/)."""

from __future__ import annotations

from collections.abc import Mapping

from coro_cli.domain.names import PULL_REQUEST
from coro_cli.domain.refs import Ref
from coro_cli.plugins.base import Hint
from coro_cli.plugins.bodies import payload_of
from coro_cli.plugins.wire import maybe, text


def read(name: str, headers: Mapping[str, str], body: bytes) -> Hint:
    """The refs to look at. A push and a build status name no pull request: the next poll finds what they changed."""
    payload = payload_of(body)
    number, pull = maybe(payload, "pullrequest", "id"), maybe(payload, "pullrequest")
    scope = text(payload, "repository", "full_name") or text(pull, "destination", "repository", "full_name")
    known = isinstance(number, int) and not isinstance(number, bool) and scope.count("/") == 1
    refs = [Ref(name, scope, str(number), PULL_REQUEST)] if known else []
    return Hint(refs, headers.get("x-event-key", ""), headers.get("x-request-uuid", ""))
