"""coro config show."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    show_origin: Annotated[bool, typer.Option("--show-origin", help="Say where each value comes from.")] = False,
) -> Result:
    """Show all settings in force; secrets are masked.

    \b
    Examples:
      coro config show
      coro config show --show-origin
    """
    from coro_cli import config

    rows = [{"key": key, "value": value, "origin": origin} for key, value, origin in config.explain(config.load(call.home))]
    shown = rows if show_origin or call.json else [{k: v for k, v in row.items() if k != "origin"} for row in rows]
    return Result(shown, view="settings")
