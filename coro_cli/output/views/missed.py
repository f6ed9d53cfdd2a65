"""Deliveries that a host could not deliver."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from coro_cli.output.parts import Json, text_of, when
from coro_cli.output.table import Column, table
from coro_cli.output.terminal import Terminal

_COLUMNS = (
    Column("WHEN", style="faint", priority=6), Column("REPOSITORY", style="cyan", minimum=10, priority=8),
    Column("EVENT", minimum=10, priority=9),
    Column("ANSWER", priority=5, right=True), Column("SENT AGAIN", priority=7), Column("DELIVERY", style="faint", minimum=12, priority=2),
)  # fmt: skip


def render(data: Sequence[Json], terminal: Terminal) -> Iterator[str]:
    """One row a delivery."""
    rows = [
        [
            when(one.get("at"), terminal), text_of(one.get("scope")), text_of(one.get("event")), text_of(one.get("status") or ""),
            "asked for" if one.get("requested") else "no", text_of(one.get("delivery")),
        ]
        for one in data
    ]  # fmt: skip
    if rows:
        yield from table(_COLUMNS, rows, terminal)
    elif terminal.tty:
        yield terminal.line("No delivery failed.")
