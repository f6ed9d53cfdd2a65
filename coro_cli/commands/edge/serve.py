"""coro edge serve."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.edge.given import Database
from coro_cli.commands.shell import Call, verb
from coro_cli.errors import UsageError
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    listen: Annotated[str, typer.Option("--listen", metavar="HOST:PORT", help="Where to listen.")] = "127.0.0.1:8080",
    database: Database = None,
    log_format: Annotated[str, typer.Option("--log-format", metavar="text|json", help="How to say what happens.")] = "text",
) -> Result:
    """Receive deliveries at /webhook/TEAM/PLUGIN, keep them in PostgreSQL, relay them to runners at /ws/runner.

    Start as many as you like on one database. TLS is the business of a proxy in front. TERM drains and ends it.

    \b
    Examples:
      coro edge serve --listen 127.0.0.1:8080 --database postgresql://coro@db.internal/coro
    """
    import os

    from coro_cli.edge import database as databases
    from coro_cli.edge import extra, sealing

    if log_format not in ("text", "json"):
        raise UsageError(f"`--log-format` is text or json, not `{log_format}`", hint="coro edge serve --log-format json")
    extra.need(extra.SERVER)
    url, sealer = databases.address(database), sealing.find(os.environ)
    from coro_cli.edge import serve
    from coro_cli.output.runlog import RunLog

    log = RunLog(as_json=log_format == "json" or call.json, quiet=call.quiet, verbose=call.verbose)
    serve.run(url, sealer, listen, log.tell)
    log.flush()
    return Result(None)
