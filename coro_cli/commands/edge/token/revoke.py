"""coro edge token revoke."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.edge.given import Database, Team
from coro_cli.commands.shell import Call, verb
from coro_cli.errors import UsageError
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    team: Team,
    words: Annotated[list[str] | None, typer.Argument(metavar="[NAME]", help="The token's name.")] = None,
    name: Annotated[str, typer.Option("--name", metavar="N", help="The same.", show_default=False)] = "",
    database: Database = None,
) -> Result:
    """End a token at once. Sockets that are open with it close within seconds.

    \b
    Examples:
      coro edge token revoke --team acme --name alice-laptop
    """
    from coro_cli.edge import admin
    from coro_cli.edge.database import Admin

    names = [*(words or ()), *([name] if name else ())]
    if len(names) != 1:
        raise UsageError("name one token", hint=f"coro edge token list --team {team}")
    with Admin(database) as open_admin:
        admin.revoke_token(open_admin, team, names[0])
    return Result({"team": team, "name": names[0], "revoked": True}, notes=(f"{names[0]} is good for nothing now",))
