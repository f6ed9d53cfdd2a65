"""Reading jobs for people and programs: ids by prefix, and rows as the contract's JSON."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from coro_cli.domain.durations import rfc3339
from coro_cli.errors import NotFound, UsageError
from coro_cli.store import rows
from coro_cli.store.database import Database


def job_id(db: Database, *named: str | None) -> str:
    """The one job that was named; UsageError for none or two different ones, NotFound for no or several matches."""
    wanted = [name for name in named if name]
    if not wanted:
        raise UsageError("name a job", hint="its id is in the first column of `coro jobs`")
    found = {by_prefix(db, name) for name in wanted}
    if len(found) > 1:
        raise UsageError(f"two different jobs are named: {', '.join(sorted(found))}", hint="name one")
    return found.pop()


def by_prefix(db: Database, prefix: str) -> str:
    """The only job whose id begins so."""
    matches = [row["id"] for row in db.all("job_prefix", prefix=prefix)] if prefix.isascii() and prefix.isalnum() else []
    if prefix in matches or len(matches) == 1:
        return prefix if prefix in matches else matches[0]
    shown = prefix if prefix.isprintable() and len(prefix) < 40 else "that"
    if matches:
        raise NotFound(f"several jobs begin with `{shown}`: {', '.join(matches[:5])}", hint="type one more character")
    raise NotFound(f"there is no job `{shown}`", hint="list them: coro jobs")


def job_json(db: Database, row: sqlite3.Row) -> dict[str, Any]:
    """A job as the contract prints it."""
    return {
        "id": row["id"], "title": row["title"], "phase": row["phase"], "state": row["state"],
        "waits": waits_json(db, row), "command": json.loads(row["command"]), "cwd": row["cwd"],
        "created_at": rfc3339(row["created_at"]), "updated_at": rfc3339(row["updated_at"]),
        "attention": row["attention"], "runs": row["runs"],
    }  # fmt: skip


def waits_json(db: Database, job: sqlite3.Row) -> list[dict[str, Any]]:
    """The waits that matter: the open one, the coming one, or (for a stopped job) the last one."""
    all_waits = db.all("waits_of_job", job=job["id"])
    live = [w for w in all_waits if w["state"] != "closed"] or all_waits[-1:]
    return [wait_json(w) for w in live]


def wait_json(row: sqlite3.Row) -> dict[str, Any]:
    """A wait as the contract prints it."""
    return {
        "refs": json.loads(row["refs"]), "on": json.loads(row["patterns"]), "all": bool(row["all"]), "only": bool(row["only"]),
        "at_head": bool(row["at_head"]), "from": row["who"], "match": row["match"] or None,
        "deadline": rfc3339(row["deadline"]) if row["deadline"] is not None else None,
        "satisfied": bool(row["satisfied"]), "since": rfc3339(row["since"]),
    }  # fmt: skip


def run_json(db: Database, row: sqlite3.Row, log: str) -> dict[str, Any]:
    """A run as the contract prints it. log: the path of its output."""
    return {
        "id": f"{row['job']}.{row['number']}", "job": row["job"], "attempt": row["attempt"], "state": row["state"],
        "exit_code": row["exit_code"], "started_at": rfc3339(row["started_at"]),
        "finished_at": rfc3339(row["finished_at"]) if row["finished_at"] is not None else None,
        "events": [event_json(e) for e in db.all("run_events_of", job=row["job"], run=row["number"])],
        "messages": [m["text"] for m in db.all("run_messages_of", job=row["job"], run=row["number"])],
        "log": log, "satisfied": bool(row["satisfied"]), "number": row["number"],
    }  # fmt: skip


def event_json(row: sqlite3.Row, outcome: str | None = None, why: str | None = None) -> dict[str, Any]:
    """An event as the contract prints it; outcome and why come from the row's verdict where it has one."""
    columns = row.keys()
    outcome = outcome or (row["outcome"] if "outcome" in columns else None) or "no-job"
    return rows.event(row).as_json(outcome, why or (row["why"] if "why" in columns else None) or "")


# Of several outcomes of one event, or of one delivery's events, the one that says most.
RANK = ("woke", "queued", "held", "untrusted", "own-marker", "no-match", "before-wait", "duplicate", "no-job")


def event_with_outcome(db: Database, row: sqlite3.Row) -> dict[str, Any]:
    """An event with what it did to any job."""
    verdicts = sorted(db.all("verdicts_of_event", event=row["number"]), key=lambda v: RANK.index(v["outcome"]))
    if not verdicts:
        return event_json(row, "no-job", "no job was waiting on it")
    shown = event_json(row, verdicts[0]["outcome"], verdicts[0]["why"])
    return shown | {"jobs": [{"job": v["job"], "outcome": v["outcome"], "why": v["why"]} for v in verdicts]}


def events_json(db: Database, keys: Iterable[str]) -> list[dict[str, Any]]:
    """Events by their keys with what they did; those that are not in the log are left out."""
    return [event_with_outcome(db, row) for key in keys if (row := db.one("event_by_key", key=key)) is not None]


def is_live(db: Database, job: str, number: int) -> bool:
    """Whether this run is still going on."""
    row = db.one("run_get", job=job, number=number)
    return row is not None and row["state"] in ("starting", "running")


def watched_plugins(db: Database) -> list[str]:
    """The names of the plugins that some wait watches, configured or not."""
    found: list[str] = []
    low = ""
    while (row := db.one("watched_from", low=low)) is not None and row["ref"] is not None:
        found.append(row["ref"].partition(":")[0])
        low = f"{found[-1]};"  # behind all refs that begin with `name:`
    return found
