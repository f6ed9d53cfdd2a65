"""The table of jobs.

data: a list of job JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from coro_cli.output.parts import Json, count_of, state, text_of, waits_line, when
from coro_cli.output.table import Cell, Column, table
from coro_cli.output.terminal import Span, Terminal

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


def render(data: Sequence[Json], terminal: Terminal) -> Iterator[str]:
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
