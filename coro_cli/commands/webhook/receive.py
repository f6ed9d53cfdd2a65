"""coro webhook listen, deliveries, replay and descriptors."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from coro_cli.commands.shell import MOST, Call, verb
from coro_cli.output.result import Result


@verb
def listen_command(
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
    from coro_cli.output.live import RunLog
    from coro_cli.webhooks import receiver
    from coro_cli.webhooks.policy import Limits

    if log_format not in ("text", "json"):
        raise UsageError(f"`--log-format` is text or json, not `{log_format}`", hint="coro webhook listen --log-format json")
    host, port = receiver.address(address)
    log = RunLog(as_json=log_format == "json" or call.json, quiet=call.quiet, verbose=call.verbose)
    limits = Limits(rate=rate, burst=max(3 * rate, 10))
    receiver.Listening(call.home, log.tell, limits, receiver.proxy(proxy)).until_signal(host, port)
    log.flush()
    return Result(None)


# coro webhook deliveries.


@verb
def deliveries_command(
    call: Call,
    plugin: Annotated[str, typer.Option("--plugin", metavar="NAME", help="Only this plugin.", show_default=False)] = "",
    since: Annotated[str | None, typer.Option("--since", metavar="WHEN", help="From then on: `2h`, a date, a time.")] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=MOST, help="At most so many.")] = 50,
    missed: Annotated[bool, typer.Option("--missed", help="Ask the host for deliveries that failed, and to send them again.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --missed: only list them.")] = False,
) -> Result:
    """List the deliveries that came in, newest first, and what each did.

    `--missed` asks GitHub for deliveries that could not be delivered in the last three days, in the repositories that jobs
    wait on, and has them sent again where the token may (`admin:repo_hook`).

    \b
    Examples:
      coro webhook deliveries --since 2h
      coro webhook deliveries --missed --dry-run
    """
    from coro_cli.domain.durations import parse_when
    from coro_cli.webhooks import delivery_log

    if missed:
        from coro_cli.webhooks import redeliver

        found, warnings = redeliver.missed(call.db, call.fleet, plugin, again=not dry_run)
        return Result(found, view="missed", warnings=tuple(warnings))
    start = parse_when(since, time.time()) if since is not None else 0.0
    rows = call.db.all("deliveries_newest", since=start, plugin=plugin, limit=limit)
    return Result([delivery_log.as_json(row) for row in rows], view="deliveries")


# coro webhook replay.


@verb
def replay_command(
    call: Call,
    delivery: Annotated[str, typer.Argument(metavar="ID", help="Its number in `coro webhook deliveries`, or the host's own id.")],
) -> Result:
    """Take a stored delivery through the same way again: look at what it names, record what is new, wake whom it concerns.

    What it did before it does not do twice.

    \b
    Example:
      coro webhook replay 17
    """
    from coro_cli.store import views
    from coro_cli.webhooks import delivery_log
    from coro_cli.webhooks.process import Handler

    row = delivery_log.find(call.db, delivery)
    handler = Handler(call.db, call.fleet)
    (done,) = handler.take([row])
    call.ring()
    after = call.db.one("delivery_line", id=row["id"])
    assert after is not None  # handled just now
    shown = delivery_log.as_json(after) | {
        "why": done.why, "events": views.events_json(call.db, [event.key for event in done.events]),
        "queued": list(dict.fromkeys(handler.queued)), "errors": [error for report in handler.reports for error in report.errors],
    }  # fmt: skip
    return Result(shown, view="replayed", exit_code=1 if done.outcome in ("unreadable", "no-plugin", "unavailable", "failed") else 0)


# coro webhook descriptors.


@verb
def descriptors_command(call: Call) -> Result:
    """Show how each kind of host signs its deliveries, kinds of installed packages included.

    \b
    Example:
      coro webhook descriptors --json
    """
    from coro_cli.webhooks import endpoints

    rows: list[dict[str, Any]] = []
    for kind, found, trouble in endpoints.table():
        if found is None:
            rows.append({"kind": kind, "error": trouble})
            continue
        rows += [_shown(kind, one) | {"weaker": one is not found, "taken": _taken(found, one)} for one in (found, *found.weaker)]
    return Result(rows, view="descriptors")


def _taken(first: Any, one: Any) -> str:
    """When a scheme is taken: `always`, `alone` (while no secret of the first is there), or `never` (the same secret signs both)."""
    from coro_cli.webhooks import signature

    if signature.strength(one) == signature.strength(first):
        return "always"
    return "alone" if one.format == signature.PLAIN and first.format == signature.STANDARD else "never"


def _shown(kind: str, one: Any) -> dict[str, Any]:
    return {
        "kind": kind, "algorithm": one.algorithm, "header": one.header or None, "format": one.format or None,
        "path_suffix": one.path_suffix or None, "delivery": one.delivery or None, "event": one.event or None,
        "window": one.window, "timestamp": one.timestamp or None,
    }  # fmt: skip
