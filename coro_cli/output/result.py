"""What a command hands to `emit`: facts, and which picture shows them."""

from __future__ import annotations

from typing import Any, NamedTuple


class Result(NamedTuple):
    """The outcome of one command.

    data: what `--json` prints, as one document. view: the human view (`coro_cli.output.views`), `""` for none.
    lines: plain stdout lines for humans, printed before the view (the bare job id). notes: remarks on stderr that
    `--quiet` and `--json` leave out. warnings: on stderr, always.
    """

    data: Any
    view: str = ""
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    exit_code: int = 0
