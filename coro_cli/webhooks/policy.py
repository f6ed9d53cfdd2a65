"""What to answer a request to `/webhook/…`, and how much a receiver takes on: pure, for the local receiver and the edge."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from coro_cli.plugins.base import Descriptor
from coro_cli.webhooks import signature as header_fields
from coro_cli.webhooks.signature import Headers, Secret, Verdict
from coro_cli.webhooks.verify import verify, verify_path

LARGEST = 25 * 1024 * 1024  # GitHub sends nothing above: https://docs.github.com/webhooks/webhook-events-and-payloads
ROOT = "/webhook/"
HEALTH = ("/health", "/healthz", "/")
# Marks a stored delivery that is authentic, but older than its host's window: it says "look", its payload says nothing.
STALE = "x-coro-stale"
_TYPES = ("application/json", "application/x-www-form-urlencoded")
_PASS = frozenset({
    "content-type", "user-agent", "webhook-id", "webhook-timestamp", "idempotency-key", "x-request-id", "x-request-uuid",
})  # fmt: skip
_FAMILIES = (
    "x-github-", "x-gitlab-", "x-gitea-", "x-forgejo-", "x-gogs-", "x-event-", "x-hook-", "x-atlassian-webhook-", "linear-", "x-redmine-",
)  # fmt: skip
_PROOF = ("signature", "token", "secret", "auth", "cookie", "password")
_KEPT_FIELDS, _KEPT_LENGTH = 60, 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send back: a status, one JSON document, further header fields. reason, advice: for our own log."""

    status: int
    document: Mapping[str, Any]
    headers: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """Whom a request is for. rest: what follows the plugin's name: a suffix, or a token."""

    plugin: str
    rest: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that is what its host sent. delivery: the host's id, or the digest. headers: those that may be kept."""

    plugin: str
    delivery: str
    digest: str
    event: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    secret: str
    received_at: float
    source: str = "webhook"


def refusal(
    status: int, code: str, message: str, *, reason: str = "", advice: str = "", headers: tuple[tuple[str, str], ...] = ()
) -> Answer:
    """An error as JSON."""
    error = {"code": code, "message": message} | ({"reason": reason} if reason else {})
    return Answer(status, {"error": error}, headers, reason or code, advice or message)


def route(method: str, path: str) -> Route | Answer:
    """`/webhook/PLUGIN[/REST]`, by POST. Nothing in it is decoded."""
    parts = path[len(ROOT) :].split("/") if path.startswith(ROOT) else []
    if not 1 <= len(parts) <= 2 or not parts[0]:
        return unknown()
    if method != "POST":
        return refusal(405, "method", "deliveries come by POST", headers=(("Allow", "POST"),))
    return Route(*parts)


def unknown() -> Answer:
    """The same answer for every address that is none: it tells nothing of those that are."""
    return refusal(404, "not-found", "there is nothing at this address", advice="the address is /webhook/PLUGIN")


def admissible(fields: Headers, size: int | None, largest: int = LARGEST) -> Answer | None:
    """What can be refused before the body is read. size: its length where it is known."""
    if size is not None and size > largest:
        return too_large(largest)
    kind = header_fields.lowered(fields).get("content-type", "").partition(";")[0].strip().lower()
    coding = header_fields.lowered(fields).get("content-encoding", "identity").strip().lower()
    json_like = kind.startswith("application/") and kind.endswith("+json")
    if (kind and kind not in _TYPES and not json_like) or coding not in ("", "identity"):
        return refusal(415, "media-type", "deliveries are JSON, or a form with JSON in it, and not compressed")
    return None


def too_large(largest: int = LARGEST) -> Answer:
    """413."""
    return refusal(413, "too-large", f"a delivery has at most {largest} bytes")


def judge(
    route: Route, descriptor: Descriptor, secrets: Sequence[Secret], fields: Headers, body: bytes, *, now: float
) -> Taken | Answer:
    """Verify one delivery. secrets: newest first."""
    if header_fields.strength(descriptor) == 0:
        verdict = verify_path(descriptor, secrets, route.rest, fields, now=now, plugin=route.plugin)
        if not verdict.valid:
            return refusal(404, "not-found", "there is nothing at this address", advice=verdict.advice)
    elif route.rest and route.rest != descriptor.path_suffix.strip("/"):
        return unknown()
    else:
        verdict = verify(descriptor, secrets, fields, body, now=now, plugin=route.plugin)
    stale = is_late(verdict, descriptor)
    if not verdict.valid and not stale:
        return refusal(401, "unauthorized", verdict.message, reason=verdict.reason, advice=verdict.advice)
    return _taken(route.plugin, descriptor, verdict, fields, body, now, stale=stale)


def is_late(verdict: Verdict, descriptor: Descriptor) -> bool:
    """Authentic but old, where the time is part of the body and may stay the same when the host tries again (Linear)."""
    return verdict.reason == "stale" and verdict.authentic and descriptor.timestamp.startswith("body:")


def _taken(
    plugin: str, descriptor: Descriptor, verdict: Verdict, fields: Headers, body: bytes, now: float, *, stale: bool
) -> Taken:
    digest = hashlib.sha256(body).hexdigest()
    event = header_fields.lone(fields, descriptor.event) if descriptor.event else ""
    kept = (*kept_headers(fields, descriptor), *(((STALE, "yes"),) if stale else ()))
    return Taken(plugin, verdict.delivery or digest, digest, event[:100], kept, body, verdict.secret, now)


def kept_headers(fields: Headers, descriptor: Descriptor) -> list[tuple[str, str]]:
    """Those that say what a delivery is, the first value of each. An allow-list: a secret under an unforeseen name stays out."""
    named = _PASS | {name.lower() for one in (descriptor, *descriptor.weaker) for name in (one.delivery, one.event)}
    return [
        (name, value[:_KEPT_LENGTH]) for name, value in header_fields.lowered(fields).items()
        if (name in named or name.startswith(_FAMILIES)) and not any(word in name for word in _PROOF)
    ][:_KEPT_FIELDS]  # fmt: skip


def accepted(delivery: str, *, known: bool) -> Answer:
    """It is on disk. known: it was there before."""
    return Answer(200 if known else 202, {"status": "known" if known else "stored", "delivery": delivery})


def busy(seconds: int = 1) -> Answer:
    """429: more than can be taken in now."""
    return refusal(429, "too-many", "more deliveries than can be taken in now", headers=(("Retry-After", str(seconds)),))


def full(message: str) -> Answer:
    """503: it could not be kept, so it was not accepted; the host has to send it again."""
    return refusal(503, "not-stored", "the delivery could not be stored: send it again", advice=message, headers=(("Retry-After", "30"),))


# How much a receiver takes on: sizes, seconds, connections, requests a second.


_PEERS = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """body: bytes of one delivery; buffered: of all that are being received. rate: requests a second from one address.

    head, body_seconds: for the client to send; idle: between two requests; answer: until we say something, well within
    GitHub's ten seconds.
    """

    body: int = LARGEST
    buffered: int = 128 * 1024 * 1024
    connections: int = 1000
    rate: float = 1000.0
    burst: float = 3000.0
    head: float = 10.0
    body_seconds: float = 30.0
    idle: float = 60.0
    answer: float = 9.0


@dataclass(slots=True)
class Rates:
    """A bucket of requests for each address; the longest unseen is forgotten first."""

    rate: float
    burst: float
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def allow(self, peer: str, now: float) -> bool:
        """Take one; False where the bucket is empty."""
        left, at = self._buckets.pop(peer, (self.burst, now))
        left = min(self.burst, left + (now - at) * self.rate)
        self._buckets[peer] = (max(left - 1, 0.0), now)
        if len(self._buckets) > _PEERS:
            self._buckets.popitem(last=False)
        return left >= 1
