"""The human views. A view turns JSON data into lines: `jobs(data, terminal)`.

Only the module of the view that is asked for is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from coro_cli.output.terminal import Terminal

# The module of each view, which is a function of that name.
MODULES = {
    "jobs": "jobs", "show": "jobs", "explain": "jobs", "events": "jobs", "run": "jobs", "dry_run": "jobs",
    "status": "status", "poll": "status", "plan": "status",
    "deliveries": "webhooks", "descriptors": "webhooks", "missed": "webhooks",
    "replayed": "webhooks", "secrets": "webhooks", "verdict": "webhooks",
    "page": "manual", "topics": "manual", "welcome": "manual",
    "settings": "setup", "setup": "setup", "doctor": "setup",
    "drill": "drill", "scenarios": "drill",
    "edge": "edge",
}  # fmt: skip
Render = Callable[[Any, Terminal], Iterator[str]]


def load(name: str) -> Render:
    """The view of that name. One that is not in `MODULES` is a bug: KeyError."""
    render: Render = getattr(import_module(f"{__name__}.{MODULES[name]}"), name)
    return render
