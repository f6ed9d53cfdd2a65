"""Keep `coro start` running: a systemd user unit on Linux, a launchd agent on macOS."""

from __future__ import annotations

import os
from collections.abc import Iterator

from coro_cli.commands.shell import Call, verb
from coro_cli.errors import NotFound
from coro_cli.output.result import Result

TABLE = {
    "install": (":install_command", "Install it and start it"),
    "uninstall": (":uninstall_command", "Stop it and remove it; running jobs live on"),
    "status": (":status_command", "Say whether it is installed and active"),
    "print": (":print_command", "Print the unit or agent file"),
}


# coro service install.


@verb
def install_command(call: Call) -> Result:
    """Write the unit or agent file, enable it and start it. Tokens have to be where a service finds them.

    \b
    Example:
      coro service install
    """
    from coro_cli.runner import service_files

    remarks = service_files.install(call.home)
    found = service_files.status(call.home)
    return Result(found, warnings=tuple(_unseen(call)), notes=(f"installed: {found['path']}", *remarks))


def _unseen(call: Call) -> Iterator[str]:
    """Tokens that are in a variable of this shell: a service starts without them."""
    from coro_cli.errors import CoroError
    from coro_cli.plugins import credentials

    for plugin in call.fleet.settings.plugins.values():
        try:
            found = credentials.find(plugin, os.environ)
        except CoroError:
            continue  # `coro doctor` has more to say of it
        if found.token and found.source in os.environ:
            how = f"`plugins.{plugin.name}.token_command`, or put it into a file and set `token_file`"
            yield f"the token of {plugin.name} is in {found.source}, which the service does not see: set {how}"


# coro service uninstall.


@verb
def uninstall_command(call: Call) -> Result:
    """Stop the service and remove its file. Running jobs live on.

    \b
    Example:
      coro service uninstall
    """
    from coro_cli.runner import service_files

    if not service_files.uninstall(call.home):
        raise NotFound("the service is not installed", hint="coro service install")
    return Result(service_files.status(call.home), notes=("removed",))


# coro service status.


@verb
def status_command(call: Call) -> Result:
    """Say whether the service is installed, and whether it is active.

    \b
    Example:
      coro service status
    """
    from coro_cli.runner import service_files

    found = service_files.status(call.home)
    if not found["installed"]:
        return Result(found, lines=("not installed",), notes=("install it: coro service install",))
    return Result(found, lines=(f"{'active' if found['active'] else 'not active'}: {found['path']}",))


# coro service print.


@verb
def print_command(call: Call) -> Result:
    """Print the unit or agent file that `install` would write.

    \b
    Example:
      coro service print > ~/.config/systemd/user/coro.service
    """
    from coro_cli.runner import service_files

    text = service_files.text(call.home)
    return Result({"path": str(service_files.path(call.home)), "text": text}, lines=tuple(text.rstrip("\n").split("\n")))
