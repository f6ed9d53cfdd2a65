"""`coro guide`: the pages of the manual."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from coro_cli.output.parts import glossary
from coro_cli.output.terminal import Terminal


def render(data: list[dict[str, Any]], terminal: Terminal) -> Iterator[str]:
    """A row a page."""
    yield from glossary(("TOPIC", "ABOUT"), [(t["topic"], t["about"]) for t in data], terminal)
    if terminal.tty:
        yield ""
        yield terminal.line("read one: coro guide TOPIC")
