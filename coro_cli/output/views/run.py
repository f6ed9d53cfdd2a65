"""One run.

data: run JSON, `id job attempt state exit_code started_at finished_at events[] messages[] log`.
"""

from __future__ import annotations

from collections.abc import Iterator

from coro_cli.output.parts import Json, dated, fields, lasted, run_number, short_event, state, text_of
from coro_cli.output.terminal import Span, Terminal

_LOUD = {"failed": "bold red", "interrupted": "bold red", "completed": "bold green"}


def render(data: Json, terminal: Terminal) -> Iterator[str]:
    """How it ended, then where to read more."""
    yield from summary(data, terminal)
    yield from fields(_facts(data, terminal), terminal)


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


def _facts(run: Json, terminal: Terminal) -> Iterator[tuple[str, str | Span]]:
    events, messages = run.get("events") or (), run.get("messages") or ()
    yield "woken by", ", ".join(_event(event) for event in events)
    yield "messages", str(len(messages) or "")
    yield "started", dated(run.get("started_at"), terminal)
    yield "log", text_of(run.get("log"))


def _event(event: Json | str) -> str:
    return text_of(event) if isinstance(event, str) else short_event(event.get("name"))
