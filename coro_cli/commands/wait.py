"""coro wait."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.shell import Call, JobOption, verb
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    identities: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="The jobs: ids or their beginnings.")] = None,
    job: JobOption = None,
    timeout: Annotated[str | None, typer.Option("--timeout", metavar="DUR", help="Give up after this long (exit code 124).")] = None,
) -> Result:
    """Block until each job stops: 0 if all completed and their waits were satisfied, else 1.

    It looks at the store only: `coro start` has to run somewhere.

    \b
    Examples:
      coro wait k7m2qp
      id=$(coro park '#42' --on checks_passed) && coro wait "$id" --timeout 1h
    """
    from coro_cli.domain.durations import parse_duration
    from coro_cli.jobs import wait
    from coro_cli.output import interactive
    from coro_cli.system import locks

    chosen = call.jobs([*(identities or []), *([job] if job is not None else [])])
    seconds = parse_duration(timeout, zero=True) if timeout is not None else None
    with interactive.Line(quiet=call.quiet or call.json) as line:
        watch = interactive.Waiting(line, alive=locks.is_held(call.home.lock))
        jobs, good = wait.until_stopped(call.db, chosen, seconds, watch)
    notes = tuple(wait.told(j) for j in jobs)
    return Result(jobs if len(jobs) > 1 else jobs[0], notes=notes, exit_code=0 if good else 1)
