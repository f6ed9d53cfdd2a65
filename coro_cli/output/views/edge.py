"""Team mode's lists: a row a thing, the columns that its commands give it; one thing is shown as its fields.

data: a list of objects with the same keys, or one object.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from coro_cli.output.parts import Json, fields, heading, text_of, when
from coro_cli.output.table import Column, table
from coro_cli.output.terminal import Terminal

# Said by other columns, or by `--json` to those who want it.
_LEFT_OUT = frozenset({"team_id", "plugin_id", "digest", "algorithm", "header", "format", "valid_from"})


def edge(data: Json | Sequence[Json], terminal: Terminal) -> Iterator[str]:
    """A table, or one thing and below it whom it went to."""
    if not isinstance(data, list | tuple):
        assert isinstance(data, dict)
        yield from _one(data, terminal)
        return
    names = [name for name in (data[0] if data else ()) if name not in _LEFT_OUT]
    columns = [Column(name.removesuffix("_at").upper(), minimum=8, priority=len(names) - i) for i, name in enumerate(names)]
    yield from table(columns, [[_cell(name, row.get(name), terminal) for name in names] for row in data], terminal)


def _one(data: dict[str, Any], terminal: Terminal) -> Iterator[str]:
    nested = {"dispatches", "headers", "body"}
    yield from fields([(name, _cell(name, value, terminal)) for name, value in data.items() if name not in nested], terminal, indent="")
    if data.get("headers"):
        yield from heading("Headers", terminal)
        yield from fields([(name, text_of(value)) for name, value in data["headers"].items()], terminal)
    if data.get("dispatches"):
        yield from heading("Went to", terminal)
        yield from edge(data["dispatches"], terminal)
    if data.get("body") is not None:
        yield from heading("Body", terminal)
        yield from terminal.block(text_of(data["body"]), first="  ")


def _cell(name: str, value: Any, terminal: Terminal) -> str:
    return when(value, terminal) if name.endswith("_at") and isinstance(value, str) else text_of(value)
