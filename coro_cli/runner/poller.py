"""The polling half of `coro start`: APScheduler's threads, one cycle a plugin at a time, each planning its own next one."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from coro_cli.domain.durations import rfc3339
from coro_cli.jobs import poll
from coro_cli.polling import cycle, interval, watching
from coro_cli.polling.cycle import Report
from coro_cli.polling.plugin_set import Fleet
from coro_cli.running import doorbell
from coro_cli.store import views
from coro_cli.store.database import Database

Tell = Callable[[str, dict[str, Any]], None]
# A cycle that takes this long is said aloud: every request has a deadline, but a thousand of them take their time.
HANGING = 600.0
STRETCHED = "looked at less often, to stay within our share of the host's limit"


@dataclass(slots=True)
class Pollster:
    """Polls until it is stopped. factor: above 1 while something faster than polling (the relay) brings the news."""

    store: str
    doorbell: Any
    fleet: Fleet
    interval: float
    tell: Tell
    factor: float = 1.0
    _scheduler: Any = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _busy: dict[str, float] = field(default_factory=dict)
    _again: set[str] = field(default_factory=set)
    _gone: set[str] = field(default_factory=set)
    _failures: dict[str, int] = field(default_factory=dict)
    _stopped: bool = False

    def start(self) -> None:
        """Start the scheduler's threads."""
        import logging

        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        # Errors are told by ourselves; its own warnings would go to stderr through logging's last resort.
        logging.getLogger("apscheduler").addHandler(logging.NullHandler())
        logging.getLogger("apscheduler").propagate = False
        # Its defaults drop a tick that is a second late (misfire_grace_time=1): a slept laptop would poll nothing.
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        pool = ThreadPoolExecutor(8)
        self._scheduler = BackgroundScheduler(timezone="UTC", job_defaults=defaults, executors={"default": pool}, daemon=True)
        self._scheduler.start()

    def stop(self) -> None:
        """No new cycles; what hangs in a request is left behind."""
        self._stopped = True
        self._scheduler.shutdown(wait=False)
        self.fleet.close()

    def watch(self, db: Database) -> None:
        """See that every watched plugin has its next cycle planned; what is watched is read from the store."""
        gone = {report.plugin: report.errors[0] for report in poll.unconfigured(db, self.fleet)}
        for name in gone.keys() - self._gone:
            self.tell("error", {"plugin": name, "message": gone[name]})
        self._gone = set(gone)
        for name in poll.watched_plugins(db, self.fleet):
            with self._lock:
                if name not in self._busy and self._scheduler.get_job(name) is None:
                    self._at(name, 0.0)

    def now(self, plugin: str | None = None) -> None:
        """Look at once: after sleep, or because a webhook said so. A cycle that is on its way is followed by another."""
        with self._lock:
            for name in [plugin] if plugin else [*self._busy, *(job.id for job in self._scheduler.get_jobs())]:
                if name in self._busy:
                    self._again.add(name)
                else:
                    self._at(name, 0.0)

    def complain(self) -> None:
        """Say which cycles hang."""
        for name, began in list(self._busy.items()):
            if time.monotonic() - began > HANGING:
                self.tell("error", {"plugin": name, "message": f"a cycle has been going on for {time.monotonic() - began:.0f} s"})

    def _at(self, name: str, pause: float) -> None:
        from datetime import UTC, datetime, timedelta

        when = datetime.now(UTC) + timedelta(seconds=pause)
        self._scheduler.add_job(self._poll, "date", run_date=when, args=[name], id=name, replace_existing=True)

    def _poll(self, name: str) -> None:
        with self._lock:
            self._busy[name] = time.monotonic()
        pause = self.interval
        try:
            with Database(self.store) as db:
                pause = self._cycle(db, name)
        except Exception as error:  # whatever happens in one cycle, there has to be a next one
            self.tell("error", {"plugin": name, "message": f"{type(error).__name__}: {error}"})
        with self._lock:
            self._busy.pop(name, None)
            if not self._stopped and name in self.fleet.settings.plugins:
                self._at(name, 0.0 if name in self._again else pause)
            self._again.discard(name)

    def _cycle(self, db: Database, name: str) -> float:
        member = self.fleet.current(name)
        member.woken = lambda: doorbell.ring(self.doorbell)
        report = cycle.poll(db, member, watching.watched_of(db, name))
        failed = bool(report.errors) and not report.reachable
        self._failures[name] = self._failures.get(name, 0) + 1 if failed else 0
        every = self._interval(db, name, report)
        # A little early rather than late: the promise is "at most the interval", and runners spread out.
        pause = every * (0.95 + 0.05 * (time.time() * 1000 % 1000) / 1000)
        with db.transaction():
            now = time.time()
            if report.well:
                db.run("plugin_cycle", name=name, now=now, next_poll=now + pause, interval=every)
                if interval.is_stretched(self.interval * self.factor, every):
                    db.run("plugin_state", name=name, state="ok", reason=STRETCHED, now=now)
            else:
                db.run("plugin_next", name=name, next_poll=now + pause, interval=every)
        self._tell_report(db, report)
        doorbell.ring(self.doorbell)
        return pause

    def _interval(self, db: Database, name: str, report: Report) -> float:
        row = db.one("plugin_get", name=name)
        budget = json.loads(row["budget"]) if row is not None else {}
        base = self.interval * self.factor
        every = interval.interval(
            base, charged=report.charged, budget={k: v for k, v in budget.items() if isinstance(v, int | float)},
            share=self.fleet.settings.poll_budget, now=time.time(), limited_until=report.limited_until, failures=self._failures[name],
        )  # fmt: skip
        if interval.is_stretched(base, every):
            self.tell("stretched", {"plugin": name, "interval": round(every, 1)})
        return every

    def _tell_report(self, db: Database, report: Report) -> None:
        if report.caught_up > 3 * self.interval + 60 and (report.events or report.queued or report.finished):
            jobs = len({*report.queued, *report.finished})
            self.tell("caught-up", {"seconds": report.caught_up, "events": len(report.events), "jobs": jobs})
        for shown in views.events_json(db, [event.key for event in report.events]):
            self.tell("event", shown)
        for message in report.errors:
            self.tell("error", {"plugin": report.plugin, "message": message})
        self.tell("cycle", {
            "plugin": report.plugin, "requests": report.requests, "not_modified": report.not_modified,
            "charged": report.charged, "seconds": round(report.duration, 3), "at": rfc3339(time.time()),
        })  # fmt: skip
