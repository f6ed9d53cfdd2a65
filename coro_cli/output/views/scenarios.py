"""`coro drill --list`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from coro_cli.output.parts import glossary
from coro_cli.output.terminal import Terminal


def render(data: list[dict[str, Any]], terminal: Terminal) -> Iterator[str]:
    """A row a scenario."""
    yield from glossary(("SCENARIO", "WHAT HAPPENS"), [(s["scenario"], s["title"]) for s in data], terminal)
