"""Waiting for jobs to stop: by the store alone, so that it works whoever runs them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from coro_cli.domain import states
from coro_cli.domain.durations import human
from coro_cli.errors import TimedOut
from coro_cli.store import views
from coro_cli.store.database import Database

LOOK_SECONDS = 0.2


Watch = Callable[[Sequence[dict[str, Any]]], None]


def until_stopped(db: Database, jobs: Sequence[str], timeout: float | None, watch: Watch) -> tuple[list[dict[str, Any]], bool]:
    """Block until each job stops. Returns them, and whether all went well: completed, and told what they waited for.

    watch: called several times a second with those that have not stopped.
    """
    deadline = time.monotonic() + timeout if timeout is not None else None
    while True:
        seen = db.changes  # before the look: what is committed after it must not be slept through
        shown = [_shown(db, job) for job in jobs]
        if all(job["state"] in states.STOPPED for job in shown):
            return shown, all(_is_good(job) for job in shown)
        if deadline is not None and time.monotonic() >= deadline:
            still = ", ".join(f"{j['id']} ({j['state']})" for j in shown if j["state"] not in states.STOPPED)
            raise TimedOut(f"not stopped after {human(timeout or 0)}: {still}", hint=f"see why: coro explain {_first_live(shown)}")
        _sleep(db, seen, deadline, lambda: watch([job for job in shown if job["state"] not in states.STOPPED]))  # noqa: B023


def told(job: dict[str, Any]) -> str:
    """`k7m2qp completed`, and what is amiss where that is not what was waited for."""
    amiss = job["state"] == states.COMPLETED and not _is_good(job)
    return f"{job['id']} {job['state']}" + (f", but what it waited for did not come: coro show {job['id']}" if amiss else "")


def _first_live(shown: Sequence[dict[str, Any]]) -> str:
    return next(str(job["id"]) for job in shown if job["state"] not in states.STOPPED)


def _sleep(db: Database, seen: int, deadline: float | None, watch: Callable[[], None]) -> None:
    """Until another process has committed something, or the deadline."""
    while db.changes == seen and (deadline is None or time.monotonic() < deadline):
        watch()
        time.sleep(LOOK_SECONDS)


def _shown(db: Database, job: str) -> dict[str, Any]:
    row = db.one("job_get", id=job)
    assert row is not None  # the caller resolved the id
    return views.job_json(db, row)


def _is_good(job: dict[str, Any]) -> bool:
    """A command that succeeded speaks for itself; a job without one is good only if what it waited for came."""
    satisfied = all(wait["satisfied"] for wait in job["waits"])
    return job["state"] == states.COMPLETED and (bool(job["command"]) or satisfied)
