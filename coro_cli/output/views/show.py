"""One job: what it is, then what happened to it.

data: job JSON with `events[]`, `runs_detail[]` (run JSON), `messages[]` (`text created_at`) and `notes[]` (`at text`).
"""

from __future__ import annotations

from collections.abc import Iterator

from coro_cli.output.parts import Json, dated, fields, heading, state, text_of, wait_line
from coro_cli.output.shell import command_line
from coro_cli.output.terminal import Span, Terminal
from coro_cli.output.timeline import Moment, of_events, of_message, of_note, of_run, timeline

_LIVE = ("parked", "queued", "running")


def render(data: Json, terminal: Terminal) -> Iterator[str]:
    """The head, then the timeline."""
    yield from head(data, terminal)
    yield from fields(_facts(data, terminal), terminal)
    yield from heading("Timeline", terminal)
    yield from timeline(_moments(data, terminal), terminal)


def head(job: Json, terminal: Terminal) -> Iterator[str]:
    """`k7m2qp  parked  Ship the release`."""
    title = text_of(job.get("title"))
    parts = (Span(text_of(job.get("id")), "bold"), "  ", state(job.get("state")))
    yield from terminal.flow(*parts, *(("  ", title) if title else ()))


def _facts(job: Json, terminal: Terminal) -> Iterator[tuple[str, str | Span]]:
    yield "attention", Span(text_of(job.get("attention")), "yellow")
    for wait in job.get("waits") or ():
        yield "waits for", Span(wait_line(wait, whole=True), "faint" if wait.get("satisfied") else "")
        yield "deadline", dated(wait.get("deadline"), terminal) if job.get("state") in _LIVE else ""
    yield "command", command_line(job.get("command") or ())
    yield "in", text_of(job.get("cwd"))
    yield "phase", text_of(job.get("phase"))
    yield "updated", dated(job.get("updated_at"), terminal)
    yield "next", Span(_next(job) if terminal.tty else "", "cyan")


def _next(job: Json) -> str:
    """What helps a job that went wrong."""
    name = text_of(job.get("id"))
    return f"coro logs {name}; then coro retry {name}" if job.get("state") in ("failed", "interrupted") else ""


def _moments(job: Json, terminal: Terminal) -> list[Moment]:
    moments = [Moment("parked", job.get("created_at"), ("parked",), "cyan")]
    moments += of_events(job.get("events") or ())
    moments += [of_message(message) for message in job.get("messages") or ()]
    moments += [of_note(note) for note in job.get("notes") or ()]
    moments += [of_run(run, terminal) for run in job.get("runs_detail") or ()]
    if job.get("state") in _LIVE:
        deadlines = (wait.get("deadline") for wait in job.get("waits") or () if not wait.get("satisfied"))
        moments += [Moment("deadline", at, ("deadline",), "yellow") for at in deadlines if at]
    return moments
