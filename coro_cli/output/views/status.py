"""Views of the runner: status, one polling cycle, the plan of the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from coro_cli.output.parts import STATE_STYLES, Json, ago, fields, heading, number, span, state, text_of, when
from coro_cli.output.table import Column, table
from coro_cli.output.terminal import Span, Terminal, cell_width
from coro_cli.output.timeline import of_events, timeline
from coro_cli.output.views.jobs import summary

_STATES = ("parked", "queued", "running", "interrupted", "failed", "completed", "cancelled")
_SPARKS, _ASCII_SPARKS = "▁▂▃▄▅▆▇█", "_.-=+*%#"


def status(data: Json, terminal: Terminal) -> Iterator[str]:
    """Four sections: runner, plugins, detection, jobs."""
    yield from _runner(data.get("runner") or {}, terminal)
    plugins = data.get("plugins") or {}
    if plugins:
        yield from heading("Plugins", terminal)
    width = max(map(cell_width, plugins), default=0)
    for name, plugin in plugins.items():
        yield from _plugin(name.ljust(width), plugin or {}, terminal)
    if data.get("detection"):
        yield from heading("Detection", terminal)
        yield from fields(_detection(data["detection"], terminal), terminal)
    yield from heading("Jobs", terminal)
    yield from terminal.flow(*_jobs(data.get("jobs") or {}), rest="  ")


def _runner(runner: Json, terminal: Terminal) -> Iterator[str]:
    if not runner.get("alive"):
        yield from terminal.flow(Span("Runner", "bold"), "  ", Span("not running", "yellow"), "; start it: coro start")
        return
    facts = [f"pid {runner['pid']}"] if runner.get("pid") else []
    facts += [f"started {when(runner['since'], terminal)}"] if runner.get("since") else []
    age = number(runner.get("heartbeat_age"))
    facts += [f"heartbeat {ago(age)}"] if age is not None else []
    facts += [f"relay {text_of(runner['relay'])}"] if runner.get("relay") else []
    yield from terminal.flow(Span("Runner", "bold"), "  ", Span("alive", "green"), "  ", ", ".join(facts), rest="  ")


def _plugin(name: str, plugin: Json, terminal: Terminal) -> Iterator[str]:
    every, upcoming = number(plugin.get("interval")), when(plugin.get("next_poll"), terminal)
    rhythm = f"every {span(every)}" if every is not None else ""
    rhythm += (", next " if rhythm else "next ") + upcoming if upcoming else ""
    rhythm = f"  {rhythm}" if rhythm else ""
    yield from terminal.flow(
        "  ", Span(name, "bold"), "  ", state(plugin.get("state")), Span(rhythm, "faint"), rest="    "
    )
    reason = text_of(plugin.get("reason"))
    if reason:
        reason = f"unavailable: {reason}" if plugin.get("state") == "stub" else reason
        yield from terminal.block(reason, first="    ", style="faint" if plugin.get("state") in ("ready", "ok") else "red")
    yield from _budget(plugin.get("budget") or {}, terminal)


def _budget(budget: Json, terminal: Terminal) -> Iterator[str]:
    limit, left = number(budget.get("limit")), number(budget.get("remaining"))
    if limit is None or left is None or limit <= 0:
        return
    share = min(max(left / limit, 0.0), 1.0)
    style = "green" if share > 0.5 else "yellow" if share > 0.1 else "red"
    cells = 10 if terminal.width < 60 else 20
    filled = round(share * cells)
    full, hollow = terminal.pick("█", "#") * filled, terminal.pick("░", "-") * (cells - filled)
    reset = when(budget.get("reset_at"), terminal)
    tail = f"  {text_of(left)} of {text_of(limit)} left" + (f", resets {reset}" if reset else "")
    yield from terminal.flow("    ", Span(full, style), Span(hollow, "faint"), tail, rest="    ")


def _detection(detection: Json, terminal: Terminal) -> Iterator[tuple[str, str | Span]]:
    promised, worst = number(detection.get("promised")), number(detection.get("max"))
    yield "promised", f"within {span(promised)}" if promised is not None else ""
    lags = [(word, number(detection.get(key))) for key, word in (("p50", "median"), ("p95", "p95"), ("max", "worst"))]
    measured = ", ".join(f"{word} {span(lag)}" for word, lag in lags if lag is not None)
    broken = promised is not None and worst is not None and worst > promised + 1.0  # hosts cut their times to the second
    yield "measured", Span(measured, "yellow" if broken else "green") if measured else Span("nothing yet", "faint")
    samples = (number(sample) for sample in detection.get("samples") or ())
    yield "lag", Span(spark([lag for lag in samples if lag is not None], terminal), "cyan")


def spark(samples: Sequence[float], terminal: Terminal) -> str:
    """The latest samples as a row of bars, from zero to the highest."""
    latest = samples[-max(min(terminal.width - 16, 60), 1) :]
    marks = terminal.pick(_SPARKS, _ASCII_SPARKS)
    top = max(latest, default=0)
    steps = len(marks) - 1
    return "".join(marks[round(steps * min(max(lag / top, 0), 1)) if top > 0 else 0] for lag in latest)


def _jobs(jobs: Json) -> Iterator[str | Span]:
    known = [name for name in _STATES if jobs.get(name)]
    known += [name for name in jobs if name not in _STATES and jobs[name]]
    if not known:
        yield "  none"
    for name in known:
        yield "  "
        yield Span(f"{text_of(jobs[name])} {name}", STATE_STYLES.get(name, ""))


# One polling cycle.
#
# data: `{"requests", "not_modified", "charged", "errors[]", "duration", "events[]", "queued[]", "runs[]", "plugins{}"}`. An
# error is a sentence or `{"plugin", "message"}`; what is queued is a job id or job JSON.


def poll(data: Json, terminal: Terminal) -> Iterator[str]:
    """What it cost, what it found, what it set going."""
    yield from terminal.flow(_cost(data))
    errors = [_error(error) for error in data.get("errors") or ()]
    for error in errors:
        yield from terminal.block(error, first=Span(terminal.pick("✗ ", "x "), "red"))
    for name, plugin in sorted((data.get("plugins") or {}).items()):
        if not any(name in error for error in errors):
            yield from _poll_plugin(name, plugin if isinstance(plugin, dict) else {"state": plugin}, terminal)
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


def _poll_plugin(name: str, plugin: Json, terminal: Terminal) -> Iterator[str]:
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


# `coro poll --dry-run`: the requests of the next cycle.


def plan(data: dict[str, Any], terminal: Terminal) -> Iterator[str]:
    """A row a step, then the sum."""
    columns = (
        Column("PLUGIN", priority=3), Column("WHERE", minimum=10, priority=9), Column("WHY", minimum=10, priority=2),
        Column("REQUESTS", priority=5, right=True), Column("PRICE", priority=4, right=True),
    )  # fmt: skip
    steps = [[s["plugin"], s["scope"], s["why"], str(s["requests"]), str(s["price"])] for s in data["plan"]]
    yield from table(columns, steps, terminal)
    if terminal.tty:
        yield from terminal.flow(f"{data['requests']} requests; {data['charged']} charged, and one more for each list that has changed")
