"""How much a receiver takes on: sizes, seconds, connections, requests a second."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from coro_cli.webhooks.gate import LARGEST

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
