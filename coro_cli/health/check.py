"""One line of the doctor's list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from coro_cli import config, paths
from coro_cli.polling.fleet import Fleet
from coro_cli.store.database import Database

OK, WARNING, FAILED = "ok", "warning", "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """name: what was looked at. text: what was found. mend: what to do. fix: doing it, where that is safe."""

    name: str
    status: str
    text: str
    mend: str = ""
    fix: Callable[[], None] | None = None

    def as_json(self) -> dict[str, Any]:
        """As `coro doctor --json` prints it."""
        return {"name": self.name, "status": self.status, "text": self.text, "mend": self.mend or None, "fixable": self.fix is not None}


@dataclass(slots=True)
class Patient:
    """What is looked at. settings, fleet and db are None where they could not be opened: that was a check of its own.

    tell: says what takes its time.
    """

    home: paths.Home
    tell: Callable[[str], None] = lambda _: None
    settings: config.Config | None = None
    fleet: Fleet | None = None
    db: Database | None = None


Checks = Iterator[Check]
