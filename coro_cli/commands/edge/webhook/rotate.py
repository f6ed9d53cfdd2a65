"""coro edge webhook rotate."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.edge.given import Database, Plugin, Team
from coro_cli.commands.shell import Call, verb
from coro_cli.commands.webhook.given import SecretEnv, SecretFile
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    team: Team,
    plugin: Plugin,
    name: Annotated[str, typer.Option("--name", metavar="N", help="The new secret's name (default: the date).", show_default=False)] = "",
    suffix: Annotated[
        str, typer.Option("--suffix", metavar="S", help="Another last part of the address, for the new secret.", show_default=False)
    ] = "",
    overlap: Annotated[str, typer.Option("--overlap", metavar="DUR", help="So long the old secrets stay good.")] = "24h",
    secret_env: SecretEnv = None,
    secret_file: SecretFile = None,
    database: Database = None,
) -> Result:
    """Add a new secret beside the old ones, which end when the overlap is over. No delivery is refused meanwhile.

    \b
    Examples:
      coro edge webhook rotate --team acme --plugin github --overlap 2d
    """
    import os

    from coro_cli.commands.edge import outcome
    from coro_cli.commands.webhook import given
    from coro_cli.domain.durations import parse_duration
    from coro_cli.edge import sealing, webhook_rows
    from coro_cli.edge.database import Admin

    source, sealer = given.secret(secret_env, secret_file), sealing.find(os.environ)
    seconds = 0.0 if overlap.strip() in ("0", "0s") else parse_duration(overlap)
    with Admin(database) as admin:
        made = webhook_rows.rotate(
            admin, sealer, team, plugin, overlap=seconds, name=name, suffix=suffix, secret=source[1] if source is not None else None
        )
    return outcome.kept(made, *(f"{old['name']} is good until {old['until']}" for old in made["ending"]))
