"""Keep, rotate and retire the secrets that a team's hosts sign with."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from coro_cli.commands.edge.given import Database, Plugin, Team
from coro_cli.commands.shell import Call, verb
from coro_cli.commands.webhook.given import SecretEnv, SecretFile
from coro_cli.errors import UsageError
from coro_cli.output.result import Result

TABLE = {
    "add": (":add_command", "Add a webhook secret"),
    "list": (":list_command", "List a team's webhooks"),
    "rotate": (":rotate_command", "Add a new secret; the old ones stay good for a while"),
    "retire": (":retire_command", "End a secret now"),
}


# How a webhook secret that was just kept is told.


def kept(made: dict[str, Any], *notes: str) -> Result:
    """The secret, where it was made here, alone on the first line; then the address."""
    lines = ((made["secret"],) if "secret" in made else ()) + (made["path"],)
    # Where nothing is signed the address is the secret: it is printed once, in its own line.
    where = f"send {made['plugin']}'s webhooks to https://YOUR-EDGE followed by that path"
    once = ("the secret is not shown again",) if "secret" in made else ()
    return Result(made, lines=lines, notes=(where, *once, *notes))


# coro edge webhook add.


@verb
def add_command(
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

    from coro_cli.commands.webhook import given
    from coro_cli.edge import sealing, webhook_secrets
    from coro_cli.edge.database import Admin

    source, sealer = given.secret(secret_env, secret_file), sealing.find(os.environ)
    with Admin(database) as admin:
        made = webhook_secrets.add(
            admin, sealer, team, plugin, name=name, kind=kind, suffix=suffix, secret=source[1] if source is not None else None
        )
    return kept(made)


# coro edge webhook list.


@verb
def list_command(
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
    from coro_cli.edge import webhook_secrets
    from coro_cli.edge.database import Admin

    with Admin(database) as admin:
        return Result(webhook_secrets.listed(admin, team, plugin), view="edge")


# coro edge webhook rotate.


@verb
def rotate_command(
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

    from coro_cli.commands.webhook import given
    from coro_cli.domain.durations import parse_duration
    from coro_cli.edge import sealing, webhook_secrets
    from coro_cli.edge.database import Admin

    source, sealer = given.secret(secret_env, secret_file), sealing.find(os.environ)
    seconds = 0.0 if overlap.strip() in ("0", "0s") else parse_duration(overlap)
    with Admin(database) as admin:
        made = webhook_secrets.rotate(
            admin, sealer, team, plugin, overlap=seconds, name=name, suffix=suffix, secret=source[1] if source is not None else None
        )
    return kept(made, *(f"{old['name']} is good until {old['until']}" for old in made["ending"]))


# coro edge webhook retire.


@verb
def retire_command(
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
    from coro_cli.edge import webhook_secrets
    from coro_cli.edge.database import Admin

    names = [*(words or ()), *([name] if name else ())] or ["default"]
    if len(names) != 1:
        raise UsageError("name one secret", hint=f"coro edge webhook list --team {team}")
    with Admin(database) as admin:
        left = webhook_secrets.retire(admin, team, plugin, names[0])
    warnings = () if left else (f"{plugin} has no secret left: all its deliveries are refused",)
    shown = {"team": team, "plugin": plugin, "name": names[0], "retired": True, "left": left}
    return Result(shown, notes=(f"{names[0]} is ended",), warnings=warnings)
