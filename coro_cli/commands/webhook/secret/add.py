"""coro webhook secret add."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from coro_cli.commands.shell import Call, verb
from coro_cli.commands.webhook.given import Plugin, SecretEnv, SecretFile
from coro_cli.errors import UsageError
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    plugin: Plugin,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME] [-]", help="Its name here (default: `default`); `-` reads it from stdin.")
    ] = None,
    secret_env: SecretEnv = None,
    secret_file: SecretFile = None,
    plain: Annotated[bool, typer.Option("--plain", help="Make a token for the weaker scheme (GitLab: X-Gitlab-Token).")] = False,
) -> Result:
    """Add a webhook secret. Without a source one is made, and printed this once: paste it into the host's settings.

    \b
    Examples:
      coro webhook secret add --plugin github
      coro webhook secret add ci --plugin github --secret-env HOOK_SECRET
      pass show hooks/github | coro webhook secret add --plugin github -
    """
    from coro_cli import config
    from coro_cli.commands.webhook import given, outcome
    from coro_cli.webhooks import doors, secrets

    names = list(words or ())
    piped = "-" in names
    names = [name for name in names if name != "-"]
    if len(names) > 1:
        raise UsageError("a secret has one name", hint="coro webhook secret add NAME --plugin P")
    place = doors.place(call.home, config.load(call.home), plugin)
    source = given.secret(secret_env, secret_file, piped=piped)
    value = secrets.made(place.descriptor, plain=plain) if source is None else secrets.checked(place.descriptor, source[1])
    now = time.time()
    shut = secrets.shuts_out(place, value, now=now)
    entry = secrets.add(place, names[0] if names else "", value, now=now)
    return outcome.kept(place, entry, made=source is None, warnings=(shut,) if shut else ())
