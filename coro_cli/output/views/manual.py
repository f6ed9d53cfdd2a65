"""Views of the manual: a page, the topics, the welcome."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from coro_cli.output.parts import Json, glossary, text_of
from coro_cli.output.terminal import Span, Terminal, cell_width

# What a terminal without UTF-8 is shown for what our pages and their frames are drawn with.
_ASCII = str.maketrans({
    "─": "-", "━": "-", "│": "|", "•": "*", "…": "...", "▶": ">", "→": "->", "≤": "<=", "≥": ">=", "–": "-", "µ": "u", "×": "x",
    "÷": "/", "▌": "|",
})  # fmt: skip
_CODE = re.compile(r"^( {4}.*|```.*)$|`([^`\n]+)`", re.MULTILINE)


def page(data: dict[str, Any], terminal: Terminal) -> Iterator[str]:
    """The page's lines. Our own text: it needs no cleaning."""
    if not terminal.tty:
        yield from data["markdown"].rstrip("\n").split("\n")
        return
    import io

    from rich.console import Console
    from rich.markdown import Markdown
    from rich.theme import Theme

    sheet = io.StringIO()
    console = Console(
        file=sheet, width=min(terminal.width, 100), force_terminal=terminal.colour, no_color=not terminal.colour, legacy_windows=False,
        theme=Theme({"markdown.code": "cyan"}),  # its own paints a black box, on light terminals too
    )  # fmt: skip
    text = data["markdown"] if terminal.colour else _CODE.sub(_quoted, data["markdown"])
    console.print(Markdown(text, hyperlinks=False, code_theme="ansi_dark"))
    for line in sheet.getvalue().rstrip("\n").split("\n"):
        yield line.rstrip() if terminal.unicode else line.rstrip().translate(_ASCII)


def _quoted(found: re.Match[str]) -> str:
    """A piece of code that keeps its backticks: without colour nothing else tells it from the words around it."""
    return f"`` `{found[2]}` ``" if found[2] else found[0]


# `coro guide`: the pages of the manual.


def topics(data: list[dict[str, Any]], terminal: Terminal) -> Iterator[str]:
    """A row a page."""
    yield from glossary(("TOPIC", "ABOUT"), [(t["topic"], t["about"]) for t in data], terminal)
    if terminal.tty:
        yield ""
        yield terminal.line("read one: coro guide TOPIC")


# `coro` alone: what to do next.
#
# data: `{"about": sentence, "next": [{"command", "does"}]}`.


_SHORT = 32


def welcome(data: Json, terminal: Terminal) -> Iterator[str]:
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
