"""coro service install."""

from __future__ import annotations

from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result


@verb
def command(call: Call) -> Result:
    """Write the unit or agent file, enable it and start it. Tokens have to be where a service finds them.

    \b
    Example:
      coro service install
    """
    from coro_cli.running import service_files

    remarks = service_files.install(call.home)
    found = service_files.status(call.home)
    return Result(found, notes=(f"installed: {found['path']}", *remarks))
