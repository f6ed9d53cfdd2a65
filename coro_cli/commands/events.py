"""coro events."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from coro_cli.commands.shell import MOST, Call, JobArgument, JobOption, verb
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    identity: JobArgument = None,
    job: JobOption = None,
    ref: Annotated[str | None, typer.Option("--ref", metavar="REF", help="Only events of this ref.")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DUR", help="Only what was detected since: 2h ago, or a time.")] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, max=MOST, help="At most so many, the newest; else 100, piped 1000.")
    ] = None,
) -> Result:
    """Show the event log: what came in, and what each event did or why it did nothing.

    \b
    Examples:
      coro events --since 2h
      coro events --job k7m2qp --json
    """
    from coro_cli.domain.durations import parse_when
    from coro_cli.jobs import show

    start = parse_when(since, time.time()) if since is not None else 0.0
    chosen = call.job(*named) if (named := [n for n in (job, identity) if n is not None]) else None
    about = call.ref(ref) if ref is not None else None
    most = limit or call.page(100, 1000)
    found = show.events(call.db, job=chosen, ref=about, since=start, limit=most + 1)
    return Result(found[-most:], view="events", warnings=call.cut(len(found) > most and limit is None, f"the newest {most} events"))
