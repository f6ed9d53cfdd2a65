"""`coro poll --dry-run`: which requests the next cycle would make, why, and what they cost of the host's limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coro_cli.polling import cycle
from coro_cli.polling.fleet import Fleet
from coro_cli.store.database import Database


def plan(db: Database, fleet: Fleet, plugins: Sequence[str], *, job: str | None = None) -> dict[str, Any]:
    """The plan. price: what is charged at most; a list that has not changed answers 304 and costs nothing."""
    steps: list[dict[str, Any]] = []
    for name in plugins:
        watched = cycle.watched_of(db, name, job=job)
        for scope, group in cycle.by_scope(watched).items():
            known = db.one("cursor_get", plugin=name, scope=scope) is not None
            why = f"which of {len(group)} watched changed"
            steps.append({"plugin": name, "scope": scope, "why": why, "requests": 1, "price": 0 if known else 1, "refs": len(group)})
        due = cycle.needing(db, watched)
        if due:
            chunks = -(-len(due) // cycle.CHUNK)
            steps.append({"plugin": name, "scope": "", "why": f"read {len(due)} objects", "requests": chunks, "price": chunks, "refs": len(due)})
    return {
        "plan": steps, "requests": sum(s["requests"] for s in steps), "charged": sum(s["price"] for s in steps),
        "not_modified": 0, "errors": _stubs(fleet, plugins), "duration": 0.0, "events": [], "queued": [], "runs": [], "plugins": {},
    }  # fmt: skip


def _stubs(fleet: Fleet, plugins: Sequence[str]) -> list[str]:
    members = [fleet.member(name) for name in plugins]
    return [f"{m.name} is unavailable: {m.reason}" for m in members if m.reason]
