"""coro service status."""

from __future__ import annotations

from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result


@verb
def command(call: Call) -> Result:
    """Say whether the service is installed, and whether it is active.

    \b
    Example:
      coro service status
    """
    from coro_cli.running import service_files

    found = service_files.status(call.home)
    if not found["installed"]:
        return Result(found, lines=("not installed",), notes=("install it: coro service install",))
    return Result(found, lines=(f"{'active' if found['active'] else 'not active'}: {found['path']}",))
