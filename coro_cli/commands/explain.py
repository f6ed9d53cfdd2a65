"""coro explain."""

from __future__ import annotations

from coro_cli.commands.shell import Call, JobArgument, JobOption, verb
from coro_cli.output.result import Result


@verb
def command(call: Call, identity: JobArgument = None, job: JobOption = None) -> Result:
    """Say why a job is still parked: what is watched, when it was looked at, what came, and why that was not it.

    \b
    Example:
      coro explain k7m2qp
    """
    from coro_cli.jobs import explain
    from coro_cli.system import locks

    return Result(explain.explain(call.db, call.job(job, identity), runner_alive=locks.is_held(call.home.lock)), view="explain")
