"""coro retry."""

from __future__ import annotations

from coro_cli.commands.shell import Call, JobArgument, JobOption, verb
from coro_cli.output.result import Result


@verb
def command(call: Call, identity: JobArgument = None, job: JobOption = None) -> Result:
    """Queue a failed or interrupted job again, with the events it had. A runner starts it.

    \b
    Example:
      coro retry k7m2qp
    """
    from coro_cli.jobs import act
    from coro_cli.store import views

    chosen = call.job(job, identity)
    act.look_after(call.db, chosen, call.home.runs)
    act.retry(call.db, chosen)
    call.ring()
    row = call.db.one("job_get", id=chosen)
    assert row is not None  # resolved above
    return Result(views.job_json(call.db, row), lines=(chosen,), notes=("queued: a runner takes it, or `coro poll`",))
