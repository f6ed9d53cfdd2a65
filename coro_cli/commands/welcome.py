"""`coro` alone: what to do next."""

from __future__ import annotations

import os
from typing import Any

from coro_cli.commands.shell import Call
from coro_cli.output.result import Result

_ABOUT = "coro parks jobs until something happens on a code host or an issue tracker, and resumes them when it does."
_ALL = ("coro --help", "all commands")
_BEGIN = (
    ("coro drill", "see it work, without an account"),
    ("coro park https://github.com/acme/api/pull/42 --on approved -- ./ship.sh", "park a job"),
    ("coro start", "look, and resume jobs: leave it running"),
    ("coro guide", "the manual"),
)


def welcome(call: Call) -> Result:
    """The next steps: the first ones in an empty home, else what the jobs here ask for. Makes no home."""
    jobs = _counts(call) if os.path.exists(call.home.store) else {}
    alive = bool(jobs) and _is_alive(call)
    steps = _steps(call, jobs, alive) if jobs else _BEGIN
    counted = ", ".join(f"{n} {state}" for state, n in jobs.items())
    data: dict[str, Any] = {
        "about": f"Jobs: {counted}" + ("" if alive else "; nothing looks at hosts now") if jobs else _ABOUT,
        "jobs": jobs, "runner": alive, "next": [{"command": step, "does": what} for step, what in (*steps, _ALL)],
    }  # fmt: skip
    return Result(data, view="welcome")


def _counts(call: Call) -> dict[str, int]:
    return {row["state"]: row["n"] for row in call.db.all("jobs_count")}


def _is_alive(call: Call) -> bool:
    from coro_cli.system import locks

    return locks.is_held(call.home.lock)


def _steps(call: Call, jobs: dict[str, int], alive: bool) -> tuple[tuple[str, str], ...]:
    live = any(jobs.get(state) for state in ("parked", "queued"))
    steps = [("coro start", "look, and resume jobs: leave it running")] if live and not alive else []
    steps += [("coro jobs", "list them"), ("coro status", "the runner, the plugins, how fast events are seen")]
    for state in ("interrupted", "failed"):
        for wrong in call.db.all("jobs_in_state", state=state, limit=1):
            return (*steps, (f"coro logs {wrong['id']}", "what went wrong"), (f"coro retry {wrong['id']}", "run it again"))
    return tuple(steps)
