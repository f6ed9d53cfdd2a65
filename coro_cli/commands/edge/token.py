"""Make, list and revoke the tokens that runners connect with."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.edge.given import Database, Team
from coro_cli.commands.shell import Call, verb
from coro_cli.errors import UsageError
from coro_cli.output.result import Result

TABLE = {
    "add": (":add_command", "Make a token for a runner; it is printed once"),
    "list": (":list_command", "List a team's tokens"),
    "revoke": (":revoke_command", "End a token; its open sockets close"),
}


# coro edge token add.


@verb
def add_command(
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


# coro edge token list.


@verb
def list_command(call: Call, team: Team, database: Database = None) -> Result:
    """List a team's tokens: names, states, when each was used last. Never the tokens.

    \b
    Examples:
      coro edge token list --team acme
    """
    from coro_cli.edge import admin
    from coro_cli.edge.database import Admin

    with Admin(database) as open_admin:
        return Result(admin.tokens(open_admin, team), view="edge")


# coro edge token revoke.


@verb
def revoke_command(
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
