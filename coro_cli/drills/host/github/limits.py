"""GitHub's rate limits: a budget an hour for each credential and resource, and the secondary limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from coro_cli.drills.host.messages import Response

WINDOW = 3600
ALLOWANCE = {"core": 5000, "graphql": 5000, "search": 30}
ANONYMOUS = {"core": 60, "graphql": 0, "search": 10}
_DOCS = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"


@dataclass(slots=True)
class Bucket:
    """What one credential may still spend on one resource until `reset` (host's clock)."""

    resource: str
    limit: int
    used: int
    reset: int

    @property
    def remaining(self) -> int:
        """What is left, never below zero."""
        return max(0, self.limit - self.used)

    def form(self) -> dict[str, int | str]:
        """As `GET /rate_limit` shows it."""
        return {
            "limit": self.limit, "used": self.used, "remaining": self.remaining,
            "reset": self.reset, "resource": self.resource,
        }

    def headers(self) -> dict[str, str]:
        """The `x-ratelimit-*` headers of every answer."""
        return {f"x-ratelimit-{name}": str(value) for name, value in self.form().items()}


class Limits:
    """All buckets. A bucket fills again when its hour is over."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._wait_until = 0.0

    def bucket(self, token: str, resource: str) -> Bucket:
        """The bucket of a credential (empty: anonymous) for a resource."""
        now = int(self._now())
        known = self._buckets.get((token, resource))
        if known is None or known.reset <= now:
            limit = (ALLOWANCE if token else ANONYMOUS)[resource]
            known = self._buckets[token, resource] = Bucket(resource, limit, 0, now + WINDOW)
        return known

    def set(self, token: str, resource: str, *, remaining: int, reset_in: float) -> None:
        """Leave only so much until then."""
        bucket = self.bucket(token, resource)
        bucket.used = bucket.limit - remaining
        bucket.reset = int(self._now() + reset_in)

    def secondary(self, seconds: float) -> None:
        """Let the secondary limit bite for so long."""
        self._wait_until = self._now() + seconds

    def refusal(self, bucket: Bucket) -> Response | None:
        """What this request gets if a limit bites: the secondary with `retry-after`, the primary with none left."""
        wait = self._wait_until - self._now()
        if wait > 0:
            text = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
            body = {"documentation_url": f"{_DOCS}#about-secondary-rate-limits", "message": text}
            return Response(403, body, {"retry-after": str(-int(-wait // 1))})
        if bucket.remaining > 0:
            return None
        if bucket.resource == "graphql":
            # GraphQL says so with a 200: https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
            return Response(200, {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded."}]})
        text = "API rate limit exceeded. (But here's the good news: authenticated requests get a higher rate limit.)"
        return Response(403, {"message": text, "documentation_url": _DOCS})
