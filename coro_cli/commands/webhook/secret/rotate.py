"""coro webhook secret rotate."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from coro_cli.commands.shell import Call, verb
from coro_cli.commands.webhook.given import Plugin, SecretEnv, SecretFile
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    plugin: Plugin,
    overlap: Annotated[str, typer.Option("--overlap", metavar="DUR", help="The old one stays valid so long.")] = "24h",
    secret_env: SecretEnv = None,
    secret_file: SecretFile = None,
) -> Result:
    """Make a new secret, printed this once, and keep the old one beside it until the overlap ends.

    Paste the new one into the host's settings meanwhile: no delivery is refused.

    \b
    Examples:
      coro webhook secret rotate --plugin github
      coro webhook secret rotate --plugin github --overlap 1h
    """
    from coro_cli import config
    from coro_cli.commands.webhook import given, outcome
    from coro_cli.domain.durations import parse_duration
    from coro_cli.webhooks import doors, secrets

    place = doors.place(call.home, config.load(call.home), plugin)
    seconds = 0.0 if overlap.strip() in ("0", "0s") else parse_duration(overlap)
    source = given.secret(secret_env, secret_file)
    value = None if source is None else secrets.checked(place.descriptor, source[1])
    entry, ending = secrets.rotate(place, value, overlap=seconds, now=time.time())
    return outcome.kept(place, entry, made=source is None, ending=ending)
