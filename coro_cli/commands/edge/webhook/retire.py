"""coro edge webhook retire."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.edge.given import Database, Plugin, Team
from coro_cli.commands.shell import Call, verb
from coro_cli.errors import UsageError
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    team: Team,
    plugin: Plugin,
    words: Annotated[list[str] | None, typer.Argument(metavar="[NAME]", help="The secret's name (default: `default`).")] = None,
    name: Annotated[str, typer.Option("--name", metavar="N", help="The same.", show_default=False)] = "",
    database: Database = None,
) -> Result:
    """End a secret now: what is signed with it is refused from this moment on.

    \b
    Examples:
      coro edge webhook retire --team acme --plugin github --name default
    """
    from coro_cli.edge import webhook_rows
    from coro_cli.edge.database import Admin

    names = [*(words or ()), *([name] if name else ())] or ["default"]
    if len(names) != 1:
        raise UsageError("name one secret", hint=f"coro edge webhook list --team {team}")
    with Admin(database) as admin:
        left = webhook_rows.retire(admin, team, plugin, names[0])
    warnings = () if left else (f"{plugin} has no secret left: all its deliveries are refused",)
    shown = {"team": team, "plugin": plugin, "name": names[0], "retired": True, "left": left}
    return Result(shown, notes=(f"{names[0]} is ended",), warnings=warnings)
