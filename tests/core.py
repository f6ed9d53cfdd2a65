"""A store with a hand to put things into it: jobs that wait on a pull request, what the host shows of it, runs by hand.

world = World(tmp_path); job = world.park(on="commented"); world.see(comments=[comment("1")]); run = world.claim(job)
The clock is the world's own (`world.now`): nothing sleeps.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from coro_cli.domain import diff
from coro_cli.domain.events import Actor, Event
from coro_cli.domain.snapshot import Change, Comment, Review, Snapshot
from coro_cli.store import claims, finish, inbox, parking, rows
from coro_cli.store.claims import Batch
from coro_cli.store.database import Database
from coro_cli.store.inbox import Recorded
from coro_cli.store.parking import JobSpec, Seen, WaitSpec
from coro_cli.system import regex

REF = "github:acme/api#42"
NOBODY = 2**30  # no process has this number
START = 1_800_000_000.25
ALICE = Actor("alice", "user", "member")
ME = Actor("me", "user", "self")
STRANGER = Actor("stranger", "user", "none")


def snapshot(ref: str = REF, **facts: Any) -> Snapshot:
    """An open pull request. The id follows the ref."""
    plain: dict[str, Any] = {"id": f"github:github.com:1:{ref.rpartition('#')[2]}", "family": "pull_request", "head": "c0ffee"}
    return Snapshot(**plain | {"author": Actor("dev")} | facts)


def comment(key: str, at: float, *, by: Actor = ALICE, body: str = "hello") -> Comment:
    """A comment."""
    return Comment(f"comment:{key}", by, at, body)


def review(key: str, at: float, state: str = "approved", *, by: Actor = ALICE, commit: str = "c0ffee", body: str = "") -> Review:
    """A review."""
    return Review(key, by, state, at, commit, body)


def change(key: str, name: str, at: float, *, by: Actor = ALICE, **data: Any) -> Change:
    """An edge with an id of the host's own."""
    return Change(key, name, by, at, data)


class World:
    """One store and one clock. Everything goes the way the program goes: park, record, claim, finish."""

    def __init__(self, folder: Path, *, now: float = START) -> None:
        self.path = str(folder / "coro.db")
        self.db = Database(self.path)
        self.now = now
        self.shown: dict[str, Snapshot] = {}

    def later(self, seconds: float) -> float:
        """Let time pass."""
        self.now += seconds
        return self.now

    def park(
        self, *refs: str, on: str | Sequence[str] = "approved", command: Sequence[str] = ("true",), look: bool = True, job: str = "",
        events: Iterable[Event] = (), description: JobSpec | None = None, **options: Any,
    ) -> str:  # fmt: skip
        """Park a job (or `job` again) on the refs; what the host shows of them now is looked at."""
        names = [on] if isinstance(on, str) else on
        wait = {key: options.pop(key) for key in tuple(options) if key in WaitSpec.__dataclass_fields__}
        spec = WaitSpec(refs=refs or (REF,), on=tuple(n if ":" in n else f"pull_request:{n}" for n in names), **wait)
        made = description or JobSpec(**{"command": tuple(command), "cwd": "/"} | options)
        seen = {ref: Seen("github", self._stamped(ref)) for ref in spec.refs} if look else {}
        asked = {"now": self.now, "started": self.now, "search": regex.search}
        if job:
            parking.park_again(self.db, job, made, spec, seen, events, **asked)
            return job
        return parking.park_new(self.db, made, spec, seen, events, **asked)[0]

    def see(self, ref: str = REF, **facts: Any) -> Recorded:
        """The host shows this from now on, and a poll reads it."""
        before = rows.snapshot(self.db.one("object_get", ref=ref))
        self.shown[ref] = replace(self.shown.get(ref) or snapshot(ref), **facts)
        present = self._stamped(ref)
        with self.db.transaction():
            found = list(diff.found(before, present, ref, since=present.looked_at))
            parking.see(self.db, "github", ref, present, now=self.now)
            return inbox.record(self.db, found, {ref: present}, now=self.now, search=regex.search)

    def claim(self, job: str) -> Batch | None:
        """Claim it, and let its command begin."""
        with self.db.transaction():
            batch = claims.claim(self.db, job, now=self.now)
            if batch is not None:
                self.db.run("run_begin", job=job, number=batch.number, supervisor=1, pid=NOBODY, pid_started="x")
            return batch

    def finish(self, job: str, exit_code: int | None = 0, *, number: int | None = None) -> Recorded | None:
        """The command ends."""
        with self.db.transaction():
            return finish.finish(self.db, job, number or self.job(job)["runs"], exit_code, now=self.now, jitter=0.0)

    def run(self, job: str, exit_code: int | None = 0) -> Batch:
        """Claim and finish; the job has to be ready after at most ten seconds of quiet."""
        self.later(10.0)
        batch = self.claim(job)
        assert batch is not None, f"{job} is {self.state(job)}"
        self.finish(job, exit_code)
        return batch

    def job(self, job: str) -> sqlite3.Row:
        """The job's row."""
        row = self.db.one("job_get", id=job)
        assert row is not None
        return row

    def state(self, job: str) -> str:
        """The job's state."""
        return str(self.job(job)["state"])

    def outcomes(self, job: str) -> dict[str, str]:
        """What each event did to the job, by the event's name."""
        return {row["name"].partition(":")[2]: row["outcome"] for row in self.db.all("events_of_job", job=job, since=0.0, limit=100)}

    def legal(self) -> None:
        """The invariants that no moment may break."""
        broken = self.db._connection.execute(_ILLEGAL).fetchall()
        assert not broken, [tuple(row) for row in broken]
        assert self.db.pragma("integrity_check") == "ok"
        assert not self.db._connection.execute("PRAGMA foreign_key_check").fetchall()

    def _stamped(self, ref: str) -> Snapshot:
        shown = self.shown.get(ref) or snapshot(ref)
        return replace(shown, looked_at=self.now)


_ILLEGAL = """
SELECT 'running without a live run', id FROM jobs j WHERE state = 'running'
  AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.job = j.id AND r.state IN ('starting', 'running'))
UNION ALL SELECT 'live run of a job that does not run', r.job FROM runs r JOIN jobs j ON j.id = r.job
  WHERE r.state IN ('starting', 'running') AND j.state NOT IN ('running', 'cancelled')
UNION ALL SELECT 'live job without an open wait', id FROM jobs j WHERE state IN ('parked', 'queued', 'running')
  AND NOT EXISTS (SELECT 1 FROM waits w WHERE w.job = j.id AND w.state = 'open')
UNION ALL SELECT 'stopped job that still watches', id FROM jobs j WHERE state IN ('completed', 'failed', 'cancelled', 'interrupted')
  AND EXISTS (SELECT 1 FROM waits w WHERE w.job = j.id AND w.state <> 'closed')
UNION ALL SELECT 'next wait of a job that does not run', w.job FROM waits w JOIN jobs j ON j.id = w.job
  WHERE w.state = 'next' AND j.state NOT IN ('running', 'queued')
UNION ALL SELECT 'closed wait that is watched', w.job FROM waits w JOIN wait_refs r ON r.wait = w.id WHERE w.state = 'closed'
UNION ALL SELECT 'queued and never ready', id FROM jobs WHERE state = 'queued' AND ready_at IS NULL
UNION ALL SELECT 'parked with something to take', v.job FROM verdicts v JOIN jobs j ON j.id = v.job
  WHERE j.state = 'parked' AND j.held = 0 AND v.run IS NULL AND v.outcome = 'woke'
"""
