"""Runs in the store: claimed by one, begun once, ended once; and what their end makes of the job.

    queued ──claim──▶ starting ──begin──▶ running ──end──▶ succeeded | failed | not-yet | interrupted | cancelled
                          └──give back──▶ abandoned (the claimer died before the command began; the batch is free again)
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from coro_cli import bounded
from coro_cli.domain import states, waits
from coro_cli.domain.events import Event
from coro_cli.domain.states import RunEnd
from coro_cli.store import inbox, progress, rows
from coro_cli.store.database import Database
from coro_cli.store.inbox import Recorded


@dataclass(frozen=True, slots=True)
class Batch:
    """What a claimed run is about."""

    job: sqlite3.Row
    run: sqlite3.Row
    wait: waits.Wait | None
    events: list[Event]
    messages: list[str]

    @property
    def satisfied(self) -> bool:
        """Whether this is what the job was waiting for."""
        return bool(self.run["satisfied"])


def claim(db: Database, job: str, *, now: float, skew: float = 0.0) -> Batch | None:
    """queued → running with a new run in `starting`; None if somebody else was quicker. Call it in a transaction."""
    row = db.one("job_claim", id=job, now=now)
    if row is None:
        return None
    wait_row = db.one("wait_of_job", job=job, state="open") or db.one("wait_last", job=job)
    wait = rows.wait(wait_row) if wait_row is not None else None
    number = row["runs"]
    newest = db.one("event_newest")
    pending = db.all("verdicts_pending", job=job)
    before = _unfinished(db, job, number, wait)
    satisfied, message_only = _meaning(db, wait, pending, before)
    db.insert(
        "run_insert", job=job, number=number, attempt=row["attempt"], wait=wait.id if wait else None,
        baseline=newest["number"] if newest else 0, since=now + skew, satisfied=int(satisfied),
        message_only=int(message_only), now=now,
    )  # fmt: skip
    if wait is not None:
        db.run("wait_satisfied", id=wait.id, satisfied=None if message_only else int(satisfied))
    _take(db, job, number, repeated=before is not None)
    return batch(db, job, number)


def _unfinished(db: Database, job: str, number: int, wait: waits.Wait | None) -> sqlite3.Row | None:
    """The run before this one, if it did not settle its batch: this one gets the same batch again."""
    before = db.one("run_get", job=job, number=number - 1)
    if before is None or wait is None or before["wait"] != wait.id:
        return None
    return before if before["state"] in ("failed", "interrupted", "abandoned", "cancelled") else None


def _meaning(
    db: Database, wait: waits.Wait | None, pending: list[sqlite3.Row], before: sqlite3.Row | None
) -> tuple[bool, bool]:
    """(satisfied, woken by messages only) of the batch that is about to be taken."""
    real = [row for row in pending if row["name"] != "job:message"]
    satisfied = any(row["satisfies"] for row in real)
    if wait is not None and wait.all and satisfied:
        satisfied = not progress.missing(db, wait)
    if before is not None:
        satisfied = satisfied or bool(before["satisfied"])
        return satisfied, not real and bool(before["message_only"])
    return satisfied, not real


def _take(db: Database, job: str, number: int, *, repeated: bool) -> None:
    db.run("verdicts_consume", job=job, run=number)
    db.run("messages_consume", job=job, run=number)
    db.run("run_events_take", job=job, run=number)
    db.run("run_messages_take", job=job, run=number)
    if repeated:
        db.run("run_events_repeat", job=job, run=number, before=number - 1)
        db.run("run_messages_repeat", job=job, run=number, before=number - 1)


def batch(db: Database, job: str, number: int) -> Batch:
    """Everything about one run."""
    row, run = db.one("job_get", id=job), db.one("run_get", job=job, number=number)
    assert row is not None and run is not None  # the caller has just claimed or read it
    wait_row = db.one("wait_get", id=run["wait"]) if run["wait"] else None
    events = [rows.event(r) for r in db.all("run_events_of", job=job, run=number) if r["name"] != "job:message"]
    messages = [r["text"] for r in db.all("run_messages_of", job=job, run=number)]
    return Batch(row, run, rows.wait(wait_row) if wait_row is not None else None, events, messages)


def give_back(db: Database, job: str, number: int, *, now: float) -> bool:
    """The claimer died before the command began: the batch is free again. Call it in a transaction."""
    if not db.run("run_end", job=job, number=number, state="abandoned", exit_code=None, now=now):
        return False
    db.run("verdicts_give_back", job=job, run=number)
    db.run("messages_give_back", job=job, run=number)
    row = db.one("job_get", id=job)
    if row is not None:
        db.run("job_move", id=job, state="queued", expected="running", ready_at=now, gather_until=now, now=now)
        # A run that never began was no attempt, but the one before it may have left its batch to be repeated.
        db.run("job_attempt", id=job, attempt=max(row["attempt"] - 1, 0))
    return True


def finish(db: Database, job: str, number: int, exit_code: int | None, *, now: float, jitter: float, skew: float = 0.0) -> Recorded | None:
    """Record the end of a run and move its job on; None if that was done before. Call it in a transaction."""
    run, row = db.one("run_get", job=job, number=number), db.one("job_get", id=job)
    if run is None or row is None:
        return None
    cancelled = row["state"] == states.CANCELLED
    if not db.run("run_end", job=job, number=number, state=_run_state(exit_code, cancelled), exit_code=exit_code, now=now):
        db.run("run_exit_code", job=job, number=number, exit_code=exit_code)
        return None
    done = Recorded()
    if not cancelled:
        _move_on(db, row, run, exit_code, now=now, jitter=jitter, skew=skew, done=done)
    return done


def _run_state(exit_code: int | None, cancelled: bool) -> str:
    if cancelled:
        return "cancelled"
    if exit_code is None:
        return "interrupted"
    return {0: "succeeded", states.NOT_YET: "not-yet"}.get(exit_code, "failed")


def _move_on(
    db: Database, job: sqlite3.Row, run: sqlite3.Row, exit_code: int | None, *, now: float, jitter: float, skew: float, done: Recorded
) -> None:
    seen = [row["name"] for row in db.all("run_events_of", job=job["id"], run=run["number"])]
    next_wait = db.one("wait_of_job", job=job["id"], state="next")
    end = RunEnd(
        exit_code=exit_code, attempt=run["attempt"], retries=job["retries"], repeat=bool(job["repeat"]),
        reparked=next_wait is not None, message_only=bool(run["message_only"]),
        terminal=any(name in states.TERMINAL for name in seen), on_interrupt=job["on_interrupt"],
    )  # fmt: skip
    after = states.after(end)
    if after.state == states.PARKED:
        _park(db, job, run, next_wait if after.wait == "new" else None, now=now, skew=skew, done=done)
    elif after.again:
        pause = states.backoff(run["attempt"], jitter) if exit_code is not None else 0.0
        db.run("job_move", id=job["id"], state="queued", expected="running", ready_at=now + pause, gather_until=None, now=now)
        _drop_wait(db, job["id"], "next")
        done.queued.append(job["id"])
    else:
        _stop(db, job["id"], after.state, now)
        done.finished.append(job["id"])


def _park(
    db: Database, job: sqlite3.Row, run: sqlite3.Row, next_wait: sqlite3.Row | None, *, now: float, skew: float, done: Recorded
) -> None:
    """Back to parked. Edges count from the start of the run: nothing that happened while it ran is lost."""
    db.run("job_move", id=job["id"], state="parked", expected="running", ready_at=None, gather_until=None, now=now)
    if next_wait is not None:
        _drop_wait(db, job["id"], "open")
        db.run("wait_move", id=next_wait["id"], state="open")
        db.run("verdicts_reset_pending", job=job["id"])
    opened = db.one("wait_of_job", job=job["id"], state="open")
    if opened is None:
        return
    if next_wait is None:
        keep = run["message_only"]
        since, baseline = (opened["since"], opened["baseline"]) if keep else (run["since"], run["baseline"])
        db.run("wait_look", id=opened["id"], since=since, baseline=baseline)
        if opened["deadline"] is not None and opened["deadline"] <= now and not keep:
            db.run("wait_no_deadline", id=opened["id"])
    fresh = db.one("wait_get", id=opened["id"])
    assert fresh is not None  # it was opened above
    wait = rows.wait(fresh)
    judged = inbox.judge_anew(db, wait, now=now, search=bounded.search, skew=skew)
    _wake_for_pending(db, wait, judged, now)
    done.queued += judged.queued


def _wake_for_pending(db: Database, wait: waits.Wait, judged: Recorded, now: float) -> None:
    """What came while it ran was judged then and is waiting; a message likewise."""
    job = db.one("job_get", id=wait.job)
    if job is None or job["state"] != states.PARKED or job["held"]:
        return
    waiting = [row for row in db.all("verdicts_pending", job=wait.job) if row["outcome"] != waits.HELD]
    ready = waiting and not (wait.all and all(r["satisfies"] for r in waiting) and progress.missing(db, wait))
    if ready or db.all("messages_pending", job=wait.job):
        inbox.wake(db, wait.job, now=now, quiet_until=now, done=judged)


def _stop(db: Database, job: str, state: str, now: float) -> None:
    db.run("job_move", id=job, state=state, expected="running", ready_at=None, gather_until=None, now=now)
    _drop_wait(db, job, "next")
    _drop_wait(db, job, "open")
    db.run("verdicts_expire", job=job, why=f"the job had {state}" if state != states.INTERRUPTED else "the job was interrupted")
    if db.all("messages_pending", job=job):
        why = f"a message came while it ran and nobody has taken it; `coro resume --job {job} --force` delivers it"
        db.run("job_attention", id=job, attention=why, held=0, now=now)
    if state == states.INTERRUPTED:
        why = f"its process vanished without an exit status; `coro retry {job}` runs it again if twice is safe"
        db.run("job_attention", id=job, attention=why, held=0, now=now)
        db.run("note_insert", job=job, now=now, text="interrupted: the process vanished without an exit status")


def _drop_wait(db: Database, job: str, state: str) -> None:
    row = db.one("wait_of_job", job=job, state=state)
    if row is not None:
        db.run("wait_move", id=row["id"], state="closed")
        db.run("wait_refs_drop", wait=row["id"])


def queue_again(db: Database, job: str, *, now: float) -> None:
    """A stopped job → queued: its last wait opens again, its last batch is delivered again. Call it in a transaction."""
    row = db.one("job_get", id=job)
    assert row is not None  # the caller resolved the id
    last = db.one("wait_last", job=job)
    if last is not None and last["state"] == "closed":
        db.run("wait_move", id=last["id"], state="open")
        for ref in rows.wait(last).refs:
            db.run("wait_ref_insert", ref=ref, wait=last["id"])
    db.run("job_move", id=job, state="queued", expected=row["state"], ready_at=now, gather_until=now, now=now)
    db.run("job_attempt", id=job, attempt=0)
    db.run("job_attention", id=job, attention="", held=0, now=now)


def complete_without_command(db: Database, job: str, *, now: float) -> None:
    """A job that only waits is woken: its run begins and ends here."""
    db.run("job_move", id=job, state="queued", expected="parked", ready_at=now, gather_until=now, now=now)
    complete_queued(db, job, now=now)


def complete_queued(db: Database, job: str, *, now: float) -> None:
    """The same for one that is queued already. Call it in a transaction."""
    claimed = claim(db, job, now=now)
    if claimed is not None:
        db.run("run_end", job=job, number=claimed.run["number"], state="succeeded", exit_code=0, now=now)
        _stop(db, job, states.COMPLETED, now)


def cancel(db: Database, job: str, reason: str, *, now: float) -> sqlite3.Row | None:
    """Any live state → cancelled. Returns the live run, whose processes the caller ends. Call it in a transaction."""
    row = db.one("job_get", id=job)
    assert row is not None  # the caller resolved the id
    live = db.one("run_live_of_job", job=job)
    db.run("job_move", id=job, state="cancelled", expected=row["state"], ready_at=None, gather_until=None, now=now)
    for state in ("next", "open"):
        _drop_wait(db, job, state)
    db.run("verdicts_expire", job=job, why="the job was cancelled")
    db.run("note_insert", job=job, now=now, text=f"cancelled: {reason}" if reason else "cancelled")
    db.run("job_attention", id=job, attention="", held=0, now=now)
    if live is not None and live["state"] == "starting":
        # Its command has not begun: with the run ended, the supervisor loses the right to begin it.
        db.run("run_end", job=job, number=live["number"], state="cancelled", exit_code=None, now=now)
        return None
    return live
