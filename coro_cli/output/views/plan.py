"""`coro poll --dry-run`: the requests of the next cycle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from coro_cli.output.table import Column, table
from coro_cli.output.terminal import Terminal


def render(data: dict[str, Any], terminal: Terminal) -> Iterator[str]:
    """A row a step, then the sum."""
    columns = (
        Column("PLUGIN", priority=3), Column("WHERE", minimum=10, priority=9), Column("WHY", minimum=10, priority=2),
        Column("REQUESTS", priority=5, right=True), Column("PRICE", priority=4, right=True),
    )  # fmt: skip
    steps = [[s["plugin"], s["scope"], s["why"], str(s["requests"]), str(s["price"])] for s in data["plan"]]
    yield from table(columns, steps, terminal)
    if terminal.tty:
        yield from terminal.flow(f"{data['requests']} requests; {data['charged']} charged, and one more for each list that has changed")
