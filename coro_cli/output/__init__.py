"""The only place that prints: one result becomes a table, a picture or a JSON document."""

from __future__ import annotations

import sys


def plainly(text: str) -> int:
    """Print our own text as it is; returns the exit code, 1 where it is lost. For what comes before any command."""
    from coro_cli.output.stream import OutputLost, say

    try:
        say(sys.stdout, text)
    except OutputLost as lost:
        from coro_cli.output.emit import emit_error

        return emit_error(lost, json=False, stdout=sys.stdout, stderr=sys.stderr)
    return 0
