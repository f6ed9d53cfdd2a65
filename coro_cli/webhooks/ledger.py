"""The table of deliveries: closing rows, and showing them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from coro_cli.domain.durations import rfc3339
from coro_cli.domain.events import Event
from coro_cli.errors import NotFound, UsageError
from coro_cli.store import lookup
from coro_cli.store.database import Database


def close(db: Database, id: int, event: str, outcome: str, refs: Sequence[str], events: Sequence[str], now: float) -> None:
    """It is handled. Call it in a transaction, after its events are recorded."""
    db.run(
        "delivery_handled", id=id, now=now, outcome=outcome, event=event[:100], refs=json.dumps(list(refs)), events=json.dumps(list(events))
    )


def outcome(db: Database, events: Sequence[Event]) -> tuple[str, str]:
    """The word and the sentence for what the events of one delivery did."""
    shown = lookup.events_json(db, [event.key for event in events])
    if not shown:
        return "nothing-new", "what it says was known"
    best = min(shown, key=lambda event: lookup.RANK.index(event["outcome"]))
    return best["outcome"], best["why"]


def find(db: Database, wanted: str) -> sqlite3.Row:
    """The row of an id, or of the host's own id (or its only beginning). Raises NotFound or UsageError."""
    by_number = db.one("delivery_get", id=int(wanted)) if wanted.isascii() and wanted.isdigit() and len(wanted) < 18 else None
    if by_number is not None:
        return by_number
    found = db.all("deliveries_by_host_id", delivery=wanted) if wanted else []
    exact = [row for row in found if row["delivery"] == wanted]
    found = exact or (found if len(wanted) >= 4 else [])
    if len(found) > 1:
        raise UsageError("several deliveries begin so", hint="name it by the number of `coro webhook deliveries`")
    row = db.one("delivery_get", id=found[0]["id"]) if found else None
    if row is None:
        raise NotFound("there is no such delivery", hint="list them: coro webhook deliveries")
    return row


def as_json(row: sqlite3.Row | Mapping[str, Any]) -> dict[str, Any]:
    """One delivery without its body."""
    size = row["size"] if "size" in row.keys() else len(row["body"])  # noqa: SIM118  (a Row iterates over its values)
    handled = row["handled_at"]
    return {
        "id": row["id"], "plugin": row["plugin"], "delivery": row["delivery"], "event": row["event"], "source": row["source"],
        "secret": row["secret"] or None, "received_at": rfc3339(row["received_at"]), "times": row["times"],
        "handled_at": rfc3339(handled) if handled is not None else None, "outcome": row["outcome"] if handled is not None else "waiting",
        "refs": json.loads(row["refs"]), "events": json.loads(row["events"]), "digest": row["digest"], "size": size,
    }  # fmt: skip
