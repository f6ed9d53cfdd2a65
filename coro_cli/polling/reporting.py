"""`coro status`: who runs, how the plugins fare, and how fast things are noticed: promised and measured."""

from __future__ import annotations

import json
import sqlite3
import time
from typing import Any

from coro_cli import config, paths
from coro_cli.domain import states
from coro_cli.domain.durations import rfc3339
from coro_cli.running import locks
from coro_cli.store.database import Database

SAMPLES = 500


def status(db: Database, home: paths.Home, settings: config.Config) -> dict[str, Any]:
    """The document of `coro status --json`."""
    counts = {row["state"]: row["n"] for row in db.all("jobs_count")}
    rows = [row for row in db.all("plugins_all") if row["name"] in settings.plugins]
    return {
        "runner": runner(db, home),
        "plugins": {row["name"]: _plugin(row, settings) for row in rows},
        "detection": detection(db, rows, settings),
        "jobs": {state: counts.get(state, 0) for state in states.ALL},
    }


def runner(db: Database, home: paths.Home) -> dict[str, Any]:
    """Whether a `coro start` holds the home. The lock tells, not the row: a killed runner leaves its row."""
    alive = locks.is_held(home.lock)
    row = db.one("runner_get")
    if row is None or not alive:
        return {"alive": alive, "pid": None, "since": None, "heartbeat_age": None, "relay": ""}
    return {
        "alive": True, "pid": row["pid"], "since": rfc3339(row["since"]),
        "heartbeat_age": round(max(time.time() - row["heartbeat"], 0.0), 1), "relay": row["relay"],
    }  # fmt: skip


def _plugin(row: sqlite3.Row, settings: config.Config) -> dict[str, Any]:
    known = json.loads(row["budget"])
    reset = known.get("reset_at")
    return {
        "state": row["state"], "reason": row["reason"], "interval": row["interval"] or settings.poll_interval,
        "next_poll": rfc3339(row["next_poll"]) if row["next_poll"] is not None else None,
        "last_poll": rfc3339(row["polled_at"]) if row["polled_at"] is not None else None, "login": row["me"], "skew": row["skew"],
        "budget": {"limit": known.get("limit"), "remaining": known.get("remaining"), "reset_at": rfc3339(reset) if reset else None},
    }  # fmt: skip


def detection(db: Database, rows: list[sqlite3.Row], settings: config.Config) -> dict[str, Any]:
    """Seconds from an event at the host to its detection. promised: the longest interval and the longest cycle."""
    interval = max((row["interval"] or 0.0 for row in rows), default=0.0) or settings.poll_interval
    cycle = max((row["cycle"] or 0.0 for row in rows), default=0.0)
    samples = [row["seconds"] for row in db.all("lags_newest", limit=SAMPLES)]
    ordered = sorted(samples)
    return {
        "promised": round(max(interval, settings.poll_interval) + cycle, 3),
        "p50": _quantile(ordered, 0.5), "p95": _quantile(ordered, 0.95), "max": _quantile(ordered, 1.0),
        "samples": [round(s, 1) for s in reversed(samples[:60])],
    }  # fmt: skip


def _quantile(ordered: list[float], share: float) -> float | None:
    """Nearest rank; None without samples."""
    if not ordered:
        return None
    return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 3)
