"""coro edge team remove."""

from __future__ import annotations

from coro_cli.commands.edge.given import Database, TeamName
from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result


@verb
def command(call: Call, team: TeamName, database: Database = None) -> Result:
    """Remove a team with its tokens, its secrets and its deliveries. Its runners' sockets close.

    \b
    Examples:
      coro edge team remove acme
    """
    from coro_cli.edge import admin
    from coro_cli.edge.database import Admin

    with Admin(database) as open_admin:
        admin.remove_team(open_admin, team)
    return Result({"name": team, "removed": True}, notes=(f"team {team} is gone",))
