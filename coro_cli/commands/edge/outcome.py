"""How a webhook secret that was just kept is told."""

from __future__ import annotations

from typing import Any

from coro_cli.output.result import Result


def kept(made: dict[str, Any], *notes: str) -> Result:
    """The secret, where it was made here, alone on the first line; then the address."""
    lines = ((made["secret"],) if "secret" in made else ()) + (made["path"],)
    # Where nothing is signed the address is the secret: it is printed once, in its own line.
    where = f"send {made['plugin']}'s webhooks to https://YOUR-EDGE followed by that path"
    once = ("the secret is not shown again",) if "secret" in made else ()
    return Result(made, lines=lines, notes=(where, *once, *notes))
