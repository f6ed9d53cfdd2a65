"""`coro init`: what was found and written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from coro_cli.output.terminal import Span, Terminal, clean

_MARKS = {"ok": ("✓", "ok", "green"), "written": ("+", "written", "cyan"), "missing": ("!", "missing", "yellow")}


def render(data: dict[str, Any], terminal: Terminal) -> Iterator[str]:
    """A line each."""
    for line in data["found"]:
        mark, word, style = _MARKS[line["status"]]
        if not terminal.tty:
            yield "\t".join((word, clean(line["name"]), clean(line["text"])))
            continue
        yield from terminal.flow(Span(f"{terminal.pick(mark, word)} ", style), Span(f"{line['name']}  ", "bold"), line["text"], rest="    ")
