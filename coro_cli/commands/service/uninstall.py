"""coro service uninstall."""

from __future__ import annotations

from coro_cli.commands.shell import Call, verb
from coro_cli.errors import NotFound
from coro_cli.output.result import Result


@verb
def command(call: Call) -> Result:
    """Stop the service and remove its file. Running jobs live on.

    \b
    Example:
      coro service uninstall
    """
    from coro_cli.running import service_files

    if not service_files.uninstall(call.home):
        raise NotFound("the service is not installed", hint="coro service install")
    return Result(service_files.status(call.home), notes=("removed",))
