"""What `coro start` says: one line a happening for people or as JSON, and the live view on a terminal."""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from coro_cli.domain.durations import human, rfc3339
from coro_cli.output.parts import Json, number, short_ref, span, state, text_of, when
from coro_cli.output.stream import OutputLost, say
from coro_cli.output.table import Cell, Column, table
from coro_cli.output.terminal import Span, Terminal, clean
from coro_cli.output.views import jobs as jobs_view


def listening(facts: dict[str, Any]) -> str:
    """Where, for whom, and what is missing."""
    plugins = ", ".join(facts.get("plugins") or ())
    said = f"listening on {facts['url']}/webhook/PLUGIN"
    said += f" for {plugins}" if plugins else "; no plugin has a secret yet: coro webhook secret add --plugin github"
    if not facts.get("loopback", True):
        said += "; not only this machine can reach it"
    return said + (f"; {facts['trouble']}" if facts.get("trouble") else "")


def delivery(facts: dict[str, Any]) -> str:
    """Plugin, the host's word, refs, events, what it did."""
    refs = ", ".join(short_ref(ref) for ref in facts.get("refs") or ())
    woke = ", ".join(facts.get("woke") or ())
    again = f" (sent {facts['times']} times)" if (facts.get("times") or 1) > 1 else ""
    parts = [text_of(facts.get("plugin")), text_of(facts.get("event")) or "delivery", refs]
    return " ".join(filter(None, parts)) + f" -> {facts.get('outcome')}{f' {woke}' if woke else ''}{again}"


def refused(facts: dict[str, Any]) -> str:
    """Why, and what to do."""
    who = f" from {facts['peer']}" if facts.get("peer") else ""
    advice = f" ({facts['advice']})" if facts.get("advice") else ""
    more = f"; {facts['more']} more before it" if facts.get("more") else ""
    return f"refused {facts['status']} {text_of(facts.get('plugin')) or 'request'}{who}: {facts.get('reason')}{advice}{more}"


# What `coro start` says while it runs: one line a happening, for people or as JSON lines.


class Log(Protocol):
    """Where happenings go."""

    def tell(self, kind: str, facts: dict[str, Any]) -> None:
        """Say one happening."""
        ...

    def flush(self) -> None:
        """Everything is out."""
        ...


def choose(*, as_json: bool, quiet: bool, verbose: bool, lines: bool, look: Callable[[], Any]) -> Log:
    """The live view for a person at a terminal, lines for everybody else. look: what the view shows, from the store."""
    person = sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    if not person or as_json or quiet or lines:
        return RunLog(as_json=as_json, quiet=quiet, verbose=verbose)

    return LiveView(look)


BACKLOG = 10_000
_QUIET = frozenset({"cycle", "started", "stopped", "config", "woke-up", "delivery"})


class RunLog:
    """Lines on stdout, by a thread of its own: a pipe that nobody reads must not stop the runner, only its words.

    Called from several threads. What is not written when BACKLOG lines wait is left out.
    """

    def __init__(self, *, as_json: bool, quiet: bool, verbose: bool) -> None:
        self._as_json, self._quiet, self._verbose = as_json, quiet, verbose
        self._lines: queue.Queue[str | None] = queue.Queue(BACKLOG)
        self._writer = threading.Thread(target=self._write, name="coro-log", daemon=True)
        self._writer.start()

    def tell(self, kind: str, facts: dict[str, Any]) -> None:
        """Say one happening."""
        if (self._quiet and kind in _QUIET) or (kind == "cycle" and not (self._verbose or self._as_json)):
            return
        now = time.time()
        if self._as_json:
            line = json.dumps({"at": rfc3339(round(now, 3)), "kind": kind, **facts})
        else:
            line = f"{time.strftime('%H:%M:%S', time.localtime(now))}  {clean(sentence(kind, facts))}"
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            pass

    def flush(self) -> None:
        """Everything is out, or two seconds have passed."""
        try:
            self._lines.put_nowait(None)
        except queue.Full:
            return
        self._writer.join(timeout=2.0)

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                say(sys.stdout, line)
            except OutputLost:
                continue  # a full disk: the runner goes on, and says so again when there is room


def sentence(kind: str, facts: dict[str, Any]) -> str:
    """One happening as a line for people. Not cleaned yet: it may hold text from outside."""
    make = _SENTENCES.get(kind)
    return make(facts) if make is not None else f"{kind} {facts}"


def _several(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _event(facts: dict[str, Any]) -> str:
    who = facts["actor"]["login"] if facts["actor"]["kind"] != "ghost" else ""
    why = f" ({facts['why']})" if facts["outcome"] not in ("woke", "queued") and facts.get("why") else ""
    return f"event {facts['ref']} {facts['name'].partition(':')[2]}{f' by {who}' if who else ''} -> {facts['outcome']}{why}"


def _ended(facts: dict[str, Any]) -> str:
    code = f" (exit {facts['exit_code']})" if facts["exit_code"] is not None else ""
    return f"run {facts['job']}.{facts['run']} {facts['state']}{code}"


_SENTENCES: dict[str, Callable[[dict[str, Any]], str]] = {
    "started": lambda f: f"started: every {human(f['interval'])}, home {f['home']} (Ctrl-C stops; running jobs live on)",
    "stopped": lambda f: "stopped" + (f"; {_several(f['running'], 'run')} still going, for the next one to adopt" if f["running"] else ""),
    "event": _event,
    "run-started": lambda f: f"run {f['job']}.{f['run']} started",
    "run-ended": _ended,
    "pruned": lambda f: f"{_several(f['jobs'], 'job')} that ended long ago forgotten",
    "error": lambda f: f"error {f['plugin'] + ': ' if f.get('plugin') else ''}{f['message']}",
    "caught-up": lambda f: f"caught up {human(f['seconds'])}: {f['events']} events, {f['jobs']} jobs",
    "stretched": lambda f: f"{f['plugin']}: next look in {human(f['interval'])}, to stay within the host's limit",
    "relay": lambda f: f"relay {f['state']}" + (f": {f['why']}" if f["why"] else "; polling slows to a safety net"),
    "edge-listening": lambda f: f"listening on {f['address']}",
    "draining": lambda f: f"draining {f['sockets']} sockets",
    "woke-up": lambda f: f"looking at once: {f['why']}",
    "config": lambda f: f["message"],
    "cycle": lambda f: f"{f['plugin']}: {f['requests']} requests, {f['not_modified']} unchanged, {f['seconds']} s",
    "listening": listening,
    "delivery": delivery,
    "refused": refused,
}


# `coro start` on a terminal: plugins and budgets, the next look, jobs, and the stream of what happens. By rich, read-only.
#
# The store is read by a thread of its own twice a second; what happens arrives through `tell`, as it does for the plain log.


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
    listed = list(jobs_view.jobs(jobs, terminal))
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
