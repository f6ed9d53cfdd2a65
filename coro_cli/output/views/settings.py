"""`coro config show`: a row a setting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from coro_cli.output.table import Column, table
from coro_cli.output.terminal import Terminal


def render(data: list[dict[str, Any]], terminal: Terminal) -> Iterator[str]:
    """Key, value, and the origin where it was asked for."""
    named = bool(data) and "origin" in data[0]
    origin = (Column("ORIGIN", "faint", priority=2),) if named else ()
    columns = (Column("KEY", "cyan", priority=9), Column("VALUE", minimum=10, priority=5), *origin)
    rows = [[str(row["key"]), _text(row["value"]), *([str(row["origin"])] if named else [])] for row in data]
    yield from table(columns, rows, terminal)


def _text(value: Any) -> str:
    return ", ".join(str(v) for v in value) if isinstance(value, list | tuple) else str(value)
