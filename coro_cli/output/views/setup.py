"""Views of the setup: settings, `coro init`, `coro doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from coro_cli.output.table import Column, table
from coro_cli.output.terminal import Span, Terminal, clean


def settings(data: list[dict[str, Any]], terminal: Terminal) -> Iterator[str]:
    """Key, value, and the origin where it was asked for."""
    named = bool(data) and "origin" in data[0]
    origin = (Column("ORIGIN", "faint", priority=2),) if named else ()
    columns = (Column("KEY", "cyan", priority=9), Column("VALUE", minimum=10, priority=5), *origin)
    rows = [[str(row["key"]), _text(row["value"]), *([str(row["origin"])] if named else [])] for row in data]
    yield from table(columns, rows, terminal)


def _text(value: Any) -> str:
    return ", ".join(str(v) for v in value) if isinstance(value, list | tuple) else str(value)


# `coro init`: what was found and written.


_MARKS = {"ok": ("✓", "ok", "green"), "written": ("+", "written", "cyan"), "missing": ("!", "missing", "yellow")}


def setup(data: dict[str, Any], terminal: Terminal) -> Iterator[str]:
    """A line each."""
    for line in data["found"]:
        mark, word, style = _MARKS[line["status"]]
        if not terminal.tty:
            yield "\t".join((word, clean(line["name"]), clean(line["text"])))
            continue
        yield from terminal.flow(Span(f"{terminal.pick(mark, word)} ", style), Span(f"{line['name']}  ", "bold"), line["text"], rest="    ")


# `coro doctor`: a line a check, and what mends it below.


_DOCTOR_MARKS = {"ok": ("✓", "ok", "green"), "warning": ("!", "warning", "yellow"), "failed": ("✗", "failed", "red")}


def doctor(data: dict[str, Any], terminal: Terminal) -> Iterator[str]:
    """The checks, then the count."""
    for check in data["checks"]:
        mark, word, style = _DOCTOR_MARKS[check["status"]]
        if not terminal.tty:
            yield "\t".join((word, clean(check["name"]), clean(check["text"]), clean(check["mend"] or "")))
            continue
        sign = Span(f"{terminal.pick(mark, word)} ", style)
        yield from terminal.flow(sign, Span(f"{check['name']}  ", "bold"), check["text"], rest="    ")
        if check["mend"]:
            yield from terminal.flow("    ", Span(check["mend"], "cyan"), rest="    ")
    if not terminal.tty:
        return
    yield ""
    if data["failed"] or data["warnings"]:
        yield terminal.line(f"{data['failed']} failed, {data['warnings']} to look at")
    else:
        yield terminal.line(Span("everything is in order", "green"))
