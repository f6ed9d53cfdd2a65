"""`coro guide TOPIC`: one page, laid out on a terminal, plain Markdown elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from coro_cli.output.terminal import Terminal


def render(data: dict[str, Any], terminal: Terminal) -> Iterator[str]:
    """The page's lines. Our own text: it needs no cleaning."""
    if not terminal.tty:
        yield from data["markdown"].rstrip("\n").split("\n")
        return
    import io

    from rich.console import Console
    from rich.markdown import Markdown

    sheet = io.StringIO()
    console = Console(
        file=sheet, width=min(terminal.width, 100), force_terminal=terminal.colour, no_color=not terminal.colour, legacy_windows=False
    )
    console.print(Markdown(data["markdown"], hyperlinks=False))
    yield from sheet.getvalue().rstrip("\n").split("\n")
