"""coro status."""

from __future__ import annotations

from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result


@verb
def command(call: Call) -> Result:
    """Show the runner, the plugins with their budgets, and how fast events are noticed: promised and measured.

    \b
    Examples:
      coro status
      coro status --json | jq .detection
    """
    from coro_cli.jobs import status

    told = status.status(call.db, call.home, call.fleet.settings)
    return Result(status.with_credentials(told, call.fleet), view="status")
