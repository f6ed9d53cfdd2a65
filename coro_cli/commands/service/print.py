"""coro service print."""

from __future__ import annotations

from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result


@verb
def command(call: Call) -> Result:
    """Print the unit or agent file that `install` would write.

    \b
    Example:
      coro service print > ~/.config/systemd/user/coro.service
    """
    from coro_cli.running import service_files

    text = service_files.text(call.home)
    return Result({"path": str(service_files.path(call.home)), "text": text}, lines=tuple(text.rstrip("\n").split("\n")))
