"""coro edge team add."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.edge.given import Database, TeamName
from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result


@verb
def command(
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
