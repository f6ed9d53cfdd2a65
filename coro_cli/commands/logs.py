"""coro logs."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from coro_cli.commands.shell import MOST, Call, JobArgument, JobOption, verb
from coro_cli.errors import NotFound
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    identity: JobArgument = None,
    job: JobOption = None,
    run: Annotated[int | None, typer.Option("--run", metavar="N", min=1, max=MOST, help="Which run; default: the last.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the run ends.")] = False,
) -> Result:
    """Show what a run printed, byte for byte when piped.

    \b
    Examples:
      coro logs k7m2qp
      coro logs k7m2qp --run 1
      coro logs k7m2qp --follow
    """
    from coro_cli.output import logs
    from coro_cli.store import views

    chosen = call.job(job, identity)
    row = call.db.one("run_get", job=chosen, number=run) if run else call.db.one("run_last", job=chosen)
    if row is None:
        which = f"no run {run}" if run else "no run yet"
        hint = f"its runs: coro show {chosen}" if run else f"see what it waits for: coro explain {chosen}"
        raise NotFound(f"job {chosen} has {which}", hint=hint)
    path = call.home.runs / chosen / f"{row['number']}.log"

    def goes_on() -> bool:
        return follow and views.is_live(call.db, chosen, row["number"])

    if call.json:
        while goes_on():
            time.sleep(logs.LOOK_SECONDS)
        ended = call.db.one("run_get", job=chosen, number=row["number"]) or row
        return Result(views.run_json(call.db, ended, str(path)) | {"output": logs.text(path)})
    logs.show(path, goes_on)
    silent = not path.exists() or not path.stat().st_size
    ended = call.db.one("run_get", job=chosen, number=row["number"]) or row
    code = f", exit {ended['exit_code']}" if ended["exit_code"] is not None else ""
    notes = (f"run {row['number']} printed nothing ({ended['state']}{code})",) if silent else ()
    return Result(views.run_json(call.db, ended, str(path)), notes=notes)
