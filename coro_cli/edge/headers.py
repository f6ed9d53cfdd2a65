"""Which headers of a delivery are kept and passed on: those that say what it is, never those that prove it.

A list of what may pass, not of what may not: a header that carries a secret under a name nobody thought of stays behind.
"""

from __future__ import annotations

from collections.abc import Iterator

from coro_cli.edge.frames import clean
from coro_cli.plugins.base import Descriptor
from coro_cli.webhooks import fields, gate
from coro_cli.webhooks.model import Headers

LONGEST = 500
_PASS = frozenset({
    gate.STALE, "content-type", "user-agent", "webhook-id", "webhook-timestamp", "idempotency-key", "x-request-id", "x-request-uuid",
})  # fmt: skip
_FAMILIES = (
    "x-github-", "x-gitlab-", "x-gitea-", "x-forgejo-", "x-gogs-", "x-event-", "x-hook-", "x-atlassian-webhook-", "linear-", "x-redmine-",
)  # fmt: skip
_PROOF = ("signature", "token", "secret", "auth", "cookie", "password")


def told(headers: Headers, descriptor: Descriptor) -> dict[str, str]:
    """By lower-case name, the first value of each."""
    named = {name.lower() for name in _named(descriptor) if name}
    return {
        name: clean(value)[:LONGEST] for name, value in fields.lowered(headers).items()
        if (name in _PASS or name in named or name.startswith(_FAMILIES)) and not any(word in name for word in _PROOF)
    }  # fmt: skip


def _named(descriptor: Descriptor) -> Iterator[str]:
    for one in (descriptor, *descriptor.weaker):
        yield from (one.delivery, one.event)
