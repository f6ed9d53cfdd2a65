"""The table: what fits, what shrinks, what goes."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from coro_cli.output.table import Column, table
from coro_cli.output.terminal import Span, Terminal, cell_width

COLUMNS = (
    Column("ID", priority=9),
    Column("TITLE", minimum=6, priority=5),
    Column("N", right=True, priority=1),
    Column("NOTE", priority=3),
)
ROWS = [["a1", "A rather long title", "7", ""], ["b2", "Short", "12", ""]]
SCREEN = Terminal(width=40, tty=True, unicode=True)


def drawn(width: int, rows: list[list[str | Span]] | list[list[str]] = ROWS) -> list[str]:
    return list(table(COLUMNS, rows, replace(SCREEN, width=width)))


def test_a_column_that_is_empty_everywhere_is_not_shown() -> None:
    assert drawn(40) == [
        "ID  TITLE                 N",
        "a1  A rather long title   7",
        "b2  Short                12",
    ]


def test_flexible_columns_shrink_first() -> None:
    assert drawn(20) == ["ID  TITLE          N", "a1  A rather lo…   7", "b2  Short         12"]


def test_then_the_least_important_column_goes() -> None:
    assert drawn(12) == ["ID  TITLE", "a1  A rathe…", "b2  Short"]


def test_the_most_important_column_stays_however_narrow() -> None:
    assert drawn(1) == ["I", "a", "b"]


def test_a_script_gets_tabs_and_every_column_uncut() -> None:
    assert list(table(COLUMNS, ROWS, Terminal())) == ["a1\tA rather long title\t7\t", "b2\tShort\t12\t"]


def test_a_tab_or_line_break_from_outside_makes_no_new_field_or_row() -> None:
    assert list(table(COLUMNS, [["a", "x\ty\nz", "1", "n"]], Terminal())) == ["a\tx y z\t1\tn"]


def test_a_style_of_the_column_holds_unless_the_cell_brings_its_own() -> None:
    columns = (Column("A", style="red"), Column("B"))
    lines = list(table(columns, [["x", Span("y", "green")]], replace(SCREEN, colour=True)))
    assert lines[1] == "\x1b[31mx\x1b[0m  \x1b[32my\x1b[0m"


def test_no_rows_draw_nothing() -> None:
    assert drawn(40, []) == []


CELLS = st.text(max_size=40)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS).map(list), min_size=1, max_size=4), st.integers(1, 70))
def test_no_row_is_wider_than_the_terminal(rows: list[list[str]], width: int) -> None:
    lines = drawn(width, rows)
    assert all(cell_width(line) <= width for line in lines)
    assert all(line == line.rstrip(" ") for line in lines)
