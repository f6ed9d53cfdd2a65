"""Add, list and remove teams."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.edge.given import Database, TeamName
from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result

TABLE = {
    "add": (":add_command", "Add a team"),
    "list": (":list_command", "List the teams and what they have"),
    "remove": (":remove_command", "Remove a team and everything it has"),
}


# coro edge team add.


@verb
def add_command(
    call: Call,
    team: TeamName,
    rate: Annotated[
        float, typer.Option("--rate", metavar="N", min=0.1, max=1_000_000, help="Deliveries a second that one edge takes for it.")
    ] = 100.0,
    database: Database = None,
) -> Result:
    """Add a team. Its name stands in the address that hosts send to, and is no secret.

    \b
    Examples:
      coro edge team add acme
    """
    from coro_cli.edge import admin
    from coro_cli.edge.database import Admin

    with Admin(database) as open_admin:
        made = admin.add_team(open_admin, team, rate)
    return Result(made, notes=(f"team {team} is there; a token for a runner: coro edge token add --team {team}",))


# coro edge team list.


@verb
def list_command(call: Call, database: Database = None) -> Result:
    """List the teams: their webhooks and tokens, runners that are connected, deliveries that wait or were parked aside.

    \b
    Examples:
      coro edge team list --json | jq '.[] | select(.parked > 0)'
    """
    from coro_cli.edge import admin
    from coro_cli.edge.database import Admin

    with Admin(database) as open_admin:
        return Result(admin.teams(open_admin), view="edge")


# coro edge team remove.


@verb
def remove_command(call: Call, team: TeamName, database: Database = None) -> Result:
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
