"""coro edge deliveries show."""

from __future__ import annotations

from coro_cli.commands.edge.given import Database, Delivery, OneTeam, number
from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result


@verb
def command(call: Call, id: Delivery, team: OneTeam = None, database: Database = None) -> Result:
    """Show one delivery: its headers, its body as long as somebody needs it, and whom it went to.

    \b
    Examples:
      coro edge deliveries show 42 --json | jq .dispatches
    """
    from coro_cli.edge import admin
    from coro_cli.edge.database import Admin

    with Admin(database) as open_admin:
        return Result(admin.delivery(open_admin, number(id), team), view="edge")
