"""coro webhook replay."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    delivery: Annotated[str, typer.Argument(metavar="ID", help="Its number in `coro webhook deliveries`, or the host's own id.")],
) -> Result:
    """Take a stored delivery through the same way again: look at what it names, record what is new, wake whom it concerns.

    What it did before it does not do twice.

    \b
    Example:
      coro webhook replay 17
    """
    from coro_cli.store import lookup
    from coro_cli.webhooks import ledger
    from coro_cli.webhooks.handling import Handler

    row = ledger.find(call.db, delivery)
    handler = Handler(call.db, call.fleet)
    (done,) = handler.take([row])
    call.ring()
    after = call.db.one("delivery_line", id=row["id"])
    assert after is not None  # handled just now
    shown = ledger.as_json(after) | {
        "why": done.why, "events": lookup.events_json(call.db, [event.key for event in done.events]),
        "queued": list(dict.fromkeys(handler.queued)), "errors": [error for report in handler.reports for error in report.errors],
    }  # fmt: skip
    return Result(shown, view="replayed", exit_code=1 if done.outcome in ("unreadable", "no-plugin", "unavailable", "failed") else 0)
