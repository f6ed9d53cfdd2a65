"""coro config set."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.shell import Call, verb
from coro_cli.errors import UsageError
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    key: Annotated[str, typer.Argument(metavar="KEY", help="For example poll.interval or plugins.work.api_url.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="As TOML, or a plain word.")],
) -> Result:
    """Change one setting in config.toml; comments stay. Nothing is written that could not be read again.

    \b
    Examples:
      coro config set poll.interval 30s
      coro config set plugins.work.api_url https://git.acme.dev/api/v3
      coro config set notify.command '["notify-send", "coro"]'
    """
    from coro_cli.configuring import editing, secret

    if secret.is_secret(key.rpartition(".")[2]) and key.endswith(".token"):
        raise UsageError(
            "a token on the command line is seen by every process here",
            hint=f"name where it is: coro config set {key}_env VARIABLE, or write it with `coro config edit`",
        )
    read = editing.put(call.home.config_file, key, value)
    return Result({"key": key, "value": read}, notes=(f"{key} is set in {call.home.config_file}",))
