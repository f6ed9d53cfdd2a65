"""Cycles over several plugins at once, and `coro poll`: detect, then see the runs through."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coro_cli.errors import StoreError
from coro_cli.polling import cycle, unavailable, watching
from coro_cli.polling.cycle import Report
from coro_cli.polling.plugin_set import Fleet
from coro_cli.running.dispatch import SPARE, Dispatcher
from coro_cli.store import views
from coro_cli.store.database import Database

# Longer pauses (the back-off of a retry) are left to a later poll.
PATIENCE = 15.0


def watched_plugins(db: Database, fleet: Fleet) -> list[str]:
    """The plugins that some wait watches, in the order of the configuration; unknown ones are left out."""
    named = views.watched_plugins(db)
    return [name for name in fleet.settings.plugins if name in named]


def unconfigured(db: Database, fleet: Fleet) -> list[Report]:
    """What is watched at plugins that the configuration has no more: their jobs say so, and so does the cycle."""
    gone = [name for name in views.watched_plugins(db) if name not in fleet.settings.plugins]
    for name in gone:
        unavailable.unconfigured(db, name)
    return [Report(name, errors=[f"{name} is unavailable: {unavailable.NOT_CONFIGURED}"], refused=True) for name in gone]


def detect(store: str, fleet: Fleet, plugins: Sequence[str], *, job: str | None = None) -> list[Report]:
    """One cycle of each plugin, side by side: a host that hangs holds up no other."""

    def one(name: str) -> Report:
        with Database(store) as db:
            member = fleet.member(name)
            # The whole plugin is detected even for one job: what a list tells once, it must tell to all.
            only = {str(one.ref) for one in watching.watched_of(db, name, job=job)} if job else None
            return cycle.poll(db, member, watching.watched_of(db, name), only=only)

    if len(plugins) == 1:
        return [one(plugins[0])]
    from concurrent.futures import ThreadPoolExecutor  # brings `logging`

    with ThreadPoolExecutor(max_workers=max(len(plugins), 1)) as pool:
        return list(pool.map(one, plugins))


def exit_code(reports: Sequence[Report]) -> int:
    """0 if any plugin could be asked or brought something, or none had to be; else 4 for credentials or configuration, or 6."""
    failed = {report.plugin for report in reports if report.refused or not report.reachable}
    if not failed or any(report.plugin not in failed or report.well or report.events for report in reports):
        return 0
    return 4 if any(report.refused for report in reports) else 6


def run_queued(db: Database, dispatcher: Dispatcher) -> list[tuple[str, int]]:
    """Start what is queued and wait for it. Returns the runs that were started here.

    Raises StoreError where none could be: a job that cannot be started keeps no other from its run, and says itself why.
    """
    started: list[tuple[str, int]] = []
    trouble: StoreError | None = None
    while True:
        try:
            started += [(run.job, run.number) for run in dispatcher.step()]
        except StoreError as error:
            if not dispatcher.refused:
                raise
            trouble = error
        if not dispatcher.mine and not _soon(dispatcher):
            break
        time.sleep(0.05)
    if trouble is not None and not started:
        raise trouble
    return started


def _soon(dispatcher: Dispatcher) -> bool:
    return not dispatcher.refused.issuperset(dispatcher.ready(time.time() + PATIENCE, SPARE))


def poll_json(db: Database, reports: Sequence[Report], runs: Sequence[tuple[str, int]], directory: Path, duration: float) -> dict[str, Any]:
    """The document of `coro poll --json`."""
    shown = []
    for job, number in runs:
        row = db.one("run_get", job=job, number=number)
        if row is not None:
            shown.append(views.run_json(db, row, str(directory / job / f"{number}.log")))
    keys = [event.key for report in reports for event in report.events]
    return {
        "requests": sum(r.requests for r in reports), "not_modified": sum(r.not_modified for r in reports),
        "charged": sum(r.charged for r in reports), "errors": [e for r in reports for e in r.errors],
        "duration": round(duration, 3), "events": views.events_json(db, keys),
        "queued": list(dict.fromkeys(job for r in reports for job in r.queued)), "runs": shown,
        "plugins": {r.plugin: _plugin_json(r) for r in reports}, "notes": [r.note for r in reports if r.note],
    }  # fmt: skip


def _plugin_json(report: Report) -> dict[str, Any]:
    return {
        "requests": report.requests, "not_modified": report.not_modified, "charged": report.charged,
        "errors": report.errors, "duration": round(report.duration, 3), "caught_up": round(report.caught_up, 1),
    }  # fmt: skip
