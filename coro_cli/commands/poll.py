"""coro poll."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from coro_cli.commands.shell import Call, JobArgument, JobOption, verb
from coro_cli.output.result import Result

if TYPE_CHECKING:
    from coro_cli.polling.cycle import Report


@verb
def command(
    call: Call,
    identity: JobArgument = None,
    job: JobOption = None,
    plugin: Annotated[str | None, typer.Option("--plugin", metavar="NAME", help="Only this plugin.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the requests it would make, and their price.")] = False,
    no_resume: Annotated[bool, typer.Option("--no-resume", help="Only detect; leave the runs to a runner.")] = False,
) -> Result:
    """One cycle now: look at everything that is watched, run what is due, wait for it. For cron and CI.

    \b
    Examples:
      coro poll
      coro poll --plugin github --no-resume --json
      */5 * * * *  coro poll --quiet
    """
    from coro_cli.jobs import poll
    from coro_cli.running.dispatch import Dispatcher
    from coro_cli.store import prune

    began = time.monotonic()
    chosen = call.job(*named) if (named := [n for n in (job, identity) if n is not None]) else None
    if plugin is not None:
        call.fleet.member(plugin)
    plugins = [p for p in poll.watched_plugins(call.db, call.fleet) if plugin in (None, p)]
    if dry_run:
        from coro_cli.polling.dry_run import plan

        return Result(plan(call.db, call.fleet, plugins, job=chosen), view="plan")
    own = {row["ref"].partition(":")[0] for row in call.db.all("watched_by_job", job=chosen)} if chosen else None
    reports = _deliveries(call) if chosen is None and plugin is None else []
    reports += poll.unconfigured(call.db, call.fleet) if plugin is None else []
    reports += poll.detect(call.db.path, call.fleet, plugins, job=chosen) if plugins else []
    runs: list[tuple[str, int]] = []
    if not no_resume:
        only = {chosen} if chosen else None
        dispatcher = Dispatcher(call.db, call.home.runs, call.home_name, call.fleet.settings.parallel, only=only)
        runs = poll.run_queued(call.db, dispatcher)
        prune.prune_daily(call.db, call.home.runs, keep=call.fleet.settings.keep)
    call.ring()
    shown = poll.poll_json(call.db, reports, runs, call.home.runs, time.monotonic() - began)
    code = poll.exit_code([r for r in reports if own is None or r.plugin in own])
    return Result(shown, view="poll", notes=tuple(shown["notes"]), exit_code=code)


def _deliveries(call: Call) -> list[Report]:
    """What was delivered and is not handled yet: seldom anything, and what handles it takes as long to import as a look does."""
    waiting = call.db.one("deliveries_waiting_count")
    if waiting is None or not waiting["n"]:
        return []
    from coro_cli.webhooks import worker

    return worker.catch_up(call.home, call.db, call.fleet)
