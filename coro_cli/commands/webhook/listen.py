"""coro webhook listen."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    address: Annotated[str, typer.Argument(metavar="[HOST:PORT]", help="Where to listen.")] = "127.0.0.1:8765",
    proxy: Annotated[
        str, typer.Option("--proxy", metavar="IP", help="Believe the X-Forwarded-For of this reverse proxy.", show_default=False)
    ] = "",
    rate: Annotated[float, typer.Option("--rate", metavar="N", min=1, help="At most so many requests a second from one address.")] = 1000,
    log_format: Annotated[str, typer.Option("--log-format", metavar="text|json", help="How to say what happens.")] = "text",
) -> Result:
    """Receive deliveries at /webhook/PLUGIN, one line for each; look at what they name, and queue the jobs they wake.

    `coro start` runs the jobs; `coro start --listen` does both in one process. Nothing is answered with 2xx that is not
    on the disk. Ctrl-C ends it.

    \b
    Examples:
      coro webhook listen
      coro webhook listen 127.0.0.1:0 --log-format json
    """
    from coro_cli.errors import UsageError
    from coro_cli.output.runlog import RunLog
    from coro_cli.webhooks import listening
    from coro_cli.webhooks.limits import Limits

    if log_format not in ("text", "json"):
        raise UsageError(f"`--log-format` is text or json, not `{log_format}`", hint="coro webhook listen --log-format json")
    host, port = listening.address(address)
    log = RunLog(as_json=log_format == "json" or call.json, quiet=call.quiet, verbose=call.verbose)
    limits = Limits(rate=rate, burst=max(3 * rate, 10))
    listening.Listening(call.home, log.tell, limits, listening.proxy(proxy)).until_signal(host, port)
    log.flush()
    return Result(None)
