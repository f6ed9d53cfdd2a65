"""What the looking commands show: jobs, one job with its history, the event log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from coro_cli.domain import states
from coro_cli.domain.durations import rfc3339
from coro_cli.store import views
from coro_cli.store.database import Database

GROUPS = {"live": states.LIVE, "stopped": states.STOPPED}


def jobs(db: Database, *, state: str | None, ref: str | None, limit: int) -> list[dict[str, Any]]:
    """Jobs, the last changed first. ref: a canonical name."""
    wanted = GROUPS.get(state, (state,)) if state else states.ALL
    if ref is not None:
        rows = [r for r in db.all("jobs_on_ref", ref=ref, limit=100_000) if r["state"] in wanted]
    elif state is not None:
        rows = sorted((r for s in wanted for r in db.all("jobs_in_state", state=s, limit=limit)), key=lambda r: -r["updated_at"])
    else:
        rows = db.all("jobs_newest", limit=limit)
    return [views.job_json(db, row) for row in rows[:limit]]


def show(db: Database, job: str, runs: Path) -> dict[str, Any]:
    """One job with its runs, events, messages and notes."""
    row = db.one("job_get", id=job)
    assert row is not None  # the caller resolved the id
    happened = reversed(db.all("events_of_job", job=job, since=0.0, limit=200))
    return views.job_json(db, row) | {
        "events": [views.event_json(e) for e in happened],
        "runs_detail": [views.run_json(db, r, log_path(runs, job, r["number"])) for r in db.all("runs_of_job", job=job)],
        "messages": [{"text": m["text"], "created_at": rfc3339(m["at"]), "run": m["run"]} for m in db.all("messages_of_job", job=job)],
        "notes": [{"at": rfc3339(n["at"]), "text": n["text"]} for n in db.all("notes_of_job", job=job)],
    }


def log_path(runs: Path, job: str, number: int) -> str:
    """Where the output of a run is."""
    return str(runs / job / f"{number}.log")


def events(db: Database, *, job: str | None, ref: str | None, since: float, limit: int) -> list[dict[str, Any]]:
    """The event log, oldest first."""
    if job is not None:
        rows = db.all("events_of_job", job=job, since=since, limit=limit)
        rows = [r for r in rows if ref is None or ref.casefold() == r["ref"].casefold()]
        return [views.event_json(r) for r in reversed(rows)]
    if ref is not None:
        rows = db.all("events_newest_on_ref", ref=ref, since=since, limit=limit)
    else:
        rows = db.all("events_newest", since=since, limit=limit)
    return [views.event_with_outcome(db, r) for r in reversed(rows)]
