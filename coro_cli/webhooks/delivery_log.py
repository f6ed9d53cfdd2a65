"""The table of deliveries: written by one thread, a sync for all that wait; closed with what each did; shown."""

from __future__ import annotations

import json
import queue
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from coro_cli.domain.durations import rfc3339
from coro_cli.domain.events import Event
from coro_cli.errors import CoroError, NotFound, UsageError
from coro_cli.store import rows, views
from coro_cli.store.database import Database
from coro_cli.webhooks.policy import Taken


def close(db: Database, id: int, event: str, outcome: str, refs: Sequence[str], events: Sequence[str], now: float) -> None:
    """It is handled. Call it in a transaction, after its events are recorded."""
    db.run(
        "delivery_handled", id=id, now=now, outcome=outcome, event=event[:100], refs=json.dumps(list(refs)), events=json.dumps(list(events))
    )


def outcome(db: Database, events: Sequence[Event]) -> tuple[str, str]:
    """The word and the sentence for what the events of one delivery did."""
    shown = views.events_json(db, [event.key for event in events])
    if not shown:
        return "nothing-new", "what it says was known"
    best = min(shown, key=lambda event: views.RANK.index(event["outcome"]))
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


# Deliveries onto the disk: one thread, one transaction for all that wait, so that a sync is shared by many.
#
# What happens if the process dies: before the commit the host has no answer and sends again (or shows the delivery as failed);
# after it the row is there, and whoever runs next handles it. An answer is only given after the commit.


MOST_ROWS, MOST_BYTES = 512, 32 * 1024 * 1024
MOST_WAITING = 8192


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of one: its row, whether it was there before; or the trouble why it was not kept."""

    id: int = 0
    known: bool = False
    trouble: str = ""


Settled = Callable[[Sequence[tuple[Any, Kept]]], None]


@dataclass(slots=True)
class Intake:
    """The writer. settled: called from its thread with `(ticket, Kept)` of each, after their commit."""

    store: str
    settled: Settled
    _queue: queue.Queue[tuple[Any, Taken] | None] = field(default_factory=lambda: queue.Queue(MOST_WAITING))
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Open the store (CoroError where it cannot be), then write until `close`."""
        Database(self.store).close()
        self._thread = threading.Thread(target=self._run, name="deliveries", daemon=True)
        self._thread.start()

    def submit(self, ticket: Any, taken: Taken) -> bool:
        """Hand one over; False where too many wait already. ticket: given back to `settled`."""
        try:
            self._queue.put_nowait((ticket, taken))
        except queue.Full:
            return False
        return True

    def close(self) -> None:
        """Write what was handed over, then end."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(15)

    def _run(self) -> None:
        with Database(self.store) as db:
            going = True
            while going:
                batch, going = self._gather()
                if batch:
                    self.settled(self._write(db, batch))

    def _gather(self) -> tuple[list[tuple[Any, Taken]], bool]:
        """All that wait, within bounds; nobody waits for a batch to fill up."""
        batch: list[tuple[Any, Taken]] = []
        size, item = 0, self._queue.get()
        while item is not None:
            batch.append(item)
            size += len(item[1].body)
            if len(batch) >= MOST_ROWS or size >= MOST_BYTES:
                return batch, True
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return batch, True
        return batch, False

    def _write(self, db: Database, batch: Sequence[tuple[Any, Taken]]) -> list[tuple[Any, Kept]]:
        try:
            with db.transaction("delivery"):
                return [(ticket, put(db, taken)) for ticket, taken in batch]
        except CoroError as error:
            if len(batch) == 1:
                return [(batch[0][0], Kept(trouble=error.message))]
        except Exception as error:  # whatever it is, the thread must live: each is answered, and tried alone
            if len(batch) == 1:
                return [(batch[0][0], Kept(trouble=f"{type(error).__name__}: {error}"))]
        return [settled for each in batch for settled in self._write(db, [each])]


def put(db: Database, taken: Taken) -> Kept:
    """Insert one, or count it once more. One that failed on our side is taken up again. Call it in a transaction."""
    row = db.one(
        "delivery_put", plugin=taken.plugin, delivery=taken.delivery, digest=taken.digest, source=taken.source,
        event=taken.event, headers=rows.dumps([list(pair) for pair in taken.headers]), body=taken.body,
        secret=taken.secret, now=taken.received_at,
    )  # fmt: skip
    assert row is not None  # it inserts or updates
    return Kept(row["id"], row["times"] > 1)
