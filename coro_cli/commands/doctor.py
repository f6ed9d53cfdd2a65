"""coro doctor."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result


@verb
def command(call: Call, fix: Annotated[bool, typer.Option("--fix", help="Mend what is safe to mend.")] = False) -> Result:
    """Check that everything is in order: each line says what was found, and what mends it. 1 if something failed.

    \b
    Examples:
      coro doctor
      coro doctor --fix
      coro doctor --json | jq '.checks[] | select(.status != "ok")'
    """
    from coro_cli.doctor import examine
    from coro_cli.output import interactive

    with interactive.Line(quiet=call.quiet or call.json) as line:
        checks = [check.as_json() for check in examine.examine(call.home, fix=fix, tell=line.say)]
    failed = sum(check["status"] == "failed" for check in checks)
    warned = sum(check["status"] == "warning" for check in checks)
    shown = {"checks": checks, "failed": failed, "warnings": warned}
    return Result(shown, view="doctor", exit_code=1 if failed else 0)
