"""coro edge webhook add."""

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
    name: Annotated[str, typer.Option("--name", metavar="N", help="The secret's name (default: `default`).", show_default=False)] = "",
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help="The kind of host, where the plugin is not named so.")] = "",
    suffix: Annotated[str, typer.Option("--suffix", metavar="S", help="A last part of the address.", show_default=False)] = "",
    secret_env: SecretEnv = None,
    secret_file: SecretFile = None,
    database: Database = None,
) -> Result:
    """Add a webhook secret. Without a source one is made, and printed this once: paste it into the host's settings.

    A host that signs nothing is told by its address alone; the address is then the secret, and is printed this once.

    \b
    Examples:
      coro edge webhook add --team acme --plugin github
      coro edge webhook add --team acme --plugin work-gitlab --kind gitlab --secret-env HOOK_SECRET
    """
    import os

    from coro_cli.commands.edge import outcome
    from coro_cli.commands.webhook import given
    from coro_cli.edge import sealing, webhook_rows
    from coro_cli.edge.database import Admin

    source, sealer = given.secret(secret_env, secret_file), sealing.find(os.environ)
    with Admin(database) as admin:
        made = webhook_rows.add(
            admin, sealer, team, plugin, name=name, kind=kind, suffix=suffix, secret=source[1] if source is not None else None
        )
    return outcome.kept(made)
