"""coro edge token list."""

from __future__ import annotations

from coro_cli.commands.edge.given import Database, Team
from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result


@verb
def command(call: Call, team: Team, database: Database = None) -> Result:
    """List a team's tokens: names, states, when each was used last. Never the tokens.

    \b
    Examples:
      coro edge token list --team acme
    """
    from coro_cli.edge import admin
    from coro_cli.edge.database import Admin

    with Admin(database) as open_admin:
        return Result(admin.tokens(open_admin, team), view="edge")
