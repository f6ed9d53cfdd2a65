"""The event log: what happened, and what each event did.

data: a list of event JSON, each with an optional `why`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from coro_cli.output.parts import Json, person, short_event, short_ref, text_of, when
from coro_cli.output.table import Cell, Column, table
from coro_cli.output.terminal import Span, Terminal
from coro_cli.output.timeline import outcome_style

_COLUMNS = (
    Column("WHEN", style="faint", priority=6),
    Column("REF", style="cyan", minimum=14, priority=8),
    Column("EVENT", minimum=17, priority=9),
    Column("BY", minimum=8, priority=4),
    Column("OUTCOME", priority=7),
    Column("WHY", minimum=14, priority=5),
    Column("TITLE", minimum=20, priority=3),
    Column("SOURCE", style="faint", priority=1),
)


def render(data: Sequence[Json], terminal: Terminal) -> Iterator[str]:
    """One row an event, as they come."""
    if data:
        yield from table(_COLUMNS, [_row(event, terminal) for event in data], terminal)
    elif terminal.tty:
        yield terminal.line("Nothing has happened yet. Look now:")
        yield from terminal.block("coro poll", first="  ", style="cyan")


def _row(event: Json, terminal: Terminal) -> list[Cell]:
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
