"""The states of a job (contract, section 3)."""

from __future__ import annotations

PARKED, QUEUED, RUNNING = "parked", "queued", "running"
COMPLETED, FAILED, CANCELLED, INTERRUPTED = "completed", "failed", "cancelled", "interrupted"
LIVE = (PARKED, QUEUED, RUNNING)
STOPPED = (COMPLETED, FAILED, CANCELLED, INTERRUPTED)
ALL = (*LIVE, *STOPPED)
