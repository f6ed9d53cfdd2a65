"""Views of jobs: the table, one job, why it waits, the event log, one run, a dry run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from coro_cli.output.parts import (
    Json,
    count_of,
    dated,
    fields,
    heading,
    lasted,
    person,
    run_number,
    short_event,
    short_ref,
    state,
    text_of,
    wait_line,
    waits_line,
    when,
)
from coro_cli.output.result import document
from coro_cli.output.table import Cell, Column, table
from coro_cli.output.terminal import Span, Terminal
from coro_cli.output.text import command_line, quoted
from coro_cli.output.timeline import Moment, of_events, of_message, of_note, of_run, outcome_style, timeline

_COLUMNS = (
    Column("ID", style="bold", priority=9),
    Column("STATE", priority=8),
    Column("WAITING FOR", minimum=20, priority=7),
    Column("TITLE", minimum=10, priority=4),
    Column("CHANGED", style="faint", priority=3),
    Column("RUNS", right=True, priority=2),
    Column("ATTENTION", style="yellow", minimum=12, priority=5),
)
EXAMPLE = "coro park https://github.com/acme/api/pull/42 --on approved -- ./ship.sh"


def jobs(data: Sequence[Json], terminal: Terminal) -> Iterator[str]:
    """One row a job, as they come; without jobs, the next step (on a terminal only)."""
    if data:
        yield from table(_COLUMNS, [_row(job, terminal) for job in data], terminal)
    elif terminal.tty:
        yield terminal.line("There are no jobs to show. Park one:")
        yield from terminal.block(EXAMPLE, first="  ", style="cyan")


def _row(job: Json, terminal: Terminal) -> list[Cell]:
    return [
        text_of(job.get("id")),
        state(job.get("state")),
        waits_line(job.get("waits") or [], whole=not terminal.tty),
        text_of(job.get("title")),
        Span(when(job.get("updated_at"), terminal)),
        count_of(job.get("runs")),
        text_of(job.get("attention")),
    ]


# One job: what it is, then what happened to it.
#
# data: job JSON with `events[]`, `runs_detail[]` (run JSON), `messages[]` (`text created_at`) and `notes[]` (`at text`).


_LIVE = ("parked", "queued", "running")


def show(data: Json, terminal: Terminal) -> Iterator[str]:
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


# Why a job is where it is.
#
# data: `{"job", "answer", "next", "watching": [{"ref", "plugin", "plugin_state", "reason", "looked_at", "next_look", "now":
# {fact: value}, "patterns": [{"pattern", "true", "why"}]}], "recent": [event JSON + "why"], "deadline"}`.


def explain(data: Json, terminal: Terminal) -> Iterator[str]:
    """The answer first, then what it rests on."""
    yield from head(data.get("job") or {}, terminal)
    yield ""
    yield from terminal.block(text_of(data.get("answer")), style="bold")
    if data.get("next"):
        yield from terminal.block(text_of(data["next"]), first=Span("next: ", "cyan"))
    if data.get("watching"):
        yield from heading("Watching", terminal)
        for watched in data["watching"]:
            yield from _watched(watched, terminal)
    if data.get("recent"):
        yield from heading("What arrived", terminal)
        yield from timeline(of_events(data["recent"]), terminal)
    if data.get("deadline"):
        yield ""
        yield from fields([("deadline", dated(data["deadline"], terminal))], terminal, indent="")


def _watched(watched: Json, terminal: Terminal) -> Iterator[str]:
    plugin, reason = text_of(watched.get("plugin")), text_of(watched.get("reason"))
    yield from terminal.flow(
        "  ",
        Span(text_of(watched.get("ref")), "bold"),
        "  ",
        plugin,
        " ",
        state(watched.get("plugin_state")),
        rest="    ",
    )
    facts = [("reason", reason), ("looked", _looks(watched, terminal))]
    facts += [(text_of(fact).replace("_", " "), text_of(value)) for fact, value in (watched.get("now") or {}).items()]
    yield from fields(facts, terminal, indent="    ")
    # What was never looked at may be of either family: two names, one line.
    for true, said in dict.fromkeys(_pattern(pattern) for pattern in watched.get("patterns") or ()):
        mark, style = (terminal.pick("✓", "[x]"), "green") if true else (terminal.pick("✗", "[ ]"), "yellow")
        yield from terminal.block(said, first=Span(f"    {mark} ", style))


def _looks(watched: Json, terminal: Terminal) -> str:
    looked = when(watched.get("looked_at"), terminal) or "never yet"
    again = when(watched.get("next_look"), terminal)
    return looked + (f", again {again}" if again else "")


def _pattern(pattern: Json) -> tuple[bool, str]:
    why = text_of(pattern.get("why"))
    return bool(pattern.get("true")), short_event(pattern.get("pattern")) + (f": {why}" if why else "")


# The event log: what happened, and what each event did.
#
# data: a list of event JSON, each with an optional `why`.


_EVENTS_COLUMNS = (
    Column("WHEN", style="faint", priority=6),
    Column("REF", style="cyan", minimum=14, priority=8),
    Column("EVENT", minimum=17, priority=9),
    Column("BY", minimum=8, priority=4),
    Column("OUTCOME", priority=7),
    Column("WHY", minimum=14, priority=5),
    Column("TITLE", minimum=20, priority=3),
    Column("SOURCE", style="faint", priority=1),
)


def events(data: Sequence[Json], terminal: Terminal) -> Iterator[str]:
    """One row an event, as they come."""
    if data:
        yield from table(_EVENTS_COLUMNS, [_events_row(event, terminal) for event in data], terminal)
    elif terminal.tty:
        yield terminal.line("Nothing has happened yet. Look now:")
        yield from terminal.block("coro poll", first="  ", style="cyan")


def _events_row(event: Json, terminal: Terminal) -> list[Cell]:
    name, ref, outcome = event.get("name"), event.get("ref"), text_of(event.get("outcome"))
    return [
        when(event.get("occurred_at"), terminal),
        Span(short_ref(ref) if terminal.tty else text_of(ref), "", text_of(event.get("url"))),
        short_event(name) if terminal.tty else text_of(name),
        person(event.get("actor")) if terminal.tty else text_of((event.get("actor") or {}).get("login")),
        Span(outcome, outcome_style(outcome)),
        text_of(event.get("why")),
        text_of(event.get("title")),
        text_of(event.get("source")),
    ]


# One run.
#
# data: run JSON, `id job attempt state exit_code started_at finished_at events[] messages[] log`.


_LOUD = {"failed": "bold red", "interrupted": "bold red", "completed": "bold green"}


def run(data: Json, terminal: Terminal) -> Iterator[str]:
    """How it ended, then where to read more."""
    yield from summary(data, terminal)
    yield from fields(_run_facts(data, terminal), terminal)


def summary(run: Json, terminal: Terminal) -> Iterator[str]:
    """`k7m2qp run 1: completed, exit 0 after 42s`."""
    word = state(run.get("state"))
    code, time = run.get("exit_code"), lasted(run, terminal)
    tail = f", exit {text_of(code)}" if code is not None else ""
    tail += f" {'after' if run.get('finished_at') else 'for'} {time}" if time else ""
    name = f" run {run_number(run)}: "
    yield from terminal.flow(
        Span(text_of(run.get("job")), "bold"), name, word._replace(style=_LOUD.get(word.text, word.style)), tail
    )


def _run_facts(run: Json, terminal: Terminal) -> Iterator[tuple[str, str | Span]]:
    events, messages = run.get("events") or (), run.get("messages") or ()
    yield "woken by", ", ".join(_event(event) for event in events)
    yield "messages", str(len(messages) or "")
    yield "started", dated(run.get("started_at"), terminal)
    yield "log", text_of(run.get("log"))


def _event(event: Json | str) -> str:
    return text_of(event) if isinstance(event, str) else short_event(event.get("name"))


# Exactly what would run.
#
# data: `{"command": […], "cwd", "env": {…}, "stdin": text, "event_file": {…}}`.


def dry_run(data: Json, terminal: Terminal) -> Iterator[str]:
    """Command, directory, variables, stdin and the event file, each folded rather than cut."""
    command = command_line(data.get("command") or ())
    yield from terminal.block(command or "no command: the job completes", first=Span("would run  ", "bold"))
    yield from fields([("in", text_of(data.get("cwd")))], terminal, indent="")
    if data.get("env"):
        yield from heading("Environment", terminal)
        for name, value in data["env"].items():
            yield from terminal.block(f"{name}={quoted(text_of(value))}", first="  ", rest="    ")
    if data.get("stdin"):
        yield from heading("Standard input", terminal)
        yield from _rail(text_of(data["stdin"]), terminal)
    if data.get("event_file"):
        yield from heading("CORO_EVENT_FILE", terminal)
        yield from _rail(document(data["event_file"], ascii_only=not terminal.unicode, indent=2), terminal)


def _rail(text: str, terminal: Terminal) -> Iterator[str]:
    rail = Span(terminal.pick("  │ ", "  | "), "faint")
    yield from terminal.block(text, first=rail, rest=rail)
