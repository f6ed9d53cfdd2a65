"""coro service install."""

from __future__ import annotations

import os
from collections.abc import Iterator

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
    return Result(found, warnings=tuple(_unseen(call)), notes=(f"installed: {found['path']}", *remarks))


def _unseen(call: Call) -> Iterator[str]:
    """Tokens that are in a variable of this shell: a service starts without them."""
    from coro_cli.errors import CoroError
    from coro_cli.plugins import tokens

    for plugin in call.fleet.settings.plugins.values():
        try:
            found = tokens.find(plugin, os.environ)
        except CoroError:
            continue  # `coro doctor` has more to say of it
        if found.token and found.source in os.environ:
            how = f"`plugins.{plugin.name}.token_command`, or put it into a file and set `token_file`"
            yield f"the token of {plugin.name} is in {found.source}, which the service does not see: set {how}"
