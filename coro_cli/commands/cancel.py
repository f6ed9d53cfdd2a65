"""coro cancel."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.shell import Call, JobOption, readable, verb
from coro_cli.errors import Conflict
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    identities: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="The jobs: ids or their beginnings.")] = None,
    job: JobOption = None,
    reason: Annotated[str, typer.Option("--reason", metavar="T", help="Why, for the job's history.")] = "",
) -> Result:
    """Stop jobs for good. A running command and all its processes get TERM, and KILL after five seconds.

    \b
    Examples:
      coro cancel k7m2qp
      coro cancel k7m2qp a1b2c3 --reason "shipped by hand"
    """
    from coro_cli.jobs import act
    from coro_cli.store import views

    chosen = call.jobs([*(identities or []), *([job] if job is not None else [])])
    refused: Conflict | None = None
    for one in chosen:
        try:
            act.cancel(call.db, one, readable(reason))
        except Conflict as error:
            refused = error  # the others are to be stopped all the same
    call.ring()
    if refused is not None:
        raise refused
    rows = [row for one in chosen if (row := call.db.one("job_get", id=one)) is not None]
    shown = [views.job_json(call.db, row) for row in rows]
    return Result(shown[0] if len(shown) == 1 else shown, lines=tuple(chosen), notes=("cancelled",))
