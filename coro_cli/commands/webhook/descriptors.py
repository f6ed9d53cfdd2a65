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
        rows += [_shown(kind, one, weaker=one is not found) for one in (found, *found.weaker)]
    return Result(rows, view="descriptors")


def _shown(kind: str, one: Any, *, weaker: bool) -> dict[str, Any]:
    return {
        "kind": kind, "algorithm": one.algorithm, "header": one.header or None, "format": one.format or None,
        "path_suffix": one.path_suffix or None, "delivery": one.delivery or None, "event": one.event or None,
        "window": one.window, "timestamp": one.timestamp or None, "weaker": weaker,
    }  # fmt: skip
