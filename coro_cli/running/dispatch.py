"""Turning queued jobs into runs, and ends of runs into new states; the half of a runner that never talks to a host."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from coro_cli.domain.events import Actor, Event
from coro_cli.domain.waits import Wait
from coro_cli.errors import CoroError
from coro_cli.running import launch, reconcile
from coro_cli.running.launch import Started
from coro_cli.store import inbox, rows, transitions
from coro_cli.store.database import Database
from coro_cli.system import regex

# Jobs that cannot be started stay first in the line: so many of them do not keep the others from their turn.
SPARE = 100


@dataclass(slots=True)
class Dispatcher:
    """Starts at most `parallel` runs at once, counting those that other runners and an earlier self have started.

    refused: the jobs that could not be started when it was tried last.
    """

    db: Database
    runs: Path
    home: str
    parallel: int
    mine: dict[tuple[str, int], Started] = field(default_factory=dict)
    only: set[str] | None = None
    refused: set[str] = field(default_factory=set)

    def step(self) -> list[Started]:
        """One look: what ended, what is due, what may start. Returns the runs it started."""
        self.reap()
        reconcile.sweep(self.db, self.runs)
        expire(self.db)
        return self._start_ready()

    def reap(self) -> list[tuple[str, int]]:
        """Supervisors of ours that have ended; waiting for them keeps the process table clean."""
        over = [key for key, run in self.mine.items() if run.process is None or run.process.poll() is not None]
        for key in over:
            del self.mine[key]
        return over

    def _start_ready(self) -> list[Started]:
        started: list[Started] = []
        trouble: CoroError | None = None
        room = self._room()
        for job in self.ready(time.time(), room + SPARE if room > 0 else 0):
            if len(started) >= room:
                break
            try:
                run = launch.claim_and_start(self.db, self.runs, self.home, job, skew=skew_of(self.db, job))
            except CoroError as error:
                trouble = error  # the others are not to suffer from what is one job's own
                self.refused.add(job)
                continue
            self.refused.discard(job)
            if run is not None:
                self.mine[run.job, run.number] = run
                started.append(run)
        if trouble is not None and not started:
            raise trouble
        return started

    def ready(self, now: float, limit: int) -> list[str]:
        """The jobs that may start at that time, the longest waiting first."""
        if limit <= 0:
            return []
        if self.only is None:
            return [row["id"] for row in self.db.all("jobs_ready", now=now, limit=limit)]
        return [job for job in sorted(self.only) if self.db.one("job_ready", id=job, now=now) is not None][:limit]

    def _room(self) -> int:
        live = self.db.one("runs_live_count")
        return self.parallel - (live["n"] if live is not None else 0)

    def next_due(self) -> float | None:
        """When something becomes ready (if there is room for it) or expires next (epoch seconds)."""
        ready = self.db.one("jobs_next_ready") if self._room() > 0 else None
        rows_ = (ready, self.db.one("waits_next_deadline"))
        times = [row["at"] for row in rows_ if row is not None and row["at"] is not None]
        return min(times, default=None)


def expire(db: Database) -> list[str]:
    """Deadlines that have passed wake their jobs with `job:timeout`."""
    now = time.time()
    due = db.all("waits_due", now=now)
    if not due:
        return []
    with db.transaction("record"):
        for row in db.all("waits_due", now=now):
            wait = rows.wait(row)
            title, url = rows.named(db.one("object_get", ref=wait.refs[0]))
            event = Event(
                key=f"{wait.job}:timeout:{wait.id}", name="job:timeout", ref=wait.refs[0], actor=Actor("coro", "bot", "self"),
                occurred_at=wait.deadline or now, title=title, url=url, source="runner",
            )  # fmt: skip
            _alone(db, wait, event, now)
            db.run("wait_no_deadline", id=wait.id)
    return [row["job"] for row in due]


def _alone(db: Database, wait: Wait, event: Event, now: float) -> None:
    """An event of one job only: it is recorded, but no other job on the same ref is asked."""
    done = transitions.Recorded()
    number = inbox.insert(db, event, now, done)
    inbox.consider(db, wait, event, number, None, now=now, search=regex.search, done=done)


def skew_of(db: Database, job: str) -> float:
    """The host clock less ours for the job's plugin: the start of a run is compared with the host's times."""
    wait = db.one("wait_last", job=job)
    if wait is None:
        return 0.0
    refs = rows.wait(wait).refs
    row = db.one("plugin_get", name=refs[0].partition(":")[0]) if refs else None
    return float(row["skew"]) if row is not None else 0.0
