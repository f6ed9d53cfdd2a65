"""`coro` alone: what to do next.

data: `{"about": sentence, "next": [{"command", "does"}]}`.
"""

from __future__ import annotations

from collections.abc import Iterator

from coro_cli.output.parts import Json, text_of
from coro_cli.output.terminal import Span, Terminal, cell_width

_SHORT = 32


def render(data: Json, terminal: Terminal) -> Iterator[str]:
    """A sentence, then a line a step; a long command has a line of its own."""
    steps = [(text_of(step.get("command")), text_of(step.get("does"))) for step in data.get("next") or ()]
    width = max((cell_width(command) for command, _ in steps if cell_width(command) <= _SHORT), default=0)
    yield from terminal.block(text_of(data.get("about")))
    yield ""
    for command, does in steps:
        if cell_width(command) > _SHORT:
            yield from terminal.block(command, first="  ", rest="    ", style="cyan")
        else:
            yield from terminal.flow("  ", Span(command.ljust(width), "cyan"), f"   {does}", rest="    ")
