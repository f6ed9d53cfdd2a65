"""coro webhook descriptors."""

from __future__ import annotations

from typing import Any

from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result


@verb
def command(call: Call) -> Result:
    """Show how each kind of host signs its deliveries, kinds of installed packages included.

    \b
    Example:
      coro webhook descriptors --json
    """
    from coro_cli.webhooks import descriptors

    rows: list[dict[str, Any]] = []
    for kind, found, trouble in descriptors.table():
        if found is None:
            rows.append({"kind": kind, "error": trouble})
            continue
        rows += [_shown(kind, one) | {"weaker": one is not found, "taken": _taken(found, one)} for one in (found, *found.weaker)]
    return Result(rows, view="descriptors")


def _taken(first: Any, one: Any) -> str:
    """When a scheme is taken: `always`, `alone` (while no secret of the first is there), or `never` (the same secret signs both)."""
    from coro_cli.webhooks import schemes

    if schemes.strength(one) == schemes.strength(first):
        return "always"
    return "alone" if one.format == schemes.PLAIN and first.format == schemes.STANDARD else "never"


def _shown(kind: str, one: Any) -> dict[str, Any]:
    return {
        "kind": kind, "algorithm": one.algorithm, "header": one.header or None, "format": one.format or None,
        "path_suffix": one.path_suffix or None, "delivery": one.delivery or None, "event": one.event or None,
        "window": one.window, "timestamp": one.timestamp or None,
    }  # fmt: skip
