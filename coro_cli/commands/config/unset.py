"""coro config unset."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.shell import Call, verb
from coro_cli.errors import NotFound
from coro_cli.output.result import Result


@verb
def command(call: Call, key: Annotated[str, typer.Argument(metavar="KEY", help="For example poll.interval.")]) -> Result:
    """Remove one setting from config.toml: its default holds again.

    \b
    Example:
      coro config unset poll.interval
    """
    from coro_cli.configuring import editing

    if not editing.drop(call.home.config_file, key):
        raise NotFound(f"`{key[:80]}` is not set in `{call.home.config_file}`", hint="see what is: coro config show --show-origin")
    return Result({"key": key}, notes=(f"{key} is not set any more",))
