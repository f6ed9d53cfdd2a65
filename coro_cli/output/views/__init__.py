"""The human views, one file each. A view turns JSON data into lines: `render(data, terminal)`.

Only the view that is asked for is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from coro_cli.output.terminal import Terminal

NAMES = frozenset({
    "deliveries", "descriptors", "doctor", "drill", "dry_run", "edge", "events", "explain", "jobs", "missed", "page", "plan", "poll",
    "replayed", "run", "scenarios", "secrets", "settings", "setup", "show", "status", "topics", "verdict", "welcome",
})  # fmt: skip
Render = Callable[[Any, Terminal], Iterator[str]]


def load(name: str) -> Render:
    """The `render` of a view. A name that is not in `NAMES` is a bug: KeyError."""
    if name not in NAMES:
        raise KeyError(name)
    render: Render = import_module(f"{__name__}.{name}").render
    return render
