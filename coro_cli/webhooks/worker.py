"""The thread that handles what waits, beside a runner or a receiver: at once when a delivery was stored, whoever stored it.

Of several processes on one home one handles at a time (flock); the others would only ask the hosts the same again.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coro_cli import config
from coro_cli.errors import CoroError
from coro_cli.polling.cycle import Report
from coro_cli.polling.plugin_set import Fleet
from coro_cli.running import doorbell
from coro_cli.store import views
from coro_cli.store.database import Database
from coro_cli.system import locks, paths
from coro_cli.webhooks import delivery_log
from coro_cli.webhooks.handler import Tell
from coro_cli.webhooks.process import Handler

LOOK = 0.5
RETRY = 2.0
# Nobody handles it (another process is stuck with the lock): say so, and stop waiting for its line.
PATIENCE = 60.0
MOST_LINES = 5000


@dataclass(slots=True)
class Worker:
    """Handles deliveries until `stop`. tell: where happenings go; it is called from the worker's thread."""

    home: paths.Home
    tell: Tell
    _stop: threading.Event = field(default_factory=threading.Event)
    _nudge: threading.Event = field(default_factory=threading.Event)
    _lines: OrderedDict[int, float] = field(default_factory=OrderedDict)
    _lines_lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name="handling", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after what is being handled; a host that hangs is not waited for."""
        self._stop.set()
        self._nudge.set()
        if self._thread is not None:
            self._thread.join(2)

    def stored(self, ids: Sequence[int]) -> None:
        """These rows are new: handle them, and say what they did."""
        with self._lines_lock:
            for id in ids:
                self._lines[id] = time.monotonic()
            while len(self._lines) > MOST_LINES:
                self._lines.popitem(last=False)
        self._nudge.set()

    def _run(self) -> None:
        with Database(self.home.store) as db:
            mine = _Handling(self.home, db)
            while not self._stop.is_set():
                try:
                    self._round(db, mine)
                except CoroError as error:  # a full disk, an unreadable configuration: a later round may be better
                    self._failed(mine, error.message)
                except Exception as error:  # whatever one delivery does, there has to be a next round
                    self._failed(mine, f"{type(error).__name__}: {error}")
                self._nudge.wait(LOOK)
            mine.close()

    def _failed(self, mine: _Handling, message: str) -> None:
        """What waits still does, though nothing may change in the store: it is tried again after a pause."""
        mine.seen = -1
        self.tell("error", {"message": message})
        self._stop.wait(RETRY)

    def _round(self, db: Database, mine: _Handling) -> None:
        if self._nudge.is_set() or db.changes != mine.seen:
            self._nudge.clear()
            mine.seen = db.changes
            waiting = db.one("deliveries_waiting_count")
            if waiting is not None and waiting["n"] and not self._handle(db, mine.handler()):
                mine.seen = -1
        self._say(db)

    def _handle(self, db: Database, handler: Handler) -> bool:
        """False where another process is at it: it may die before it is done."""
        lock = locks.take(_lock_file(self.home))
        if lock is None:
            return False
        try:
            while handler.waiting() and not self._stop.is_set():
                self._report(db, handler)
        finally:
            os.close(lock)
        return True

    def _report(self, db: Database, handler: Handler) -> None:
        for report in handler.reports:
            for event in views.events_json(db, [event.key for event in report.events]):
                self.tell("event", event)
            for message in report.errors:
                self.tell("error", {"plugin": report.plugin, "message": message})
        if handler.queued:
            doorbell.ring(self.home.doorbell)
        handler.reports, handler.queued = [], []
        self._say(db)

    def _say(self, db: Database) -> None:
        """The lines of what has been handled meanwhile, here or by another process."""
        with self._lines_lock:
            pending = list(self._lines.items())
        for id, since in pending:
            row = db.one("delivery_line", id=id)
            waits = row is not None and row["handled_at"] is None and time.monotonic() - since < PATIENCE
            if waits:
                continue
            with self._lines_lock:
                self._lines.pop(id, None)
            if row is not None:
                self.tell("delivery", _line(db, delivery_log.as_json(row)))


def _line(db: Database, shown: dict[str, Any]) -> dict[str, Any]:
    jobs = [job["job"] for event in views.events_json(db, shown["events"]) for job in event.get("jobs", ()) if job["outcome"] == "woke"]
    return shown | {"woke": list(dict.fromkeys(jobs))}


@dataclass(slots=True)
class _Handling:
    """A handler that follows `config.toml`. seen: the store's state when it last looked."""

    home: paths.Home
    db: Database
    seen: int = -1
    _mark: tuple[int, int] | None = None
    _fleet: Fleet | None = None
    _handler: Handler | None = None

    def handler(self) -> Handler:
        """The handler, made anew when the configuration is another. ConfigError where that cannot be read."""
        mark = config.mark(self.home)
        if self._handler is None or mark != self._mark:
            fresh = Fleet(config.load(self.home))
            self.close()
            self._mark, self._fleet, self._handler = mark, fresh, Handler(self.db, fresh)
        return self._handler

    def close(self) -> None:
        """Close the connections."""
        if self._fleet is not None:
            self._fleet.close()


def catch_up(home: paths.Home, db: Database, fleet: Fleet) -> list[Report]:
    """Handle all that waits, unless another process is at it. Returns what the looks did."""
    lock = locks.take(_lock_file(home))
    if lock is None:
        return []
    try:
        handler = Handler(db, fleet)
        while handler.waiting():
            pass
        return handler.reports
    finally:
        os.close(lock)


def _lock_file(home: paths.Home) -> Path:
    """Held by whoever handles: the others would only ask the hosts the same again."""
    return home.state / "deliveries.lock"
