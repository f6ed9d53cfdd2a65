"""One polling cycle.

data: `{"requests", "not_modified", "charged", "errors[]", "duration", "events[]", "queued[]", "runs[]", "plugins{}"}`.
An error is a sentence or `{"plugin", "message"}`; what is queued is a job id or job JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from coro_cli.output.parts import Json, heading, number, state, text_of
from coro_cli.output.terminal import Span, Terminal
from coro_cli.output.timeline import of_events, timeline
from coro_cli.output.views.run import summary
from coro_cli.output.when import span


def render(data: Json, terminal: Terminal) -> Iterator[str]:
    """What it cost, what it found, what it set going."""
    yield from terminal.flow(_cost(data))
    errors = [_error(error) for error in data.get("errors") or ()]
    for error in errors:
        yield from terminal.block(error, first=Span(terminal.pick("✗ ", "x "), "red"))
    for name, plugin in sorted((data.get("plugins") or {}).items()):
        if not any(name in error for error in errors):
            yield from _plugin(name, plugin if isinstance(plugin, dict) else {"state": plugin}, terminal)
    if data.get("events"):
        yield from heading("Events", terminal)
        yield from timeline(of_events(data["events"], name_refs=True), terminal)
    if data.get("queued"):
        yield from heading("Queued", terminal)
        yield from terminal.block(", ".join(map(_job, data["queued"])), first="  ")
    if data.get("runs"):
        yield from heading("Runs", terminal)
        for run in data["runs"]:
            yield from summary(run, terminal)


def _cost(data: Json) -> str:
    requests = data.get("requests") or 0
    details = [
        f"{data[key]} {word}"
        for key, word in (("not_modified", "not modified"), ("charged", "charged"))
        if data.get(key)
    ]
    took = number(data.get("duration"))
    cost = f"{requests} request{'' if requests == 1 else 's'}"
    cost += f" ({', '.join(details)})" if details else ""
    cost += f" in {span(took)}" if took is not None else ""
    return cost + ("" if data.get("events") or data.get("queued") else ", nothing new")


def _plugin(name: str, plugin: Json, terminal: Terminal) -> Iterator[str]:
    """Only a plugin that is not well is worth a line."""
    if plugin.get("state") not in (None, "ready", "ok"):
        reason = text_of(plugin.get("reason"))
        word = state(plugin["state"])
        yield from terminal.block(f"{name} {word.text}" + (f": {reason}" if reason else ""), style=word.style)


def _error(error: Any) -> str:
    if not isinstance(error, dict):
        return text_of(error)
    return ": ".join(filter(None, (text_of(error.get("plugin")), text_of(error.get("message")))))


def _job(job: Any) -> str:
    return text_of(job.get("id") if isinstance(job, dict) else job)
