"""The states of a job, and what the end of a run makes of it (contract, section 3)."""

from __future__ import annotations

from dataclasses import dataclass

PARKED, QUEUED, RUNNING = "parked", "queued", "running"
COMPLETED, FAILED, CANCELLED, INTERRUPTED = "completed", "failed", "cancelled", "interrupted"
LIVE = (PARKED, QUEUED, RUNNING)
STOPPED = (COMPLETED, FAILED, CANCELLED, INTERRUPTED)
ALL = (*LIVE, *STOPPED)


# What the end of a run makes of its job (contract, section 3).

# EX_TEMPFAIL of sysexits.h: "not yet, keep waiting".
NOT_YET = 75
TERMINAL = frozenset({"pull_request:merged", "pull_request:closed", "issue:closed", "job:timeout"})


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended. exit_code: None where its process vanished without one; 128 + the signal's number where one ended it."""

    exit_code: int | None
    attempt: int
    retries: int
    repeat: bool
    reparked: bool
    message_only: bool
    terminal: bool
    on_interrupt: str = "hold"


@dataclass(frozen=True, slots=True)
class Next:
    """What becomes of the job. wait: `same`, `new` (it parked itself again) or `none`; again: another attempt follows."""

    state: str
    wait: str = "none"
    again: bool = False


def after(end: RunEnd) -> Next:
    """The job's next state. Total: every ending has exactly one."""
    if end.exit_code is None:
        return Next(QUEUED, again=True) if end.on_interrupt == "rerun" else Next(INTERRUPTED)
    if end.exit_code in (0, NOT_YET) and end.reparked:
        return Next(PARKED, wait="new")
    if end.exit_code == NOT_YET:
        return Next(PARKED, wait="same")
    if end.exit_code == 0:
        goes_on = end.message_only or (end.repeat and not end.terminal)
        return Next(PARKED, wait="same") if goes_on else Next(COMPLETED)
    return Next(QUEUED, again=True) if end.attempt <= end.retries else Next(FAILED)


def pause_before(end: RunEnd, jitter: float) -> float:
    """Seconds before the attempt that follows this end. A run that vanished is done again at once, but only once."""
    if end.exit_code is None:
        return 0.0 if end.attempt <= 1 else backoff(end.attempt - 1, jitter)
    return backoff(end.attempt, jitter)


def backoff(attempt: int, jitter: float) -> float:
    """Seconds before the next attempt: 5, 10, 20 … at most 10 minutes, less up to half of it by jitter in [0, 1)."""
    full = min(5.0 * 2 ** min(attempt - 1, 10), 600.0)
    return float(full * (1 - jitter / 2))
