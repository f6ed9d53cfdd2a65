"""What is watched, and what of it has to be looked at: read from the store in a few statements, however many jobs there are."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from coro_cli.domain import events
from coro_cli.domain.parse_ref import canonical
from coro_cli.plugins.base import Watched
from coro_cli.store import rows
from coro_cli.store.database import Database

# Names whose change does not move the object's own "updated" time: these waits are looked at without a sign.
HIDDEN = frozenset({"conflicted", "thread_resolved"})
RESTLESS = events.CHECKS_EVENTS | HIDDEN
# A head whose checks passed is settled, and one whose checks failed and were not run again for a while. They may still be
# run again, with other results: seldom, and looked for seldom.
RERUN = 6 * 3600.0
SELDOM = 300.0


def watched_of(db: Database, plugin: str, *, job: str | None = None) -> list[Watched]:
    """What the open and coming waits watch at one plugin, without the last looks: `with_previous` adds them to a few."""
    low, high = _range(plugin)
    only = {row["ref"] for row in db.all("watched_by_job", job=job)} if job else None
    wanted, since = _wanted(db, low, high)
    found = []
    for row in db.all("watched_at", low=low, high=high):
        text = row["ref"]
        if only is not None and text not in only:
            continue
        ref, names_of = canonical(text), wanted.get(text, frozenset())
        found.append(
            Watched(
                ref=ref, native=row["native"] or "", family=row["family"] or "", since=since.get(text, 0.0),
                checks=bool(names_of & events.CHECKS_EVENTS) or "*" in names_of, restless=bool(names_of & HIDDEN) or "*" in names_of,
                threads="thread_resolved" in names_of, scope=row["scope"] or "", looked_at=row["looked_at"],
            )
        )  # fmt: skip
    return found


def _range(plugin: str) -> tuple[str, str]:
    """All refs of a plugin stand between these two."""
    return f"{plugin}:", f"{plugin};"


def _wanted(db: Database, low: str, high: str) -> tuple[dict[str, frozenset[str]], dict[str, float]]:
    """The short names that are waited for, and from when on, by ref."""
    known: dict[str, frozenset[str]] = {}
    wanted: dict[str, frozenset[str]] = {}
    since: dict[str, float] = {}
    for row in db.all("watched_wanted", low=low, high=high):
        ref, patterns = row["ref"], row["patterns"]
        if patterns not in known:
            known[patterns] = frozenset(events.short_of(p) for p in json.loads(patterns))
        wanted[ref] = wanted[ref] | known[patterns] if ref in wanted else known[patterns]
        since[ref] = min(row["since"], since.get(ref, row["since"]))
    return wanted, since


def newest_waits(db: Database, plugin: str) -> dict[str, int]:
    """The newest wait on each ref: a detection that knew fewer may have passed over a change of theirs."""
    low, high = _range(plugin)
    return {row["ref"]: row["newest"] for row in db.all("watched_at", low=low, high=high)}


def by_scope(watched: Iterable[Watched]) -> dict[str, list[Watched]]:
    """Grouped by repository or project, by the name it goes by now: the unit of change detection."""
    groups: dict[str, list[Watched]] = {}
    for one in watched:
        groups.setdefault(one.place, []).append(one)
    return groups


def needing(db: Database, watched: Sequence[Watched], *, now: float | None = None) -> list[Watched]:
    """Marked dirty or never read; and (`quick`) what moves without a sign and is waited for."""
    plugins = {one.ref.plugin for one in watched}
    due = {row["ref"] for plugin in plugins for row in db.all("objects_due", plugin=plugin)}
    whole = [one for one in watched if str(one.ref) in due]
    # An issue has neither checks nor conflicts, though `issue:*` covers their names.
    able = [one for one in watched if one.family != events.ISSUE]
    hidden = {str(one.ref): one for one in able if (one.checks or one.restless) and str(one.ref) not in due}
    at = time.time() if now is None else now
    quick = [hidden[row["ref"]] for row in _facts(db, list(hidden)) if _is_unsettled(row, hidden[row["ref"]], at)]
    return whole + [replace(one, quick=True) for one in quick]


def _facts(db: Database, refs: Sequence[str]) -> list[Any]:
    return db.all("objects_unsettled", refs=json.dumps(refs)) if refs else []


def _is_unsettled(row: Any, one: Watched, now: float) -> bool:
    if row["state"] not in (None, "open"):  # a packed snapshot leaves out what stands at its default
        return False
    if one.restless or not row["at_head"] or row["checks"] in (None, "pending"):
        return True
    if row["checks"] == "failed" and now - (row["checked_at"] or 0.0) < RERUN:
        return True
    return now - (row["read_at"] or 0.0) >= SELDOM


def with_previous(db: Database, watched: Sequence[Watched]) -> list[Watched]:
    """The same with their last looks."""
    return [
        one if one.previous is not None else replace(one, previous=rows.snapshot(db.one("object_get", ref=str(one.ref)))) for one in watched
    ]  # fmt: skip


def chunks(watched: Sequence[Watched], size: int) -> list[list[Watched]]:
    """Pieces that a plugin can ask for at once: alike ones together, so that none is half empty without need."""
    alike: dict[tuple[bool, bool, bool], list[Watched]] = {}
    for one in watched:
        alike.setdefault((one.quick, bool(one.native), one.checks), []).append(one)
    return [group[start : start + size] for group in alike.values() for start in range(0, len(group), size)]
