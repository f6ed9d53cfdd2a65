"""coro webhook secret retire."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from coro_cli.commands.shell import Call, verb
from coro_cli.commands.webhook.given import Plugin
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    plugin: Plugin,
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Which one.")] = "default",
) -> Result:
    """Forget a secret at once: deliveries that are signed with it are refused from now on.

    \b
    Example:
      coro webhook secret retire default --plugin github
    """
    from coro_cli import config
    from coro_cli.webhooks import doors, secrets

    place = doors.place(call.home, config.load(call.home), plugin)
    left = secrets.retire(place, name, now=time.time())
    warnings = () if left else (f"{place.plugin} has no secret left: its deliveries are refused",)
    return Result({"plugin": place.plugin, "name": name, "left": left}, notes=(f"retired `{name}`; {left} left",), warnings=warnings)
