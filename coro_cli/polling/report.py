"""What one cycle of one plugin did, for whoever asked for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from coro_cli.domain.durations import human
from coro_cli.domain.events import Event

# Downtime that is worth a word.
CATCHING_UP = 3600.0


@dataclass(slots=True)
class Report:
    """caught_up: seconds since the last good one. well: it went to its end.

    reachable, refused: whether the host answered, and whether it (or we, for want of credentials or settings) would not have it.
    queued, finished: the jobs that were woken; one without a command has nothing to run and is done with that.
    """

    plugin: str
    requests: int = 0
    not_modified: int = 0
    charged: int = 0
    errors: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    queued: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    duration: float = 0.0
    caught_up: float = 0.0
    limited_until: float | None = None
    reachable: bool = True
    refused: bool = False
    well: bool = False

    @property
    def note(self) -> str:
        """`caught up 6 d 4 h: 312 events, 3 jobs` after downtime that brought something, else ""."""
        jobs = len({*self.queued, *self.finished})
        if self.caught_up < CATCHING_UP or not (self.events or jobs):
            return ""
        events = f"{len(self.events)} event{'' if len(self.events) == 1 else 's'}"
        return f"caught up {human(self.caught_up)}: {events}, {jobs} job{'' if jobs == 1 else 's'}"
