"""What an edge process counts, as Prometheus text (https://prometheus.io/docs/instrumenting/exposition_formats/)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# name: (type, what it is)
ABOUT = {
    "coro_edge_requests_total": ("counter", "Webhook requests by status."),
    "coro_edge_refused_total": ("counter", "Deliveries refused, by reason."),
    "coro_edge_deliveries_total": ("counter", "Deliveries stored; again: ones that were there already."),
    "coro_edge_frames_total": ("counter", "Frames, by direction and kind."),
    "coro_edge_released_total": ("counter", "Deliveries taken back from a runner, by why."),
    "coro_edge_closed_total": ("counter", "Sockets closed by the edge, by why."),
    "coro_edge_database_errors_total": ("counter", "Times the database could not be had."),
    "coro_edge_sockets": ("gauge", "Runner sockets open at this edge."),
    "coro_edge_pending": ("gauge", "Deliveries that wait for a runner's acknowledgement, all edges."),
    "coro_edge_parked": ("gauge", "Deliveries that were parked aside, all edges."),
    "coro_edge_oldest_pending_seconds": ("gauge", "Age of the oldest delivery that waits, all edges."),
    "coro_edge_connections": ("gauge", "Runner sockets open, all edges."),
}


@dataclass(slots=True)
class Metrics:
    """Counters of one process. Labels are words of ours, never text from outside."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, name: str, labels: str = "", by: int = 1) -> None:
        """Count. labels: as they are written, `status="200"`."""
        self.counts[name, labels] += by

    def text(self, gauges: Mapping[str, float]) -> str:
        """The page."""
        return "\n".join(self._lines(gauges)) + "\n"

    def _lines(self, gauges: Mapping[str, float]) -> Iterable[str]:
        for name, (kind, about) in ABOUT.items():
            yield f"# HELP {name} {about}"
            yield f"# TYPE {name} {kind}"
            if name in gauges:
                yield f"{name} {gauges[name]:g}"
            for (counted, labels), value in sorted(self.counts.items()):
                if counted == name:
                    yield f"{name}{{{labels}}} {value}" if labels else f"{name} {value}"
