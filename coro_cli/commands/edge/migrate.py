"""coro edge migrate."""

from __future__ import annotations

from coro_cli.commands.edge.given import Database
from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result


@verb
def command(call: Call, database: Database = None) -> Result:
    """Create or upgrade the edge's tables; a second time it does nothing. Run it before `serve` of a new version.

    \b
    Examples:
      CORO_EDGE_DATABASE_URL=postgresql://coro@db.internal/coro coro edge migrate
    """
    from coro_cli.edge.database import Admin

    with Admin(database) as admin:
        before, after = admin.migrate()
    said = f"the tables are of version {after}" if before != after else f"the tables are of version {after} already"
    return Result({"before": before, "version": after}, notes=(said,))
