"""`coro explain`: why is it still parked? What is watched, when it was looked at, what came, and why that was not it."""

from __future__ import annotations

import sqlite3
from typing import Any

from coro_cli.domain import events, states, waits
from coro_cli.domain.durations import rfc3339
from coro_cli.domain.snapshot import Snapshot
from coro_cli.store import rows, views
from coro_cli.store.database import Database
from coro_cli.system import regex


def explain(db: Database, job: str, *, runner_alive: bool) -> dict[str, Any]:
    """The document of `coro explain --json`."""
    row = db.one("job_get", id=job)
    assert row is not None  # the caller resolved the id
    wait_row = db.one("wait_current", job=job)
    wait = rows.wait(wait_row) if wait_row is not None else None
    watching = [_watched(db, wait, ref) for ref in wait.refs] if wait is not None else []
    if not runner_alive or row["state"] in states.STOPPED:
        # The plan of a runner that is gone, or one that is not this job's any more.
        watching = [watched | {"next_look": None} for watched in watching]
    recent = [views.event_json(e) for e in db.all("events_of_job", job=job, since=0.0, limit=20)]
    notes = db.all("notes_of_job", job=job)
    answer, hint = _answer(row, watching, runner_alive, notes[-1]["text"].partition("cancelled: ")[2] if notes else "")
    return {
        "job": views.job_json(db, row), "answer": answer, "next": hint, "watching": watching, "recent": recent,
        "deadline": rfc3339(wait.deadline) if wait is not None and wait.deadline is not None else None,
    }  # fmt: skip


def _watched(db: Database, wait: waits.Wait, ref: str) -> dict[str, Any]:
    seen = db.one("object_get", ref=ref)
    plugin = db.one("plugin_get", name=ref.partition(":")[0])
    snapshot = rows.snapshot(seen)
    reason = (seen["error"] if seen is not None else "") or (plugin["reason"] if plugin is not None else "")
    return {
        "ref": ref, "plugin": ref.partition(":")[0], "plugin_state": plugin["state"] if plugin is not None else "unknown",
        "reason": reason, "gone_since": _time(seen["gone_since"] if seen is not None else None),
        "looked_at": _time(_last_look(seen, plugin)), "next_look": _time(plugin["next_poll"] if plugin is not None else None),
        "now": _now(snapshot), "patterns": [_pattern(wait, p, ref, snapshot) for p in wait.on if _can_happen(p, snapshot)],
    }  # fmt: skip


def _last_look(seen: sqlite3.Row | None, plugin: sqlite3.Row | None) -> float | None:
    """A cycle looks at every object through its list, also at those it did not need to read."""
    times = [seen["read_at"] if seen is not None else None, plugin["polled_at"] if plugin is not None else None]
    return max((t for t in times if t is not None), default=None)


def _time(value: float | None) -> str | None:
    return rfc3339(round(value, 3)) if value is not None else None


def _now(snapshot: Snapshot | None) -> dict[str, Any]:
    """The present state in a few words; what is empty is left out."""
    if snapshot is None:
        return {}
    checks = snapshot.checks.state if snapshot.checks is not None else ""
    facts = {
        "title": snapshot.title, "state": "draft" if snapshot.draft else snapshot.state, "status": snapshot.status,
        "head": snapshot.head[:12], "checks": checks, "labels": list(snapshot.labels), "assignees": list(snapshot.assignees),
        "epic": snapshot.epic, "conflicted": snapshot.conflicted,
        "reviews": [f"{r.actor.login}: {r.state}" for r in snapshot.reviews if r.state != "commented"][-5:],
    }  # fmt: skip
    return {name: value for name, value in facts.items() if value}


def _can_happen(pattern: str, snapshot: Snapshot | None) -> bool:
    """Nobody closes an issue on a pull request. What was never looked at may be either."""
    return snapshot is None or events.family_of(pattern) == snapshot.family


def _pattern(wait: waits.Wait, pattern: str, ref: str, snapshot: Snapshot | None) -> dict[str, Any]:
    if snapshot is None:
        return {"pattern": pattern, "true": False, "why": "it was not looked at yet"}
    now = waits.level_of(wait, pattern, snapshot, ref, regex.search)
    if now is None:
        return {"pattern": pattern, "true": False, "why": f"none since {rfc3339(float(int(wait.since)))}"}
    return {"pattern": pattern, "true": now.true, "why": now.why}


def _answer(row: sqlite3.Row, watching: list[dict[str, Any]], runner_alive: bool, reason: str) -> tuple[str, str | None]:
    job, state = row["id"], row["state"]
    start = None if runner_alive else "nothing looks at hosts now: leave `coro start` running, or call `coro poll`"
    if row["held"]:
        return row["attention"] or "the job is held", f"coro resume --job {job}"
    if state == states.PARKED:
        stub = next((w for w in watching if w["reason"]), None)
        if stub is not None:
            return f"{stub['ref']} cannot be looked at: {stub['reason']}", "coro doctor"
        missing = [f"{p['pattern']} on {w['ref']}: {p['why']}" for w in watching for p in w["patterns"] if not p["true"]]
        return f"it waits, and nothing of it has come: {'; '.join(missing[:4])}" if missing else "it waits for more of the same", start
    if state == states.QUEUED:
        return "it was woken and is about to run", start
    words = {
        states.RUNNING: ("it is running", f"coro logs {job} --follow"), states.COMPLETED: ("it has completed", None),
        states.FAILED: ("its command failed", f"coro logs {job}; then coro retry {job}"), states.CANCELLED: ("it was cancelled", None),
        states.INTERRUPTED: (row["attention"] or "its run vanished", f"coro retry {job}"),
    }  # fmt: skip
    answer, hint = words[state]
    if state == states.CANCELLED and reason:
        answer += f": {reason}"
    return answer, hint
