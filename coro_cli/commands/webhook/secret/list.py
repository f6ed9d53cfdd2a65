"""coro webhook secret list."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    plugin: Annotated[str | None, typer.Option("--plugin", metavar="P", help="Only this plugin.", show_default=False)] = None,
) -> Result:
    """List the secrets: names, ages, when each ends, when it was last used. Never their values.

    \b
    Example:
      coro webhook secret list --plugin github
    """
    from coro_cli import config
    from coro_cli.webhooks import checkup, doors, secrets, vault

    wanted = doors.named(config.load(call.home), plugin)[0] if plugin is not None else None
    used = checkup.last_used(call.home)
    now = time.time()
    found = [
        secrets.shown(entry, now) | {"last_used_at": used.get((entry.plugin, entry.name))}
        for name, entries in vault.read(call.home.secrets).items() if wanted in (None, name) for entry in entries
    ]  # fmt: skip
    return Result(found, view="secrets")
