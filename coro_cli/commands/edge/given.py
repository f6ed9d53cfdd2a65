"""What the commands of this group are given: the database, a team, a plugin."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.errors import UsageError

Database = Annotated[
    str | None, typer.Option("--database", metavar="URL", help="PostgreSQL (CORO_EDGE_DATABASE_URL).", show_default=False)
]
Team = Annotated[str, typer.Option("--team", metavar="TEAM", help="The team.", show_default=False)]
OneTeam = Annotated[str | None, typer.Option("--team", metavar="TEAM", help="Only this team's.", show_default=False)]
TeamName = Annotated[str, typer.Argument(metavar="TEAM", help="The team's name: it stands in the webhook address.")]
Plugin = Annotated[
    str, typer.Option("--plugin", metavar="P", help="The plugin, as it is named in the runners' config.toml.", show_default=False)
]
Delivery = Annotated[str, typer.Argument(metavar="ID", help="The delivery's number.")]


def number(text: str) -> int:
    """A delivery's number. Raises UsageError."""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise UsageError("a delivery is named by its number", hint="coro edge deliveries list")
    return int(text)
