"""coro edge team list."""

from __future__ import annotations

from coro_cli.commands.edge.given import Database
from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result


@verb
def command(call: Call, database: Database = None) -> Result:
    """List the teams: their webhooks and tokens, runners that are connected, deliveries that wait or were parked aside.

    \b
    Examples:
      coro edge team list --json | jq '.[] | select(.parked > 0)'
    """
    from coro_cli.edge import admin
    from coro_cli.edge.database import Admin

    with Admin(database) as open_admin:
        return Result(admin.teams(open_admin), view="edge")
