"""coro edge sign."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from coro_cli.commands.edge.given import Plugin
from coro_cli.commands.shell import Call, verb
from coro_cli.commands.webhook.given import SecretEnv, SecretFile
from coro_cli.errors import UsageError
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    plugin: Plugin,
    body: Annotated[str | None, typer.Argument(metavar="[BODY|-]", help="The body, in a file; `-` is stdin.")] = None,
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help="The kind of host, where the plugin is not named so.")] = "",
    secret_env: SecretEnv = None,
    secret_file: SecretFile = None,
    delivery: Annotated[str, typer.Option("--delivery", metavar="ID", help="The delivery's id (default: a new one).")] = "",
    event: Annotated[str, typer.Option("--event", metavar="NAME", help="The host's word for what happened: pull_request.")] = "",
) -> Result:
    """Print the headers a host would send with this body, one a line: to try an edge without the host.

    \b
    Examples:
      coro edge sign --plugin github --event ping --secret-env HOOK_SECRET body.json
    """
    from coro_cli.commands.webhook import given
    from coro_cli.webhooks import descriptors
    from coro_cli.webhooks.model import Secret
    from coro_cli.webhooks.sign import sign

    source = given.secret(secret_env, secret_file)
    if source is None:
        raise UsageError("a secret is needed to sign", hint="--secret-env VAR, or --secret-file FILE")
    descriptor = descriptors.of(kind or plugin)
    made = sign(descriptor, Secret(*source), given.content(body or "-"), now=time.time(), delivery=delivery, event=event)
    shown = {"plugin": plugin, "algorithm": descriptor.algorithm, "headers": dict(made)}
    return Result(shown, lines=tuple(f"{name}: {value}" for name, value in made))
