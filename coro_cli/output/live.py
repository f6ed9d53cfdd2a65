"""`coro start` on a terminal: plugins and budgets, the next look, jobs, and the stream of what happens. By rich, read-only.

The store is read by a thread of its own twice a second; what happens arrives through `tell`, as it does for the plain log.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from coro_cli.output.parts import Json, number, state, text_of, when
from coro_cli.output.runlog import sentence
from coro_cli.output.table import Cell, Column, table
from coro_cli.output.terminal import Span, Terminal, clean
from coro_cli.output.views import jobs as jobs_view
from coro_cli.output.when import span

STREAM = 200
_STYLES = {"error": "red", "event": "", "run-started": "blue", "run-ended": "green"}
_SILENT = frozenset({"cycle", "started"})
_PLUGINS = (
    Column("PLUGIN", style="bold", priority=9), Column("STATE", minimum=8, priority=8), Column("NEXT LOOK", style="faint", priority=7),
    Column("REQUESTS LEFT", style="faint", priority=5),
)  # fmt: skip
Happening = tuple[float, str, str]


class LiveView:
    """A screen that is drawn anew twice a second. look: status and jobs as JSON, from the store."""

    def __init__(self, look: Callable[[], tuple[dict[str, Any], list[dict[str, Any]]]]) -> None:
        self._look = look
        self._stream: deque[Happening] = deque(maxlen=STREAM)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._draw, name="coro-live", daemon=True)
        self._live: Any = None

    def start(self) -> None:
        """Begin to draw."""
        from rich.live import Live

        self._live = Live(auto_refresh=False, screen=False, redirect_stdout=False, redirect_stderr=False, transient=True)
        self._live.start()
        self._thread.start()

    def tell(self, kind: str, facts: dict[str, Any]) -> None:
        """One happening, for the stream. The first one (the home is ours) begins the drawing."""
        if kind == "started":
            self.start()
        if kind not in _SILENT:
            self._stream.append((time.time(), kind, clean(sentence(kind, facts))))

    def flush(self) -> None:
        """Stop drawing; what happened stays on the screen, as text."""
        self._stop.set()
        if self._live is not None:
            self._thread.join(timeout=2)
            self._live.stop()
            for line in stream(self._stream, Terminal.detect(sys.stdout, os.environ, time.time())):
                print(line)

    def _draw(self) -> None:
        from rich.text import Text

        while not self._stop.wait(0.5):
            try:
                status, jobs = self._look()
            except Exception as error:  # a picture that fails must not end the runner
                self._stream.append((time.time(), "error", clean(str(error))))
                continue
            terminal = Terminal.detect(sys.stdout, os.environ, time.time())
            lines = screen(status, jobs, list(self._stream), terminal, self._live.console.height)
            self._live.update(Text.from_ansi("\n".join(lines), no_wrap=True), refresh=True)


def screen(status: Json, jobs: Sequence[Json], happened: list[Happening], terminal: Terminal, height: int) -> list[str]:
    """The lines of one picture, at most `height - 1`: the newest happenings get what the jobs leave, the jobs two thirds."""
    top = [*_head(status, terminal), "", *_plugins(status["plugins"], terminal)]
    foot = list(terminal.flow(Span("Ctrl-C stops; running jobs live on", "faint")))
    room = max(height - 1 - len(top) - len(foot) - 3, 4)  # three blank lines
    listed = list(jobs_view.render(jobs, terminal))
    if len(listed) > (most := max(room * 2 // 3, 2)):
        more = len(listed) - most + 1
        listed = [*listed[: most - 1], terminal.line(Span(f"and {more} more: coro jobs", "faint"))]
    newest = list(stream(happened, terminal))[-max(room - len(listed), 1) :]
    lines = [*top, "", *listed, "", *newest, *([""] if newest else []), *foot]
    return lines[: max(height - 1, 1)]


def stream(happened: list[Happening] | deque[Happening], terminal: Terminal) -> Iterator[str]:
    """What happened, oldest first, each with its time of day."""
    for at, kind, text in list(happened):
        clock = Span(f"{time.strftime('%H:%M:%S', time.localtime(at))}  ", "faint")
        yield from terminal.flow(clock, Span(text, _STYLES.get(kind, "faint")), rest=" " * 10)


def _head(status: Json, terminal: Terminal) -> Iterator[str]:
    counts = "  ".join(f"{n} {name}" for name, n in status["jobs"].items() if n)
    told = status["detection"]
    measured = number(told.get("p95"))
    speed = f"events noticed within {span(told['promised'])}" + (f", measured {span(measured)}" if measured is not None else "")
    yield from terminal.flow(Span("coro", "bold"), f"  {counts or 'no jobs yet'}", Span(f"   {speed}", "faint"))


def _plugins(plugins: Json, terminal: Terminal) -> Iterator[str]:
    rows: list[list[Cell]] = []
    for name, known in plugins.items():
        budget = known["budget"]
        left = f"{budget['remaining']:.0f} of {budget['limit']:.0f}" if budget.get("limit") else ""
        said = known["reason"] if known["state"] == "stub" else known["state"]
        rows.append([name, state(known["state"])._replace(text=text_of(said)), when(known["next_poll"], terminal), left])
    yield from table(_PLUGINS, rows, terminal)
