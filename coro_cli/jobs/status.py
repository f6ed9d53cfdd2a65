"""`coro status`: who runs, how the plugins fare, and how fast things are noticed: promised and measured."""

from __future__ import annotations

import json
import math
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coro_cli import config
from coro_cli.domain import states
from coro_cli.domain.durations import rfc3339
from coro_cli.polling.plugin_set import Fleet
from coro_cli.store import views
from coro_cli.store.database import Database
from coro_cli.system import locks, paths

SAMPLES = 500


def status(db: Database, home: paths.Home, settings: config.Config) -> dict[str, Any]:
    """The document of `coro status --json`."""
    counts = {row["state"]: row["n"] for row in db.all("jobs_count")}
    known = {row["name"]: row for row in db.all("plugins_all")}
    rows = [row for name, row in known.items() if name in settings.plugins]
    told = runner(db, home)
    pace = Pace.of(db.one("runner_get") if told["alive"] else None, settings)
    shown = {name: _unseen(name, settings, pace) for name in _named(db, settings, known)}
    shown |= {row["name"]: _plugin(row, pace) for row in rows}
    return {
        "runner": told,
        "plugins": shown,
        "detection": detection(db, rows, pace),
        "jobs": {state: counts.get(state, 0) for state in states.ALL},
    }


@dataclass(frozen=True, slots=True)
class Pace:
    """How often is looked: by the runner that lives since then, else as it is configured for the next one."""

    interval: float
    since: float | None

    @classmethod
    def of(cls, row: sqlite3.Row | None, settings: config.Config) -> Pace:
        """row: the living runner's. `start --interval` goes before the configuration, and only the runner knows it."""
        return cls((row["interval"] if row is not None else None) or settings.poll_interval, row["since"] if row is not None else None)

    def used(self, row: sqlite3.Row) -> float:
        """Seconds between two looks at a plugin: longer where its host's limit asks for it.

        The runner takes up to a twentieth off, so that runners spread out: that is still the interval. What an earlier
        runner did is past.
        """
        is_past = self.since is not None and (row["polled_at"] or 0.0) < self.since
        return self.interval if is_past or row["interval"] is None else max(self.interval, round(row["interval"], 1))


def with_credentials(told: dict[str, Any], fleet: Fleet) -> dict[str, Any]:
    """The same, and of plugins that nobody has asked yet whether they could be: that needs no request."""
    for name, plugin in told["plugins"].items():
        if plugin["state"] == "unknown" and (reason := fleet.member(name).reason):
            plugin |= {"state": "stub", "reason": reason}
    return told


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


def _named(db: Database, settings: config.Config, known: Mapping[str, object]) -> list[str]:
    """Which plugins matter here: configured, watched or spoken to before. The others are only there to be used one day."""
    watched = set(views.watched_plugins(db))
    configured = [name for name, plugin in settings.plugins.items() if plugin.configured or name in watched or name in known]
    return [*configured, *sorted(watched - set(settings.plugins))]


def _unseen(name: str, settings: config.Config, pace: Pace) -> dict[str, Any]:
    """A plugin that was never asked anything; or one that jobs wait on, though it is no longer configured."""
    is_there = name in settings.plugins
    return {
        "state": "unknown" if is_there else "stub", "reason": "not looked at yet" if is_there else "it is not configured",
        "interval": pace.interval, "next_poll": None, "last_poll": None, "login": "", "skew": 0.0,
        "budget": {"limit": None, "remaining": None, "reset_at": None},
    }  # fmt: skip


def _plugin(row: sqlite3.Row, pace: Pace) -> dict[str, Any]:
    known = json.loads(row["budget"])
    reset = known.get("reset_at")
    upcoming = row["next_poll"] if pace.since is not None else None  # a time that a runner had planned which is gone
    return {
        "state": row["state"], "reason": row["reason"], "interval": pace.used(row),
        "next_poll": rfc3339(upcoming) if upcoming is not None else None,
        "last_poll": rfc3339(row["polled_at"]) if row["polled_at"] is not None else None, "login": row["me"], "skew": row["skew"],
        "budget": {
            "limit": _whole(known.get("limit")), "remaining": _whole(known.get("remaining")), "reset_at": rfc3339(reset) if reset else None,
        },
    }  # fmt: skip


def _whole(value: float | None) -> float | int | None:
    return int(value) if value is not None and value == int(value) else value


def detection(db: Database, rows: list[sqlite3.Row], pace: Pace) -> dict[str, Any]:
    """Seconds from an event at the host to its detection. promised: the longest interval and the longest cycle."""
    interval = max((pace.used(row) for row in rows), default=pace.interval)
    cycle = max((row["cycle"] or 0.0 for row in rows), default=0.0)
    samples = [row["seconds"] for row in db.all("lags_newest", limit=SAMPLES)]
    ordered = sorted(samples)
    return {
        "promised": round(interval + cycle, 3),
        "p50": _quantile(ordered, 0.5), "p95": _quantile(ordered, 0.95), "max": _quantile(ordered, 1.0),
        "samples": [round(s, 1) for s in reversed(samples[:60])],
    }  # fmt: skip


def _quantile(ordered: list[float], share: float) -> float | None:
    """Nearest rank; None without samples."""
    if not ordered:
        return None
    return round(ordered[math.ceil(share * len(ordered)) - 1], 3)


def picture(home: paths.Home, settings: config.Config, *, jobs: int = 50) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the live view shows: the status, and the jobs that live, the last changed first. Opens the store for itself."""
    with Database(home.store) as db:
        rows = [row for row in db.all("jobs_newest", limit=200) if row["state"] in states.LIVE or row["attention"]]
        return status(db, home, settings), [views.job_json(db, row) for row in rows[:jobs]]
