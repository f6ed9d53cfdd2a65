"""How many verified deliveries a second one edge takes from one team: a bucket that fills at the team's rate."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

BURST_SECONDS = 10.0
MOST_TEAMS = 100_000


@dataclass(slots=True)
class Rates:
    """Buckets by team: (tokens left, when that was). Only teams that exist get one."""

    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, team: str, rate: float, now: float) -> float:
        """0.0 if the delivery may come in, else the seconds after which one may."""
        if len(self._buckets) > MOST_TEAMS:
            self._buckets.clear()
        most = max(rate * BURST_SECONDS, 1.0)
        left, at = self._buckets.get(team, (most, now))
        left = min(left + (now - at) * rate, most)
        if left < 1.0:
            self._buckets[team] = (left, now)
            return math.ceil((1.0 - left) / rate) if rate > 0 else 60.0
        self._buckets[team] = (left - 1.0, now)
        return 0.0
