"""coro config path."""

from __future__ import annotations

from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result


@verb
def command(call: Call) -> Result:
    """Print where config.toml is, whether or not it is there yet.

    \b
    Example:
      coro config path
    """
    where = str(call.home.config_file)
    return Result({"path": where, "exists": call.home.config_file.exists()}, lines=(where,))
