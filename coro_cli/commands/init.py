"""coro init."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing; take what was found.")] = False,
) -> Result:
    """Set coro up: finds remotes, hosts and tokens by itself, tries them, asks only what is missing, writes config.toml.

    \b
    Examples:
      coro init
      coro init --yes
    """
    from coro_cli.doctor import init
    from coro_cli.output import interactive

    ask = interactive.default if yes or call.json or not interactive.possible() else interactive.ask
    with interactive.Line(quiet=call.quiet or call.json) as line:
        made = init.Setup(call.home, os.getcwd(), line.apart(ask), line.say)
        found = [one.as_json() for one in made.run()]
    park, again = "coro park URL --on approved -- COMMAND, then coro start", "see to what is missing, then coro init again"
    return Result(
        {"found": found, "config": str(call.home.config_file)}, view="setup", exit_code=made.exit_code,
        notes=(f"next: {again if made.exit_code else park}",),
    )  # fmt: skip
