"""coro events."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.shell import Call, JobOption, verb
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    job: JobOption = None,
    ref: Annotated[str | None, typer.Option("--ref", metavar="REF", help="Only events of this ref.")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DUR", help="Only what was detected this long ago or later.")] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="At most so many, the newest.")] = 100,
) -> Result:
    """Show the event log: what came in, and what each event did or why it did nothing.

    \b
    Examples:
      coro events --since 2h
      coro events --job k7m2qp --json
    """
    from coro_cli.domain.durations import parse_duration
    from coro_cli.polling import listing

    start = listing.start_of(parse_duration(since) if since else None)
    chosen = call.job(job) if job else None
    found = listing.events(call.db, job=chosen, ref=call.ref(ref) if ref else None, since=start, limit=limit)
    return Result(found, view="events")
