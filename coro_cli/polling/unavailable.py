"""Failure is not news: no job changes its state, but each says what it suffers from, and stops saying so by itself."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from coro_cli.domain.durations import rfc3339
from coro_cli.errors import CoroError, Unavailable, Unreachable
from coro_cli.plugins.protocol import Broken, Limited
from coro_cli.polling import plugin_set
from coro_cli.polling.plugin_set import Member
from coro_cli.store.database import Database

if TYPE_CHECKING:
    from coro_cli.polling.cycle import Report


MARK = "unavailable: "
NOT_CONFIGURED = "it is not configured"
DAY = 86400.0


def is_of_all(error: CoroError) -> bool:
    """Whether it concerns the whole plugin: a limit, refused credentials, a dead host. The rest is one repository's."""
    return plugin_set.is_refusal(error) or (isinstance(error, Unreachable) and not isinstance(error, Broken))


def stub(db: Database, member: Member, error: CoroError, report: Report) -> None:
    """The plugin does not work for now, and its jobs say why."""
    if isinstance(error, Limited):
        report.limited_until = error.until
    report.errors += [error.message] if error.message not in report.errors else []
    report.refused = isinstance(error, Unavailable)
    report.reachable = not isinstance(error, Unreachable) or isinstance(error, Broken | Limited)
    reason = error.message.removeprefix(f"{member.name} is unavailable: ") if isinstance(error, Unavailable) else error.message
    if plugin_set.is_refusal(error):
        member.reason, member.hint = reason, error.hint  # so that the next cycle looks for another token
    with db.transaction():
        plugin_set.remember(db, member, state="stub", reason=reason)
        db.run("attention_of_plugin", attention=MARK + reason, mark=f"{MARK}%", low=f"{member.name}:", high=f"{member.name};")


def unconfigured(db: Database, plugin: str) -> bool:
    """A plugin that is not in the configuration any more, though jobs wait on it. False where all that is said already."""
    bounds = {"low": f"{plugin}:", "high": f"{plugin};"}
    row = db.one("plugin_get", name=plugin)
    if row is not None and row["reason"] == NOT_CONFIGURED and db.one("plugin_unsaid", **bounds) is None:
        return False
    with db.transaction():
        db.run("plugin_state", name=plugin, state="stub", reason=NOT_CONFIGURED, now=time.time())
        db.run("attention_of_plugin", attention=MARK + NOT_CONFIGURED, mark=f"{MARK}%", **bounds)
    return True


def note(db: Database, errors: Mapping[str, str], gone: Iterable[str], now: float) -> None:
    """Each ref's own trouble, and its jobs' attention. Call it in a transaction."""
    lost = set(gone)
    for ref, why in errors.items():
        db.run("object_error", ref=ref, error=why, gone=int(ref in lost), now=now)
        db.run("attention_of_ref", ref=ref, attention=MARK + _since(db, ref, why, now), mark=f"{MARK}%")


def _since(db: Database, ref: str, why: str, now: float) -> str:
    """A day without it is no mishap any more: then it is said what to do."""
    row = db.one("object_get", ref=ref)
    since = row["gone_since"] if row is not None else None
    if since is None or now - since < DAY:
        return why
    said = f"`{ref}` is gone since {rfc3339(float(int(since)))}: cancel the job, or park it on another ref"
    db.run("object_error", ref=ref, error=said, gone=1, now=now)
    return said


def over(db: Database, plugin: str) -> None:
    """The plugin works: only jobs whose ref is in trouble of its own keep their attention. Call it in a transaction."""
    if db.one("attention_any", mark=f"{MARK}%") is not None:
        db.run("attention_over", mark=f"{MARK}%", low=f"{plugin}:", high=f"{plugin};")


def paused_until(budget: Mapping[str, object], token: str) -> float | None:
    """When the host wants to be asked again, as an earlier process was told; None if it may be now."""
    until, now = budget.get("limited_until"), time.time()
    # A clock that was set back must not make a pause of a minute one of a year.
    if budget.get("token") == token and isinstance(until, int | float) and now < until < now + DAY:
        return float(until)
    return None
