"""coro edge deliveries retry."""

from __future__ import annotations

from coro_cli.commands.edge.given import Database, Delivery, OneTeam, number
from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result


@verb
def command(call: Call, id: Delivery, team: OneTeam = None, database: Database = None) -> Result:
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
