"""coro start."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from coro_cli.commands.shell import Call, verb
from coro_cli.errors import UsageError
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    interval: Annotated[str | None, typer.Option("--interval", metavar="DUR", help="Look this often (default 60s).")] = None,
    parallel: Annotated[int | None, typer.Option("--parallel", metavar="N", min=1, max=256, help="At most so many runs at once.")] = None,
    listen: Annotated[
        str | None, typer.Option("--listen", metavar="HOST:PORT", help="Receive webhooks too: coro guide webhooks.", show_default=False)
    ] = None,
    log_format: Annotated[
        str | None, typer.Option("--log-format", metavar="text|json", help="Lines instead of the live view of a terminal.")
    ] = None,
) -> Result:
    """Poll what is watched, resume jobs, keep deadlines. Leave it running; one per home.

    Ctrl-C stops it; running jobs live on and are adopted by the next one.

    \b
    Examples:
      coro start
      coro start --interval 30s --parallel 8
      coro start --listen 127.0.0.1:8765
      coro start --log-format json >> coro.log
    """
    import coro_cli.plugins.http  # noqa: F401  before there are threads: see there
    from coro_cli.domain.durations import parse_duration
    from coro_cli.edge import relay_client
    from coro_cli.jobs import status
    from coro_cli.output import live
    from coro_cli.runner import service
    from coro_cli.webhooks import receiver

    if log_format not in (None, "text", "json"):
        raise UsageError(f"`--log-format` is text or json, not `{log_format}`", hint="coro start --log-format json")
    seconds = parse_duration(interval) if interval is not None else None
    if seconds is not None and seconds < 1:
        raise UsageError("the interval is at least one second", hint="--interval 30s")
    where = receiver.address(listen) if listen is not None else ("", 0)
    _ = call.db  # a home that cannot be used is said before any thread needs it
    as_json = log_format == "json" or call.json
    log = live.choose(
        as_json=as_json, quiet=call.quiet, verbose=call.verbose, lines=log_format is not None,
        look=lambda: status.picture(call.home, call.fleet.settings),
    )  # fmt: skip
    runner = service.Service.of(
        call.home, call.home_name, call.fleet, interval=seconds, parallel=parallel, tell=log.tell
    )
    runner.beside.append(relay_client.beside(call.home, log.tell, runner.pollster))
    service.on_signals(runner.stop, lambda: os._exit(130))
    service.refuse_second(call.home)
    with receiver.beside(call.home, log.tell, *where):
        runner.run()
    log.flush()
    # A poll may hang on a silent host for half a minute more: nothing of it is needed, and its thread cannot be joined.
    call.close()
    os._exit(0)
