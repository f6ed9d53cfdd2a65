"""coro edge deliveries list."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.edge.given import Database, OneTeam
from coro_cli.commands.shell import Call, verb
from coro_cli.errors import UsageError
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    team: OneTeam = None,
    state: Annotated[
        str | None, typer.Option("--state", metavar="S", help="Only `pending`, `acked` or `parked`.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=100_000, help="At most so many.")] = 50,
    database: Database = None,
) -> Result:
    """List the newest deliveries: what waits for a runner, what was taken, what was parked aside after too many tries.

    \b
    Examples:
      coro edge deliveries list --team acme --state parked
    """
    from coro_cli.edge import admin
    from coro_cli.edge.database import Admin

    if state not in (None, "pending", "acked", "parked"):
        raise UsageError("a delivery is pending, acked or parked", hint="--state parked")
    with Admin(database) as open_admin:
        return Result(admin.deliveries(open_admin, team, state, limit), view="edge")
