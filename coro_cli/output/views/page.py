"""`coro guide TOPIC`: one page, laid out on a terminal, plain Markdown elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from coro_cli.output.terminal import Terminal

# What a terminal without UTF-8 is shown for what our pages and their frames are drawn with.
_ASCII = str.maketrans({
    "─": "-", "━": "-", "│": "|", "•": "*", "…": "...", "▶": ">", "→": "->", "≤": "<=", "≥": ">=", "–": "-", "µ": "u", "×": "x",
    "÷": "/", "▌": "|",
})  # fmt: skip
_CODE = re.compile(r"^( {4}.*|```.*)$|`([^`\n]+)`", re.MULTILINE)


def render(data: dict[str, Any], terminal: Terminal) -> Iterator[str]:
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
