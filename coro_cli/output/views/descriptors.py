"""How each kind of host signs.

data: rows of `coro webhook descriptors`; one that cannot be had has `error`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from coro_cli.output.parts import Json, text_of
from coro_cli.output.table import Column, table
from coro_cli.output.terminal import Span, Terminal

_COLUMNS = (
    Column("KIND", style="bold", priority=9), Column("ALGORITHM", priority=8), Column("HEADER", minimum=12, priority=7),
    Column("FORMAT", minimum=8, priority=6), Column("DELIVERY ID", minimum=10, priority=3), Column("EVENT", minimum=8, priority=2),
    Column("TIME", priority=1), Column("NOTE", minimum=10, priority=4),
)  # fmt: skip

_NOTES = {
    "always": "taken where the first is not there", "alone": "instead, while no secret of the first is there",
    "never": "refused: a downgrade of the first",
}  # fmt: skip


def render(data: Sequence[Json], terminal: Terminal) -> Iterator[str]:
    """One row a scheme."""
    yield from table(_COLUMNS, [_row(one) for one in data], terminal)


def _row(one: Json) -> list[str | Span]:
    if one.get("error"):
        return [text_of(one["kind"]), "", "", "", "", "", "", Span(text_of(one["error"]), "red")]
    time = f"±{one['window']:g} s" if one.get("window") else ""
    note = _NOTES.get(one.get("taken", ""), "") if one.get("weaker") else ""
    if one["algorithm"] == "none" and not one.get("header"):
        note = "signs nothing: a token in the address"
    return [*(text_of(one.get(name)) for name in ("kind", "algorithm", "header", "format", "delivery", "event")), time, note]
