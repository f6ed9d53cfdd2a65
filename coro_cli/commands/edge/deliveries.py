"""Look at the deliveries the edge has taken, and send one again."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.edge.given import Database, Delivery, OneTeam, number
from coro_cli.commands.shell import Call, verb
from coro_cli.errors import UsageError
from coro_cli.output.result import Result

TABLE = {
    "list": (":list_command", "List the newest deliveries"),
    "show": (":show_command", "Show one, and whom it went to"),
    "retry": (":retry_command", "Send a parked one again"),
}


# coro edge deliveries list.


@verb
def list_command(
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


# coro edge deliveries show.


@verb
def show_command(call: Call, id: Delivery, team: OneTeam = None, database: Database = None) -> Result:
    """Show one delivery: its headers, its body as long as somebody needs it, and whom it went to.

    \b
    Examples:
      coro edge deliveries show 42 --json | jq .dispatches
    """
    from coro_cli.edge import admin
    from coro_cli.edge.database import Admin

    with Admin(database) as open_admin:
        return Result(admin.delivery(open_admin, number(id), team), view="edge")


# coro edge deliveries retry.


@verb
def retry_command(call: Call, id: Delivery, team: OneTeam = None, database: Database = None) -> Result:
    """Send a delivery again that was parked aside. Runners know what they have had: nothing happens twice.

    \b
    Examples:
      coro edge deliveries retry 42
    """
    from coro_cli.edge import admin
    from coro_cli.edge.database import Admin

    with Admin(database) as open_admin:
        done = admin.retry(open_admin, number(id), team)
    return Result(done, notes=(f"delivery {done['id']} is sent again",))
