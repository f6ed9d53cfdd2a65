"""coro edge token add."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.edge.given import Database, Team
from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    team: Team,
    name: Annotated[str, typer.Option("--name", metavar="N", help="Whose it is, for the list.", show_default=False)] = "",
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="DUR", help="It ends by itself after this.", show_default=False)
    ] = None,
    database: Database = None,
) -> Result:
    """Make a runner's token. It is printed this once and kept nowhere: the database has only its digest.

    \b
    Examples:
      coro edge token add --team acme --name alice-laptop --expires 90d
      coro edge token add --team acme | coro login --url https://coro.acme.dev -
    """
    from coro_cli.domain.durations import parse_duration
    from coro_cli.edge import admin
    from coro_cli.edge.database import Admin

    seconds = parse_duration(expires) if expires is not None else None
    with Admin(database) as open_admin:
        made = admin.add_token(open_admin, team, name, seconds)
    ends = f", good until {made['expires_at']}" if made["expires_at"] else ""
    return Result(made, lines=(made["token"],), notes=(f"this is {made['name']} of team {team}{ends}; it is not shown again",))
