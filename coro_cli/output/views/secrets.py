"""Webhook secrets: names, ages, ends. There is no value in the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from coro_cli.output.parts import Json, text_of, when
from coro_cli.output.table import Column, table
from coro_cli.output.terminal import Span, Terminal
from coro_cli.output.when import ago

_COLUMNS = (
    Column("PLUGIN", priority=8), Column("NAME", style="bold", priority=9), Column("STATE", priority=7), Column("MADE", priority=6),
    Column("ENDS", priority=5), Column("LAST USED", priority=4), Column("KEPT IN", style="faint", priority=1),
)  # fmt: skip
_STYLES = {"current": "green", "overlap": "yellow", "ended": "faint"}


def render(data: Sequence[Json], terminal: Terminal) -> Iterator[str]:
    """One row a secret."""
    if data:
        yield from table(_COLUMNS, [_row(one, terminal) for one in data], terminal)
    elif terminal.tty:
        yield terminal.line("There is no webhook secret yet:")
        yield from terminal.block("coro webhook secret add --plugin github", first="  ", style="cyan")


def _row(one: Json, terminal: Terminal) -> list[str | Span]:
    state = text_of(one.get("state"))
    made = ago(one["age"]) if terminal.tty else text_of(one.get("created_at"))
    return [
        text_of(one.get("plugin")), text_of(one.get("name")), Span(state, _STYLES.get(state, "")), made,
        text_of(one.get("until")), when(one.get("last_used_at"), terminal), text_of(one.get("kept")),
    ]  # fmt: skip
