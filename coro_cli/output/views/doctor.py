"""`coro doctor`: a line a check, and what mends it below."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from coro_cli.output.terminal import Span, Terminal, clean

_MARKS = {"ok": ("✓", "ok", "green"), "warning": ("!", "warning", "yellow"), "failed": ("✗", "failed", "red")}


def render(data: dict[str, Any], terminal: Terminal) -> Iterator[str]:
    """The checks, then the count."""
    for check in data["checks"]:
        mark, word, style = _MARKS[check["status"]]
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
