"""Deliveries that a host could not deliver: list them, and have them sent again (GitHub does not by itself)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from coro_cli.domain.durations import rfc3339
from coro_cli.errors import CoroError
from coro_cli.jobs import poll
from coro_cli.polling import watching
from coro_cli.polling.plugin_set import Fleet
from coro_cli.store.database import Database

# GitHub keeps them for three days: https://docs.github.com/webhooks/using-webhooks/handling-failed-webhook-deliveries
KEPT = 3 * 86400.0


def missed(db: Database, fleet: Fleet, plugin: str, *, again: bool) -> tuple[list[dict[str, Any]], list[str]]:
    """`(deliveries, warnings)` of the repositories that are watched. again: ask for each to be sent again.

    A plugin takes part if its class has `missed(scope, since)` and `redeliver(scope, delivery)`.
    """
    found: list[dict[str, Any]] = []
    warnings: list[str] = []
    for name in [plugin] if plugin else poll.watched_plugins(db, fleet):
        member = fleet.member(name)
        if member.plugin is not None and not hasattr(member.plugin, "missed"):
            warnings += [f"{name} cannot say which deliveries failed"] * bool(plugin)
            continue
        try:
            member.ready()
        except CoroError as error:
            warnings.append(error.message)
            continue
        scopes = sorted({one.place for one in watching.watched_of(db, name)})
        for scope in scopes:
            try:
                found += _of_scope(member, scope, again)
            except CoroError as error:
                warnings.append(f"{name}:{scope}: {error.message}")
    return found, warnings


def _of_scope(member: Any, scope: str, again: bool) -> Iterator[dict[str, Any]]:
    plugin, client = member.ready()
    for one in client.drive(plugin.missed(scope, time.time() - KEPT)):
        shown = {
            "plugin": member.name, "scope": scope, "delivery": one.delivery, "event": one.event,
            "at": rfc3339(one.at), "status": one.status, "requested": False,
        }  # fmt: skip
        if again:
            client.drive(plugin.redeliver(scope, one))
            shown["requested"] = True
        yield shown
