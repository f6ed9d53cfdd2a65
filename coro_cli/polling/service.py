"""`coro start`: the process people leave running. One thread dispatches; APScheduler's threads poll, one plugin each at a time.

Promises kept here: one per home (flock), a poll at once after the machine slept, a clean stop that leaves running jobs alive,
and a pulse that says "alive" only while the polls really finish.
"""

from __future__ import annotations

import json
import os
import select
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from coro_cli import config, paths
from coro_cli.domain.durations import rfc3339
from coro_cli.errors import ConfigError, Conflict, CoroError
from coro_cli.polling import cadence, cycle, rounds
from coro_cli.polling.fleet import Fleet
from coro_cli.running import bell, locks
from coro_cli.running.dispatch import Dispatcher
from coro_cli.store import lookup
from coro_cli.store.database import Database

Tell = Callable[[str, dict[str, Any]], None]
PULSE = 10.0
# A wall clock that gained this much on the monotonic one: the machine slept (or somebody set the clock). Look now.
SLEPT = 5.0
LOOK = 1.0


@dataclass(slots=True)
class Service:
    """One `coro start`. tell: where happenings go (kind, facts); it is called from several threads."""

    home: paths.Home
    home_name: str
    fleet: Fleet
    interval: float
    parallel: int
    tell: Tell
    _stop: threading.Event = field(default_factory=threading.Event)
    _failures: dict[str, int] = field(default_factory=dict)
    _scheduler: Any = None
    _bell: int | None = None
    _config_mark: tuple[int, int] = (0, 0)

    def run(self) -> None:
        """Hold the home and work until a signal. Raises Conflict if another one holds it."""
        lock = _hold(self.home)
        try:
            with Database(self.home.store) as db:
                self._work(db)
        finally:
            os.close(lock)

    def stop(self) -> None:
        """Ask it to end; callable from a signal handler or another thread."""
        self._stop.set()
        bell.ring(self.home.doorbell)

    def _work(self, db: Database) -> None:
        self._bell = bell.listen(self.home.doorbell)
        with db.transaction():
            db.run("runner_put", pid=os.getpid(), now=time.time(), parallel=self.parallel)
        dispatcher = Dispatcher(db, self.home.runs, self.home_name, self.parallel)
        self._config_mark = _mark(self.home)
        self._start_scheduler()
        self.tell("started", {"pid": os.getpid(), "interval": self.interval, "home": str(self.home.state)})
        try:
            self._loop(db, dispatcher)
        finally:
            self._end(db)

    def _loop(self, db: Database, dispatcher: Dispatcher) -> None:
        seen, pulse = -1, 0.0
        drift = time.time() - time.monotonic()
        while not self._stop.is_set():
            if abs(time.time() - time.monotonic() - drift) > SLEPT:
                drift = time.time() - time.monotonic()
                self.tell("woke-up", {"why": "the machine slept, or its clock was set"})
                self.poll_now()
            if db.changes != seen:
                seen = db.changes
                self._schedule(db)
            self._dispatch(db, dispatcher)
            if time.time() - pulse >= PULSE:
                pulse = time.time()
                self._beat(db)
            self._sleep(dispatcher)

    def _dispatch(self, db: Database, dispatcher: Dispatcher) -> None:
        """A store that cannot be written for a moment (a full disk) must not end the runner."""
        try:
            before = dict(dispatcher.mine)
            for run in dispatcher.step():
                self.tell("run-started", {"job": run.job, "run": run.number})
            for job, number in set(before) - set(dispatcher.mine):
                row = db.one("run_get", job=job, number=number)
                if row is not None:
                    self.tell("run-ended", {"job": job, "run": number, "state": row["state"], "exit_code": row["exit_code"]})
        except CoroError as error:
            self.tell("error", {"message": error.message})
            self._stop.wait(LOOK)

    def _sleep(self, dispatcher: Dispatcher) -> None:
        due = dispatcher.next_due()
        pause = LOOK if due is None else min(max(due - time.time(), 0.005), LOOK)
        if self._bell is None:
            self._stop.wait(min(pause, LOOK))
            return
        if select.select([self._bell], [], [], pause)[0]:
            bell.drain(self._bell)

    def _beat(self, db: Database) -> None:
        try:
            with db.transaction():
                db.run("runner_beat", now=time.time())
        except CoroError as error:
            self.tell("error", {"message": error.message})
        self._reload()

    def _reload(self) -> None:
        """Take up an edited configuration; keep the last good one, and say so, when it cannot be read."""
        mark = _mark(self.home)
        if mark == self._config_mark:
            return
        self._config_mark = mark
        try:
            self.fleet = Fleet(config.load(self.home))
            self.tell("config", {"message": "the configuration was read again"})
        except ConfigError as error:
            self.tell("config", {"message": f"the configuration is kept as it was: {error.message}"})

    # ── polling, in the scheduler's threads

    def _start_scheduler(self) -> None:
        import logging

        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        # Errors are told by ourselves; its own warnings would go to stderr through logging's last resort.
        logging.getLogger("apscheduler").addHandler(logging.NullHandler())
        logging.getLogger("apscheduler").propagate = False
        # Its defaults drop a tick that is a second late (misfire_grace_time=1): a slept laptop would poll nothing.
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._scheduler = BackgroundScheduler(
            timezone="UTC", job_defaults=defaults, executors={"default": ThreadPoolExecutor(8)}, daemon=True
        )
        self._scheduler.start()

    def _schedule(self, db: Database) -> None:
        """One job a watched plugin; what is watched is read from the store, never kept beside it."""
        for name in rounds.watched_plugins(db, self.fleet):
            if self._scheduler.get_job(name) is None:
                self._at(name, 0.0)

    def _at(self, name: str, pause: float) -> None:
        from datetime import UTC, datetime, timedelta

        when = datetime.now(UTC) + timedelta(seconds=pause)
        self._scheduler.add_job(self._poll, "date", run_date=when, args=[name], id=name, replace_existing=True)

    def poll_now(self, plugin: str | None = None) -> None:
        """Look at once: after sleep, or because a webhook said so."""
        for job in self._scheduler.get_jobs():
            if plugin in (None, job.id):
                self._at(job.id, 0.0)

    def _poll(self, name: str) -> None:
        pause = self.interval
        try:
            with Database(self.home.store) as db:
                pause = self._cycle(db, name)
        except Exception as error:  # whatever happens in one cycle, there has to be a next one
            self.tell("error", {"plugin": name, "message": f"{type(error).__name__}: {error}"})
        if not self._stop.is_set():
            self._at(name, pause)

    def _cycle(self, db: Database, name: str) -> float:
        member = self.fleet.member(name)
        if member.reason:
            member = self.fleet.renew(name)
        report = cycle.poll(db, member, cycle.watched_of(db, name))
        failed = bool(report.errors) and not report.reachable
        self._failures[name] = self._failures.get(name, 0) + 1 if failed else 0
        pause = self._pause(db, name, report)
        with db.transaction():
            now = time.time()
            if report.reachable and report.limited_until is None:
                db.run("plugin_cycle", name=name, now=now, next_poll=now + pause, interval=pause, cycle=report.duration)
            else:
                db.run("plugin_next", name=name, next_poll=now + pause, interval=pause)
        self._tell_report(db, report)
        bell.ring(self.home.doorbell)
        return pause

    def _pause(self, db: Database, name: str, report: cycle.Report) -> float:
        row = db.one("plugin_get", name=name)
        budget = json.loads(row["budget"]) if row is not None else {}
        pause = cadence.interval(
            self.interval, charged=report.charged, budget={k: v for k, v in budget.items() if isinstance(v, int | float)},
            share=self.fleet.settings.poll_budget, now=time.time(), limited_until=report.limited_until, failures=self._failures[name],
        )  # fmt: skip
        if cadence.is_stretched(self.interval, pause):
            self.tell("stretched", {"plugin": name, "interval": round(pause, 1)})
        # A little early rather than late: the promise is "at most the interval", and runners spread out.
        return pause * (0.95 + 0.05 * (time.time() * 1000 % 1000) / 1000)

    def _tell_report(self, db: Database, report: cycle.Report) -> None:
        if report.caught_up > 3 * self.interval + 60 and (report.events or report.queued):
            self.tell("caught-up", {"seconds": report.caught_up, "events": len(report.events), "jobs": len(set(report.queued))})
        for event in report.events:
            number = db.one("event_number", key=event.key)
            row = db.one("event_by_number", number=number["number"]) if number is not None else None
            if row is not None:
                self.tell("event", lookup.event_with_outcome(db, row))
        for message in report.errors:
            self.tell("error", {"plugin": report.plugin, "message": message})
        self.tell("cycle", {
            "plugin": report.plugin, "requests": report.requests, "not_modified": report.not_modified,
            "charged": report.charged, "seconds": round(report.duration, 3), "at": rfc3339(time.time()),
        })  # fmt: skip

    def _end(self, db: Database) -> None:
        self._scheduler.shutdown(wait=False)
        self.fleet.close()
        with db.transaction():
            db.run("runner_gone")
        if self._bell is not None:
            os.close(self._bell)
        live = db.one("runs_live_count")
        self.tell("stopped", {"running": live["n"] if live is not None else 0})


def _hold(home: paths.Home) -> int:
    lock = locks.take(home.lock)
    if lock is None:
        try:
            who = home.lock.read_text().strip()
        except OSError:
            who = ""
        named = f" ({who})" if who else ""
        raise Conflict(f"another `coro start` holds this home{named}", hint="see it with `coro status`, or name another home")
    os.ftruncate(lock, 0)
    os.write(lock, f"pid {os.getpid()} since {rfc3339(float(int(time.time())))}\n".encode())
    return lock


def _mark(home: paths.Home) -> tuple[int, int]:
    try:
        found = home.config_file.stat()
        return found.st_mtime_ns, found.st_size
    except OSError:
        return (0, 0)


def on_signals(stop: Callable[[], None], again: Callable[[], None]) -> None:
    """TERM and INT ask to stop; a second one does not wait."""
    asked = False

    def handle(_number: int, _frame: Any) -> None:
        nonlocal asked
        (again if asked else stop)()
        asked = True

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handle)
