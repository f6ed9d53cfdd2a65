"""What the trap tests do again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Bench = Any
Open = Callable[..., Bench]


def parked(b: Bench, on: str = "commented", project: str = "PROJ", **words: Any) -> tuple[Any, str]:
    """An issue that is an hour old, and the id of a job that waits for it."""
    b.world.host.skew = -3600.0
    issue = b.world.issue(project)
    b.world.host.skew = 0.0
    return issue, b.park(b.world.ref(issue), on, **words).id


def bodies(b: Bench) -> list[str]:
    return [row["body"] for row in b.recorded() if row["name"] == "issue:commented"]
