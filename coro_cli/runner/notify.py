"""A notice when a job needs a person: `[notify] command`, or the desktop's own where there is one.

The words are ours alone: what a job is about may come from outside, and outside text is never in an argument. The command
gets the same sentence on stdin, and the job's id in CORO_JOB_ID.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from coro_cli.store.database import Database
from coro_cli.system import subprocesses

SECONDS = 10.0


@dataclass(slots=True)
class Notifier:
    """Remembers whom it has told about what, so that each trouble is told once. command: empty for the desktop's."""

    command: Sequence[str]
    _told: dict[str, str] = field(default_factory=dict)
    _first: bool = True

    def look(self, db: Database) -> list[str]:
        """Tell about jobs that need a person since the last look. What was so at the start is not news. Returns their ids."""
        needing = {row["id"]: _trouble(row["state"], row["attention"]) for row in db.all("jobs_needing_person", limit=100)}
        needing = {job: trouble for job, trouble in needing.items() if trouble}
        fresh = [job for job, trouble in needing.items() if self._told.get(job) != trouble]
        self._told = needing
        if self._first:
            self._first = False
            return []
        for job in fresh:
            self._tell(job, needing[job])
        return fresh

    def _tell(self, job: str, trouble: str) -> None:
        sentence = f"job {job} {trouble}: coro explain {job}"
        words = [*self.command] or _desktop(sentence)
        if words:
            subprocesses.run(words, env={**os.environ, "CORO_JOB_ID": job}, text=f"{sentence}\n", seconds=SECONDS)


def _trouble(state: str, attention: str) -> str:
    """What is wrong, in our own words; empty for what mends itself (a host that cannot be reached)."""
    if state in ("failed", "interrupted"):
        return f"has {state}" if state == "failed" else "was interrupted"
    if attention.startswith("unavailable:") or not attention:
        return ""
    return "is held" if attention.startswith("held") else "needs you"


def _desktop(sentence: str) -> list[str]:
    if sys.platform == "darwin" and shutil.which("osascript"):
        return ["osascript", "-e", f'display notification "{sentence}" with title "coro"']
    if shutil.which("notify-send") and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return ["notify-send", "--app-name=coro", "coro", sentence]
    return []
