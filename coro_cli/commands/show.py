"""coro show."""

from __future__ import annotations

from coro_cli.commands.shell import Call, JobArgument, JobOption, verb
from coro_cli.output.result import Result


@verb
def command(call: Call, identity: JobArgument = None, job: JobOption = None) -> Result:
    """Show one job: what it waits for, its events, messages and runs in the order of time.

    \b
    Example:
      coro show k7m2qp
    """
    from coro_cli.jobs import show

    return Result(show.show(call.db, call.job(job, identity), call.home.runs), view="show")
