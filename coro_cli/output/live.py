"""`coro start` on a terminal: plugins and budgets, the next look, jobs, and the stream of what happens. By rich, read-only.

The store is read by a thread of its own twice a second; what happens arrives through `tell`, as it does for the plain log.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from coro_cli.output.runlog import sentence
from coro_cli.output.terminal import clean
from coro_cli.output.when import ago, until

STREAM = 14
_STYLES = {"parked": "cyan", "queued": "yellow", "running": "blue", "failed": "red", "interrupted": "red", "completed": "green"}
_SILENT = frozenset({"cycle", "started"})


class LiveView:
    """A screen that is drawn anew twice a second. look: status and jobs as JSON, from the store."""

    def __init__(self, look: Callable[[], tuple[dict[str, Any], list[dict[str, Any]]]]) -> None:
        self._look = look
        self._stream: deque[tuple[float, str, str]] = deque(maxlen=STREAM)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._draw, name="coro-live", daemon=True)
        self._live: Any = None

    def start(self) -> None:
        """Begin to draw."""
        from rich.live import Live

        self._live = Live(refresh_per_second=4, screen=False, redirect_stdout=False, redirect_stderr=False, transient=True)
        self._live.start()
        self._thread.start()

    def tell(self, kind: str, facts: dict[str, Any]) -> None:
        """One happening, for the stream. The first one (the home is ours) begins the drawing."""
        if kind == "started":
            self.start()
        if kind not in _SILENT:
            self._stream.append((time.time(), kind, clean(sentence(kind, facts))))

    def flush(self) -> None:
        """Stop drawing; the last happenings stay on the screen, as text."""
        self._stop.set()
        if self._live is not None:
            self._thread.join(timeout=2)
            self._live.stop()
            for at, _, text in self._stream:
                self._live.console.print(f"{time.strftime('%H:%M:%S', time.localtime(at))}  {text}", markup=False, highlight=False)

    def _draw(self) -> None:
        while not self._stop.wait(0.5):
            try:
                status, jobs = self._look()
            except Exception as error:  # a picture that fails must not end the runner
                self._stream.append((time.time(), "error", clean(str(error))))
                continue
            self._live.update(self._screen(status, jobs))

    def _screen(self, status: dict[str, Any], jobs: list[dict[str, Any]]) -> Any:
        from rich.console import Group
        from rich.text import Text

        counts = "  ".join(f"{n} {state}" for state, n in status["jobs"].items() if n)
        told = status["detection"]
        speed = f"events noticed within {told['promised']:.0f} s" + (f", measured {told['p95']:.0f} s" if told["p95"] is not None else "")
        head = Text.assemble(("coro ", "bold"), counts or "no jobs yet", f"   {speed}", "   Ctrl-C stops; running jobs live on")
        return Group(head, _plugins(status["plugins"]), _jobs(jobs), self._happenings())

    def _happenings(self) -> Any:
        from rich.text import Text

        text = Text()
        for at, kind, line in list(self._stream):
            style = {"error": "red", "event": "", "run-started": "blue", "run-ended": "green"}.get(kind, "dim")
            text.append(f"{time.strftime('%H:%M:%S', time.localtime(at))}  ", "dim")
            text.append(f"{line}\n", style)
        return text


def _plugins(plugins: dict[str, Any]) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("plugin", "state", "next look", "budget"):
        table.add_column(name, overflow="ellipsis", no_wrap=True)
    for name, known in plugins.items():
        budget = known["budget"]
        left = f"{budget['remaining']:.0f} of {budget['limit']:.0f}" if budget.get("limit") else ""
        state = known["state"] if known["state"] == "ok" else f"{known['state']}: {clean(known['reason'])}"
        table.add_row(clean(name), state, _soon(known["next_poll"]), left, style="" if known["state"] == "ok" else "yellow")
    return table


def _jobs(jobs: list[dict[str, Any]]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("job", "state", "waits for", "since", "attention"):
        table.add_column(name, overflow="ellipsis", no_wrap=True)
    for job in jobs:
        waits = ", ".join(f"{w['refs'][0]} {'|'.join(p.partition(':')[2] for p in w['on'][:3])}" for w in job["waits"][:1] if w["refs"])
        state = Text(job["state"], _STYLES.get(job["state"], ""))
        table.add_row(job["id"], state, clean(waits), _past(job["updated_at"]), clean(job["attention"]))
    return table


def _soon(told: str | None) -> str:
    from coro_cli.domain.durations import parse_time

    return until(max(parse_time(told) - time.time(), 0.0)) if told else ""


def _past(told: str) -> str:
    from coro_cli.domain.durations import parse_time

    return ago(max(time.time() - parse_time(told), 0.0))
