"""The ends of runs, and what they make of their jobs: settled once, whoever comes first. Also the ends that people make."""

from __future__ import annotations

import sqlite3

from coro_cli.domain import states, waits
from coro_cli.domain.snapshot import OPEN
from coro_cli.domain.states import RunEnd
from coro_cli.errors import Conflict
from coro_cli.store import all_of, inbox, rows, transitions
from coro_cli.store.database import Database
from coro_cli.store.transitions import Recorded
from coro_cli.system import regex


def finish(
    db: Database, job: str, number: int, exit_code: int | None, *, now: float, jitter: float, skew: float = 0.0
) -> Recorded | None:
    """Record the end of a run and move its job on; None if that was done before. Call it in a transaction."""
    run, row = db.one("run_get", job=job, number=number), db.one("job_get", id=job)
    if run is None or row is None:
        return None
    cancelled = row["state"] == states.CANCELLED
    if not db.run("run_end", job=job, number=number, state=_run_state(exit_code, cancelled), exit_code=exit_code, now=now):
        db.run("run_exit_code", job=job, number=number, exit_code=exit_code)
        return None
    done = Recorded()
    if row["state"] == states.RUNNING:
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
    if job["attention"] and not job["attention"].startswith("unavailable: "):
        db.run("job_attention", id=job["id"], attention="", held=0, now=now)  # it was about this run
    next_wait = db.one("wait_of_job", job=job["id"], state="next")
    end = RunEnd(
        exit_code=exit_code, attempt=run["attempt"], retries=job["retries"], repeat=bool(job["repeat"]),
        reparked=next_wait is not None, message_only=bool(run["message_only"]),
        terminal=_is_over(db, run), on_interrupt=job["on_interrupt"],
    )  # fmt: skip
    after = states.after(end)
    if next_wait is not None and after.wait != "new":
        why = "it parked itself again, and then its run did not end well: that wait is dropped"
        db.run("note_insert", job=job["id"], now=now, text=why)
    if after.state == states.PARKED:
        _park(db, job, next_wait if after.wait == "new" else None, now=now, skew=skew, done=done)
    elif after.again:
        pause = states.pause_before(end, jitter)
        db.run("job_move", id=job["id"], state="queued", expected="running", ready_at=now + pause, gather_until=None, now=now)
        transitions.forget_next(db, job["id"])
        done.queued.append(job["id"])
    else:
        transitions.stop(db, job["id"], after.state, now)
        done.finished.append(job["id"])


def _is_over(db: Database, run: sqlite3.Row) -> bool:
    """Whether this run was told of the end, and no other ref of its wait is still open."""
    batch = db.all("run_events_of", job=run["job"], run=run["number"])
    seen = {row["ref"]: row["name"] for row in batch if row["name"] in states.TERMINAL}
    wait = db.one("wait_get", id=run["wait"]) if run["wait"] else None
    if not seen or wait is None or "job:timeout" in seen.values():
        return bool(seen)
    told = {row["ref"] for row in db.all("ends_of_job", job=run["job"])}
    return all(ref in seen or (ref in told and not _is_open(db, ref)) for ref in rows.wait(wait).refs)


def _is_open(db: Database, ref: str) -> bool:
    snapshot = rows.snapshot(db.one("object_get", ref=ref))
    return snapshot is not None and snapshot.state == OPEN


def _park(db: Database, job: sqlite3.Row, next_wait: sqlite3.Row | None, *, now: float, skew: float, done: Recorded) -> None:
    """Back to parked. The same wait goes on counting from where it began: what was found late was never delivered."""
    db.run("job_move", id=job["id"], state="parked", expected="running", ready_at=None, gather_until=None, now=now)
    before = db.all("verdicts_pending", job=job["id"])
    if next_wait is not None:
        transitions.close(db, job["id"], "open")
        transitions.open_next(db, job["id"], next_wait, now=now)
        db.run("verdicts_reset_pending", job=job["id"])
    opened = db.one("wait_of_job", job=job["id"], state="open")
    if opened is None:
        return
    if next_wait is None:
        db.run("wait_satisfied", id=opened["id"], satisfied=None)
    wait = rows.wait(opened)
    judged = inbox.replay(db, wait, now=now, search=regex.search, skew=skew)
    if next_wait is not None:
        inbox.carry_over(db, wait, before, now=now, search=regex.search, done=judged)
    _wake_for_pending(db, wait, judged, now, skew)
    done.queued += judged.queued
    done.finished += judged.finished


def _wake_for_pending(db: Database, wait: waits.Wait, judged: Recorded, now: float, skew: float) -> None:
    """What came while it ran was judged then and is waiting; a message likewise."""
    job = db.one("job_get", id=wait.job)
    if job is None or job["state"] != states.PARKED or job["held"]:
        return
    waiting = [row for row in db.all("verdicts_pending", job=wait.job) if row["outcome"] != waits.HELD]
    parts = [row for row in waiting if row["satisfies"] and not row["name"].startswith("job:")]
    if not waiting or (wait.all and len(parts) == len(waiting) and all_of.still_missing(db, wait)):
        return
    if not inbox.held_for_looping(db, wait.job, waiting, now):
        transitions.wake(db, wait.job, now=now, quiet_until=_quiet_until(waiting, now, skew), done=judged)


def _quiet_until(waiting: list[sqlite3.Row], now: float, skew: float) -> float:
    """The end of the run may fall into a burst: the rest of it belongs to the same batch. A person's word does not wait."""
    if any(row["name"].startswith("job:") for row in waiting):
        return now
    quiet = max(inbox.quiet_until(rows.event(row), row["detected_at"], skew) for row in waiting)
    return min(max(quiet, now), now + inbox.QUIET)


def queue_again(db: Database, job: str, *, now: float) -> None:
    """A stopped job → queued: its last wait opens again, its last batch is delivered again, with what was recorded since then
    and is wanted. Call it in a transaction.
    """
    row = db.one("job_get", id=job)
    assert row is not None  # the caller resolved the id
    if db.one("run_live_of_job", job=job) is not None:
        # Cancelled a moment ago, or by a runner that is gone: two commands of one job must not run side by side.
        raise Conflict(f"the processes of job {job} are still ending", hint=f"wait a moment: coro show {job}")
    last = db.one("wait_last", job=job)
    reopened = last is not None and last["state"] == "closed"
    if last is not None and reopened:
        db.run("wait_move", id=last["id"], state="open")
        for ref in rows.wait(last).refs:
            db.run("wait_ref_insert", ref=ref, wait=last["id"])
            db.run("object_dirty", ref=ref, now=now)  # nobody has looked at it for this job meanwhile
    db.run("job_move", id=job, state="queued", expected=row["state"], ready_at=now, gather_until=now, now=now)
    db.run("job_attempt", id=job, attempt=0)
    db.run("job_attention", id=job, attention="", held=0, now=now)
    if last is not None and reopened:
        inbox.replay(db, rows.wait(last), now=now, search=regex.search)


def cancel(db: Database, job: str, reason: str, *, now: float) -> sqlite3.Row | None:
    """Any live state → cancelled. Returns the live run, whose processes the caller ends. Call it in a transaction."""
    row = db.one("job_get", id=job)
    assert row is not None  # the caller resolved the id
    live = db.one("run_live_of_job", job=job)
    db.run("job_move", id=job, state="cancelled", expected=row["state"], ready_at=None, gather_until=None, now=now)
    transitions.forget_next(db, job)
    transitions.close(db, job, "open")
    db.run("verdicts_expire", job=job, why="the job was cancelled")
    db.run("note_insert", job=job, now=now, text=f"cancelled: {reason}" if reason else "cancelled")
    db.run("job_attention", id=job, attention="", held=0, now=now)
    if live is not None and live["state"] == "starting":
        # Its command has not begun: with the run ended, the supervisor loses the right to begin it.
        db.run("run_end", job=job, number=live["number"], state="cancelled", exit_code=None, now=now)
        return None
    return live
