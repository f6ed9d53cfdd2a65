"""coro config path."""

from __future__ import annotations

from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result


@verb
def command(call: Call) -> Result:
    """Print where config.toml is, whether or not it is there yet.

    \b
    Examples:
      coro config path
      coro config path --json | jq -r .state     # where the store and the logs are
    """
    where = str(call.home.config_file)
    there = call.home.config_file.exists()
    return Result({"path": where, "exists": there, "state": str(call.home.state)}, lines=(where,))
