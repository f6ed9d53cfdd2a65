"""coro jobs."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.shell import MOST, Call, verb
from coro_cli.domain import states
from coro_cli.errors import UsageError
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    state: Annotated[str | None, typer.Option("--state", metavar="S", help="Only this state, or `live`, or `stopped`.")] = None,
    ref: Annotated[str | None, typer.Option("--ref", metavar="REF", help="Only jobs about this ref.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", metavar="N", min=1, max=MOST, help="At most so many; else 50, piped 500.")] = None,
) -> Result:
    """List the jobs, the last changed first. Piped, it is tab-separated.

    \b
    Examples:
      coro jobs
      coro jobs --state parked
      coro jobs --json | jq -r '.[] | select(.attention != "") | .id'
    """
    from coro_cli.jobs import show

    if state is not None and state not in (*states.ALL, "live", "stopped"):
        raise UsageError(f"there is no state `{state}`", hint=f"the states are {', '.join(states.ALL)}; live and stopped group them")
    about = call.ref(ref) if ref is not None else None
    most = limit or call.page(50, 500)
    found = show.jobs(call.db, state=state, ref=about, limit=most + 1)
    return Result(found[:most], view="jobs", warnings=call.cut(len(found) > most and limit is None, f"the {most} jobs last changed"))
