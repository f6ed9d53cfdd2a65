"""coro login."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.shell import Call, verb
from coro_cli.errors import UsageError
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    words: Annotated[list[str] | None, typer.Argument(metavar="[-]", help="`-` reads the token from stdin.")] = None,
    url: Annotated[str, typer.Option("--url", metavar="URL", help="The team's edge: https://coro.acme.dev", show_default=False)] = "",
    token: Annotated[str | None, typer.Option("--token", metavar="TOKEN", help="The runner's token.", show_default=False)] = None,
    token_file: Annotated[
        str | None, typer.Option("--token-file", metavar="FILE", help="The token is in this file.", show_default=False)
    ] = None,
    no_check: Annotated[bool, typer.Option("--no-check", help="Do not ask the edge whether the token is good.")] = False,
) -> Result:
    """Pair this runner with its team's edge: writes the [cloud] block of config.toml. `coro start` then connects.

    A token that the edge refuses is not written; an edge that cannot be reached right now is only warned of.
    A token on the command line is seen by every process of this machine for a moment; a file or stdin is not.

    \b
    Examples:
      coro login --url https://coro.acme.dev --token-file token.txt
      pass show coro/token | coro login --url https://coro.acme.dev -
    """
    from coro_cli.commands.webhook import given
    from coro_cli.edge import pairing

    piped = list(words or ()) == ["-"]
    if words and not piped:
        raise UsageError("`coro login` takes no words but `-`", hint="coro login --url URL --token-file FILE")
    if sum((token is not None, token_file is not None, piped)) != 1:
        raise UsageError("the token is needed, once", hint="--token-file FILE, or - to read it from stdin")
    value = token if token is not None else (given.stdin() if piped else given.content(token_file or "")).decode("utf-8", "replace")
    address, untried = pairing.pair(call.home, url, value.strip(), check=not no_check)
    warnings = (f"{untried}; it is written, and `coro start` tries again and again",) if untried else ()
    shown = {"url": address, "config": str(call.home.config_file), "checked": not (no_check or untried)}
    return Result(shown, notes=(f"paired with {address}; `coro start` connects to it",), warnings=warnings)
