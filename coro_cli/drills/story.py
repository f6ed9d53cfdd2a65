"""What a drill tells: the moments of one scenario, what the operator sees, and the promise beside the measurement."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened. at: seconds since the scenario began. who: `host`, `you`, `coro` or `command`."""

    at: float
    who: str
    text: str


@dataclass(slots=True)
class Story:
    """One scenario, played.

    measures: from what to what the time was taken. since: seconds from the scenario's beginning to that "from".
    promise, measured: seconds. One that came later than promised is `late`: on a busy machine no failure, but told.
    """

    name: str
    title: str
    moments: list[Moment] = field(default_factory=list)
    sees: str = ""
    helps: str = ""
    measures: str = ""
    since: float | None = None
    promise: float | None = None
    measured: float | None = None
    failed: str = ""
    seconds: float = 0.0

    @property
    def late(self) -> bool:
        """Whether it took longer than promised."""
        return self.promise is not None and self.measured is not None and self.measured > self.promise

    def as_json(self) -> dict[str, Any]:
        """The scenario as `coro drill --json` prints it."""
        return {
            "scenario": self.name, "title": self.title, "passed": not self.failed, "failed": self.failed or None,
            "seconds": round(self.seconds, 2), "promise": self.promise, "measured": self.measured, "late": self.late,
            "measures": self.measures, "since": self.since,
            "sees": self.sees, "helps": self.helps,
            "moments": [{"at": round(m.at, 2), "who": m.who, "text": m.text} for m in self.moments],
        }  # fmt: skip


class DrillFailed(AssertionError):
    """Something in a drill was not as promised; the message says what."""


def check(true: object, sentence: str) -> None:
    """The drill goes on only if this holds."""
    if not true:
        raise DrillFailed(sentence)
