"""coro resume."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from coro_cli.commands.shell import Call, JobArgument, JobOption, readable, verb
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    identity: JobArgument = None,
    job: JobOption = None,
    event: Annotated[str, typer.Option("--event", metavar="NAME", help="Pretend this event: approved, issue:closed …")] = "",
    message: Annotated[str, typer.Option("--message", metavar="TEXT", help="Say this to the job as well.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print exactly what would run, and run nothing.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Leave the run to `coro start`.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Also a completed or cancelled job.")] = False,
) -> Result:
    """Wake a job now and watch it run: 0 if its command succeeded, else 1. Ctrl-C stops watching, not the run.

    \b
    Examples:
      coro resume --job k7m2qp
      coro resume --job k7m2qp --event approved --dry-run
      coro resume --job k7m2qp --message "use the staging cluster" --detach
    """
    from coro_cli.jobs import act
    from coro_cli.output import logs

    chosen, message = call.job(job, identity), readable(message)
    act.look_after(call.db, chosen, call.home.runs)
    if dry_run:
        plan = act.dry_run(call.db, chosen, call.home.runs, call.home_name, event=event, text=message, force=force)
        return Result(plan, view="dry_run")
    act.wake(call.db, chosen, event=event, text=message, force=force)
    if detach:
        call.ring()
        return Result(act.shown(call.db, chosen), notes=(f"{chosen} is queued for `coro start`",))
    run = act.start(call.db, chosen, call.home.runs, call.home_name)
    if run is None:
        return Result(act.shown(call.db, chosen))  # without a command there is nothing to run
    try:
        if not call.json:
            logs.show(run.files.log, lambda: act.goes_on(call.db, run))
        result = act.ended(call.db, run)
    except KeyboardInterrupt:
        os.write(2, f"\nstill running; follow it with `coro logs {chosen} --follow`\n".encode())
        raise
    return Result(result, notes=_told(call, chosen, result), exit_code=0 if result["exit_code"] == 0 else 1)


def _told(call: Call, job: str, run: dict[str, Any]) -> tuple[str, ...]:
    """Why the exit code is 1, which the command's own output need not say."""
    from coro_cli.jobs import act

    if run["exit_code"] == 0:
        return ()
    ended = f"exit code {run['exit_code']}" if run["exit_code"] is not None else "no exit status"
    return (f"run {run['number']} of {job} ended with {ended}; the job is {act.shown(call.db, job)['state']}",)
