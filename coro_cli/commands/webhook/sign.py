"""coro webhook sign."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from coro_cli.commands.shell import Call, verb
from coro_cli.commands.webhook.given import Plugin, SecretEnv, SecretFile
from coro_cli.errors import NotFound, UsageError
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    plugin: Plugin,
    body: Annotated[str | None, typer.Argument(metavar="[BODY|-]", help="The body, in a file; `-` is stdin.")] = None,
    secret_env: SecretEnv = None,
    secret_file: SecretFile = None,
    delivery: Annotated[str, typer.Option("--delivery", metavar="ID", help="The delivery's id (default: a new one).")] = "",
    event: Annotated[str, typer.Option("--event", metavar="NAME", help="The host's word for what happened: pull_request.")] = "",
) -> Result:
    """Print the headers a host would send with this body, one a line: for tests and drills.

    \b
    Examples:
      coro webhook sign --plugin github --event ping body.json
      coro webhook sign --plugin gitlab --secret-env HOOK_TOKEN - < body.json
    """
    from coro_cli.commands.webhook import given
    from coro_cli.webhooks import schemes
    from coro_cli.webhooks.sign import scheme_of, sign

    data = given.content(body or "-")
    door = given.door(call, plugin, secret_env, secret_file)
    live = [secret for secret in door.secrets if not secret.ended(time.time())]
    if not live:
        raise NotFound("there is no secret to sign with", hint=f"coro webhook secret add --plugin {plugin}")
    scheme = scheme_of(door.descriptor, live[0])
    if scheme.format == schemes.PLAIN and secret_env is None and secret_file is None:
        said = f"`{scheme.header}` is the secret itself, and that is shown only once"
        raise UsageError(said, hint="give it with --secret-env or --secret-file")
    made = sign(door.descriptor, live[0], data, now=time.time(), delivery=delivery, event=event)
    shown = {"plugin": door.plugin, "algorithm": scheme.algorithm, "secret": live[0].name, "headers": dict(made)}
    return Result(shown, lines=tuple(f"{name}: {value}" for name, value in made))
