"""`coro poll --dry-run`: the requests of the next cycle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from coro_cli.output.table import Column, table
from coro_cli.output.terminal import Terminal


def render(data: dict[str, Any], terminal: Terminal) -> Iterator[str]:
    """A row a step, then the sum."""
    columns = (Column("PLUGIN"), Column("WHERE"), Column("WHY"), Column("REQUESTS", right=True), Column("PRICE", right=True))
    steps = [[s["plugin"], s["scope"], s["why"], str(s["requests"]), str(s["price"])] for s in data["plan"]]
    yield from table(columns, steps, terminal)
    if terminal.tty:
        yield terminal.line(f"{data['requests']} requests; {data['charged']} charged, and one more for each list that has changed")
