"""coro config edit."""

from __future__ import annotations

from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result


@verb
def command(call: Call) -> Result:
    """Open config.toml in $VISUAL or $EDITOR, and check it before it takes effect.

    \b
    Example:
      EDITOR=nano coro config edit
    """
    from coro_cli.configuring import visiting

    changed = visiting.edit(call.home.config_file)
    note = "the new configuration holds" if changed else "nothing was changed"
    return Result({"path": str(call.home.config_file), "changed": changed}, notes=(note,))
