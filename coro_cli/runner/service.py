"""`coro start`: the process people leave running, one a home. One thread dispatches; APScheduler's threads poll."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from coro_cli import config
from coro_cli.domain.durations import rfc3339
from coro_cli.errors import ConfigError, Conflict, CoroError
from coro_cli.polling.plugin_set import Fleet
from coro_cli.runner.notify import Notifier
from coro_cli.runner.poller import Pollster, Tell
from coro_cli.running import doorbell
from coro_cli.running.dispatch import Dispatcher
from coro_cli.store import prune
from coro_cli.store.database import Database
from coro_cli.system import locks, paths


def refuse_second(home: paths.Home) -> None:
    """Raise Conflict if another runner holds the home: told before its port is found to be taken."""
    if locks.is_held(home.lock):
        raise _held(home)


def hold(home: paths.Home) -> int:
    """The descriptor whose lock holds the home until it is closed. Raises Conflict if another runner has it."""
    lock = locks.take(home.lock, patience=0.5)
    if lock is None:
        raise _held(home)
    try:
        os.ftruncate(lock, 0)
        os.write(lock, f"pid {os.getpid()} since {rfc3339(float(int(time.time())))}\n".encode())
    except OSError:
        pass  # a full disk: the lock is what holds the home, its text is only for the message
    return lock


def _held(home: paths.Home) -> Conflict:
    try:
        who = home.lock.read_text().strip()
    except OSError:
        who = ""
    named = f" ({who})" if who else ""
    return Conflict(f"another `coro start` holds this home{named}", hint="see it with `coro status`, or name another home")


def on_signals(stop: Callable[[], None], again: Callable[[], None]) -> None:
    """TERM and INT ask to stop; a second one does not wait."""
    asked = False

    def handle(_number: int, _frame: Any) -> None:
        nonlocal asked
        (again if asked else stop)()
        asked = True

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handle)


# `coro start`: the process people leave running. One thread dispatches; APScheduler's threads poll, one plugin each at a time.
#
# Promises kept here: one per home (flock), a poll at once after the machine slept, a clean stop that leaves running jobs alive,
# and a pulse that says "alive" only while the polls really finish.


PULSE = 10.0
# A wall clock that gained this much on the monotonic one: the machine slept (or somebody set the clock). Look now.
SLEPT = 5.0
LOOK = 1.0


class Beside(Protocol):
    """Something that runs as long as the runner does, in threads of its own: a receiver, the relay."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


@dataclass(slots=True)
class Service:
    """One `coro start`. tell: where happenings go (kind, facts); it is called from several threads.

    beside: started once the home is ours, stopped before it is given back.
    """

    home: paths.Home
    home_name: str
    pollster: Pollster
    parallel: int
    tell: Tell
    beside: list[Beside] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _notifier: Notifier = field(default_factory=lambda: Notifier(()))
    _bell: int | None = None
    _config_mark: tuple[int, int] = (0, 0)
    _flags: tuple[float | None, int | None] = (None, None)

    @classmethod
    def of(cls, home: paths.Home, home_name: str, fleet: Fleet, *, interval: float | None, parallel: int | None, tell: Tell) -> Service:
        """A runner for this home. interval: seconds between two looks. What is None follows the configuration."""
        settings = fleet.settings
        pollster = Pollster(home.store, home.doorbell, fleet, interval or settings.poll_interval, tell)
        made = cls(home, home_name, pollster, parallel or settings.parallel, tell, _notifier=Notifier(settings.notify_command))
        made._flags = (interval, parallel)
        return made

    def run(self) -> None:
        """Hold the home and work until a signal. Raises Conflict if another one holds it."""
        lock = hold(self.home)
        try:
            with Database(self.home.store) as db:
                self._work(db)
        finally:
            os.close(lock)

    def stop(self) -> None:
        """Ask it to end; callable from a signal handler or another thread."""
        self._stop.set()
        doorbell.ring(self.home.doorbell)

    def _work(self, db: Database) -> None:
        self._bell = doorbell.listen(self.home.doorbell)
        with db.transaction():
            db.run("runner_put", pid=os.getpid(), now=time.time(), parallel=self.parallel, interval=self.pollster.interval)
        dispatcher = Dispatcher(db, self.home.runs, self.home_name, self.parallel)
        self._config_mark = config.mark(self.home)
        # Before anything can run: a job that fails while we start is news.
        self._notifier.look(db)
        self.pollster.start()
        self.tell("started", {"pid": os.getpid(), "interval": self.pollster.interval, "home": str(self.home.state)})
        try:
            for one in self.beside:
                one.start()
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
                self.pollster.now()
            seen = self._watch(db, seen)
            self._dispatch(db, dispatcher)
            if abs(time.time() - pulse) >= PULSE:
                pulse = time.time()
                self._beat(db)
            if self._reload(db):
                seen = -1  # other plugins may be there now
            self._sleep(dispatcher)

    def _watch(self, db: Database, seen: int) -> int:
        """What is watched may have changed with every commit. A store that cannot be read is looked at again."""
        try:
            now = db.changes
            if now != seen:
                self.pollster.watch(db)
                self._notifier.look(db)
            return now
        except CoroError as error:
            self.tell("error", {"message": error.message})
            self._stop.wait(LOOK)
            return -1

    def _dispatch(self, db: Database, dispatcher: Dispatcher) -> None:
        """A store that cannot be written for a moment (a full disk), or whatever one job does, must not end the runner."""
        try:
            dispatcher.parallel = self.parallel
            before = dict(dispatcher.mine)
            for run in dispatcher.step():
                self.tell("run-started", {"job": run.job, "run": run.number})
            for job, number in set(before) - set(dispatcher.mine):
                row = db.one("run_get", job=job, number=number)
                if row is not None:
                    self.tell("run-ended", {"job": job, "run": number, "state": row["state"], "exit_code": row["exit_code"]})
        except Exception as error:
            self.tell("error", {"message": error.message if isinstance(error, CoroError) else f"{type(error).__name__}: {error}"})
            self._stop.wait(LOOK)

    def _sleep(self, dispatcher: Dispatcher) -> None:
        try:
            due = dispatcher.next_due()
        except CoroError:
            due = None  # the next look at the store says what is wrong with it
        pause = LOOK if due is None else min(max(due - time.time(), 0.005), LOOK)
        if self._bell is None:
            self._stop.wait(min(pause, LOOK))
            return
        if select.select([self._bell], [], [], pause)[0]:
            doorbell.drain(self._bell)

    def _note(self, db: Database, statement: str, **values: Any) -> None:
        """Keep something of ours. A store that cannot be written for a moment (a full disk) ends no runner: it is told."""
        try:
            with db.transaction():
                db.run(statement, **values)
        except CoroError as error:
            self.tell("error", {"message": error.message})

    def _beat(self, db: Database) -> None:
        self._note(db, "runner_beat", now=time.time())
        self.pollster.complain()
        self._prune(db)

    def _prune(self, db: Database) -> None:
        try:
            gone = prune.prune_daily(db, self.home.runs, keep=self.pollster.fleet.settings.keep)
        except CoroError as error:
            self.tell("error", {"message": error.message})
            return
        if gone:
            self.tell("pruned", {"jobs": gone})

    def _reload(self, db: Database) -> bool:
        """Take up an edited configuration; keep the last good one, and say so, when it cannot be read. True for a new one."""
        mark = config.mark(self.home)
        if mark == self._config_mark:
            return False
        self._config_mark = mark
        try:
            settings = config.load(self.home)
        except ConfigError as error:
            self.tell("config", {"message": f"the configuration is kept as it was: {error.message}"})
            return False
        self.pollster.fleet = Fleet(settings)
        self._notifier.command = settings.notify_command
        self._pace(db, settings)
        self.tell("config", {"message": "the configuration was read again"})
        return True

    def _pace(self, db: Database, settings: config.Config) -> None:
        """What no flag has settled follows the configuration."""
        interval, parallel = self._flags
        before, self.pollster.interval = self.pollster.interval, interval or settings.poll_interval
        self.parallel = parallel or settings.parallel
        self._note(db, "runner_settings", interval=self.pollster.interval, parallel=self.parallel)
        if before != self.pollster.interval:
            self.pollster.now()  # the next look was planned by the old interval

    def _end(self, db: Database) -> None:
        for one in self.beside:
            one.stop()
        self.pollster.stop()
        if self._bell is not None:
            os.close(self._bell)
        self._note(db, "runner_gone")  # where the row stays, the lock says that nobody is there
        live = db.one("runs_live_count")
        self.tell("stopped", {"running": live["n"] if live is not None else 0})
