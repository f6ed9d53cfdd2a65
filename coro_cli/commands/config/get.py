"""coro config get."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.shell import Call, verb
from coro_cli.errors import NotFound
from coro_cli.output.result import Result


@verb
def command(call: Call, key: Annotated[str, typer.Argument(metavar="KEY", help="For example poll.interval.")]) -> Result:
    """Print one setting in force; secrets are masked.

    \b
    Example:
      coro config get poll.interval
    """
    from coro_cli import config
    from coro_cli.configuring import schema

    rows = {name: (value, origin) for name, value, origin in config.explain(config.load(call.home))}
    if key not in rows:
        if key in {field.key for field in schema.FIELDS}:
            raise NotFound(f"`{key}` is not set", hint=f"set it: coro config set {key} VALUE")
        near = schema.nearest(key, rows)
        raise NotFound(f"there is no setting `{key[:80]}`", hint=f"did you mean `{near}`?" if near else "list them: coro config show")
    value, origin = rows[key]
    return Result({"key": key, "value": value, "origin": origin}, lines=(str(value),))
