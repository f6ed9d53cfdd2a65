"""coro edge webhook list."""

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
    plugin: Annotated[str | None, typer.Option("--plugin", metavar="P", help="Only this plugin's.", show_default=False)] = None,
    database: Database = None,
) -> Result:
    """List a team's webhooks: schemes, addresses, which secrets are current, in their overlap, ended. Never the secrets.

    \b
    Examples:
      coro edge webhook list --team acme
    """
    from coro_cli.edge import webhook_rows
    from coro_cli.edge.database import Admin

    with Admin(database) as admin:
        return Result(webhook_rows.listed(admin, team, plugin), view="edge")
