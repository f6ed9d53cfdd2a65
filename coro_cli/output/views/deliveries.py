"""The ledger of deliveries, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from coro_cli.output.parts import Json, short_ref, text_of, when
from coro_cli.output.table import Column, table
from coro_cli.output.terminal import Span, Terminal
from coro_cli.output.timeline import outcome_style

_COLUMNS = (
    Column("ID", style="bold", priority=9, right=True), Column("WHEN", style="faint", priority=6), Column("PLUGIN", priority=5),
    Column("EVENT", minimum=10, priority=8), Column("REF", style="cyan", minimum=10, priority=7), Column("OUTCOME", priority=8),
    Column("TIMES", priority=2, right=True), Column("SECRET", priority=1), Column("DELIVERY", style="faint", minimum=12, priority=3),
)  # fmt: skip


def render(data: Sequence[Json], terminal: Terminal) -> Iterator[str]:
    """One row a delivery."""
    if data:
        yield from table(_COLUMNS, [_row(one, terminal) for one in data], terminal)
    elif terminal.tty:
        yield terminal.line("Nothing has come in yet. Receive deliveries:")
        yield from terminal.block("coro webhook listen", first="  ", style="cyan")


def _row(one: Json, terminal: Terminal) -> list[str | Span]:
    outcome = text_of(one.get("outcome"))
    refs = ", ".join(short_ref(ref) if terminal.tty else text_of(ref) for ref in one.get("refs") or ())
    return [
        text_of(one.get("id")), when(one.get("received_at"), terminal), text_of(one.get("plugin")), text_of(one.get("event")), refs,
        Span(outcome, outcome_style(outcome)), text_of(one.get("times")), text_of(one.get("secret")), text_of(one.get("delivery")),
    ]  # fmt: skip
