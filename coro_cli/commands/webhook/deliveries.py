"""coro webhook deliveries."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from coro_cli.commands.shell import MOST, Call, verb
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    plugin: Annotated[str, typer.Option("--plugin", metavar="NAME", help="Only this plugin.", show_default=False)] = "",
    since: Annotated[str | None, typer.Option("--since", metavar="WHEN", help="From then on: `2h`, a date, a time.")] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=MOST, help="At most so many.")] = 50,
    missed: Annotated[bool, typer.Option("--missed", help="Ask the host for deliveries that failed, and to send them again.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --missed: only list them.")] = False,
) -> Result:
    """List the deliveries that came in, newest first, and what each did.

    `--missed` asks GitHub for deliveries that could not be delivered in the last three days, in the repositories that jobs
    wait on, and has them sent again where the token may (`admin:repo_hook`).

    \b
    Examples:
      coro webhook deliveries --since 2h
      coro webhook deliveries --missed --dry-run
    """
    from coro_cli.domain.durations import parse_when
    from coro_cli.webhooks import ledger

    if missed:
        from coro_cli.webhooks import catching_up

        found, warnings = catching_up.missed(call.db, call.fleet, plugin, again=not dry_run)
        return Result(found, view="missed", warnings=tuple(warnings))
    start = parse_when(since, time.time()) if since is not None else 0.0
    rows = call.db.all("deliveries_newest", since=start, plugin=plugin, limit=limit)
    return Result([ledger.as_json(row) for row in rows], view="deliveries")
