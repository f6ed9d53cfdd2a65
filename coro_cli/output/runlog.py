"""What `coro start` says while it runs: one line a happening, for people or as JSON lines."""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from coro_cli.domain.durations import human, rfc3339
from coro_cli.output import received
from coro_cli.output.stream import OutputLost, say
from coro_cli.output.terminal import clean


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
    from coro_cli.output.live import LiveView

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
    "listening": received.listening,
    "delivery": received.delivery,
    "refused": received.refused,
}
