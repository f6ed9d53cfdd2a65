"""A small table that fits: flexible columns shrink, the less important ones more; where that is not enough they go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from coro_cli.output.terminal import Span, Terminal, cell_width, clean

_GAP = 2
Cell = str | Span


class Column(NamedTuple):
    """One column.

    minimum: cells that a flexible column keeps at least; 0 means it is never shortened.
    priority: the lowest goes first where the terminal is too narrow. style: for cells that bring none.
    """

    header: str
    style: str = ""
    minimum: int = 0
    priority: int = 0
    right: bool = False


def table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], terminal: Terminal) -> Iterator[str]:
    """The lines of the table.

    On a terminal: a header, columns that are empty in every row left out, no line wider than the terminal.
    Elsewhere: tabs, no header, nothing cut, and every column, so that the third field is always the third.
    """
    spans = [[_span(cell, column) for cell, column in zip(row, columns, strict=True)] for row in rows]
    if not terminal.tty:
        yield from ("\t".join(terminal.line(cell) for cell in row) for row in spans)
        return
    widths = _fit(columns, spans, terminal.width)
    if rows:
        yield _row([Span(c.header, "bold") for c in columns], columns, widths, terminal)
    for row in spans:
        yield _row(row, columns, widths, terminal)


def _span(cell: Cell, column: Column) -> Span:
    text, style, url = cell if isinstance(cell, Span) else Span(cell)
    return Span(clean(text).strip(), style or column.style, url)


def _row(cells: Sequence[Span], columns: Sequence[Column], widths: dict[int, int], terminal: Terminal) -> str:
    parts: list[str | Span] = []
    last = max((index for index in widths if cells[index].text), default=-1)
    for index, width in widths.items():
        if index > last:
            break  # no blanks at the end of a line
        text = terminal.shorten(cells[index].text, width)
        pad = " " * (width - cell_width(text))
        right = columns[index].right
        parts += [pad] * right + [cells[index]._replace(text=text)] + [pad] * (not right and index != last)
        parts += [" " * _GAP] * (index != last)
    return terminal.line(*parts)


def _fit(columns: Sequence[Column], rows: Sequence[Sequence[Span]], width: int) -> dict[int, int]:
    """Width by column index, for the columns that are shown."""
    widths = {
        index: min(width, max(cell_width(column.header), *(cell_width(row[index].text) for row in rows)))
        for index, column in enumerate(columns)
        if any(row[index].text for row in rows)
    }
    floors = {i: min(w, columns[i].minimum or w) for i, w in widths.items()}
    while len(floors) > 1 and _total(floors) > width:
        del floors[min(floors, key=lambda i: (columns[i].priority, -i))]
    widths = {i: widths[i] for i in floors}
    while _total(widths) > width and (slack := [i for i in widths if widths[i] > floors[i]]):
        # Room goes by importance: one that matters twice as much may be twice as wide.
        widths[max(slack, key=lambda i: widths[i] / (columns[i].priority + 1))] -= 1
    return widths


def _total(widths: dict[int, int]) -> int:
    return sum(widths.values()) + _GAP * (len(widths) - 1)
