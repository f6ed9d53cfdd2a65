"""`coro poll --dry-run`: which requests the next cycle would make, why, and what they cost of the host's limit."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

from coro_cli.domain.durations import human
from coro_cli.plugins.base import Watched
from coro_cli.polling import unavailable, watching
from coro_cli.polling.cycle import batch, waits_of
from coro_cli.polling.plugin_set import Fleet, Member, is_introduced
from coro_cli.store.database import Database

Step = dict[str, Any]


def plan(db: Database, fleet: Fleet, plugins: Sequence[str], *, job: str | None = None) -> dict[str, Any]:
    """The plan. price: what is charged if nothing has changed since the last look; each list that has changed costs one.

    A cycle for one job asks all the lists too: what a list tells once, it must tell to all.
    """
    members = [fleet.member(name) for name in plugins]
    steps = [step for member in members if not member.reason for step in _steps(db, member, job)]
    pauses = [said for member in members if not member.reason and (said := _pause(db, member))]
    stubs = [f"{m.name} is unavailable: {m.reason}" for m in members if m.reason]
    return {
        "plan": steps, "requests": sum(s["requests"] for s in steps), "charged": sum(s["price"] for s in steps),
        "not_modified": sum(s["why"].startswith(_LIST) and not s["price"] for s in steps), "errors": stubs + pauses, "duration": 0.0,
        "events": [], "queued": [], "runs": [], "plugins": {},
    }  # fmt: skip


_LIST = "which of"


def _steps(db: Database, member: Member, job: str | None) -> list[Step]:
    name, watched = member.name, watching.watched_of(db, member.name)
    row = db.one("plugin_get", name=name)
    known = row is not None and is_introduced(row, member.token)
    steps = [] if known else [_step(name, "", "whose token it is", 1, 1, 0)]
    newest = watching.newest_waits(db, name)
    conditional = bool(db.all("validators_of_plugin", plugin=name, token=member.token))
    for scope, group in watching.by_scope(watched).items():
        seen = db.one("cursor_get", plugin=name, scope=waits_of(scope))
        free = conditional and seen is not None and int(seen["value"]) >= max(newest.get(str(one.ref), 0) for one in group)
        steps.append(_step(name, scope, f"{_LIST} {len(group)} watched changed", 1, 0 if free else 1, len(group)))
    wanted = watching.watched_of(db, name, job=job) if job else watched
    due = watching.needing(db, wanted)
    for quick, why in ((False, "read what changed"), (True, "checks and the like, which change without a sign")):
        chunks = watching.chunks([one for one in due if one.quick is quick], batch(member.plugin) if member.plugin else 1)
        if chunks:
            costs = [_cost(member, chunk) for chunk in chunks]
            steps.append(_step(name, "", why, sum(c[0] for c in costs), sum(c[1] for c in costs), sum(map(len, chunks))))
    return steps


def _step(plugin: str, scope: str, why: str, requests: int, price: int, refs: int) -> Step:
    return {"plugin": plugin, "scope": scope, "why": why, "requests": requests, "price": price, "refs": refs}


def _cost(member: Member, chunk: Sequence[Watched]) -> tuple[int, int]:
    """(requests, charge) of one look, as the plugin knows it; else one each."""
    known = getattr(member.plugin, "cost", None)
    found: tuple[int, int] = known(chunk) if known is not None else (len(chunk), len(chunk))
    return found


def _pause(db: Database, member: Member) -> str:
    row = db.one("plugin_get", name=member.name)
    until = unavailable.paused_until(json.loads(row["budget"]), member.token) if row is not None else None
    return f"{member.name} asked for a pause, which ends in {human(until - time.time())}" if until is not None else ""
