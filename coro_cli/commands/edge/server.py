"""coro edge migrate, serve and sign."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from coro_cli.commands.edge.given import Database, Plugin
from coro_cli.commands.shell import Call, verb
from coro_cli.commands.webhook.given import SecretEnv, SecretFile
from coro_cli.errors import UsageError
from coro_cli.output.result import Result


@verb
def migrate_command(call: Call, database: Database = None) -> Result:
    """Create or upgrade the edge's tables; a second time it does nothing. Run it before `serve` of a new version.

    \b
    Examples:
      CORO_EDGE_DATABASE_URL=postgresql://coro@db.internal/coro coro edge migrate
    """
    from coro_cli.edge.database import Admin

    with Admin(database) as admin:
        before, after = admin.migrate()
    said = f"the tables are of version {after}" if before != after else f"the tables are of version {after} already"
    return Result({"before": before, "version": after}, notes=(said,))


# coro edge serve.


@verb
def serve_command(
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

    from coro_cli import edge
    from coro_cli.edge import database as databases
    from coro_cli.edge import sealing

    if log_format not in ("text", "json"):
        raise UsageError(f"`--log-format` is text or json, not `{log_format}`", hint="coro edge serve --log-format json")
    edge.need(edge.SERVER)
    url, sealer = databases.address(database), sealing.find(os.environ)
    from coro_cli.edge import serve
    from coro_cli.output.live import RunLog

    log = RunLog(as_json=log_format == "json" or call.json, quiet=call.quiet, verbose=call.verbose)
    serve.run(url, sealer, listen, log.tell)
    log.flush()
    return Result(None)


# coro edge sign.


@verb
def sign_command(
    call: Call,
    plugin: Plugin,
    body: Annotated[str | None, typer.Argument(metavar="[BODY|-]", help="The body, in a file; `-` is stdin.")] = None,
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help="The kind of host, where the plugin is not named so.")] = "",
    secret_env: SecretEnv = None,
    secret_file: SecretFile = None,
    delivery: Annotated[str, typer.Option("--delivery", metavar="ID", help="The delivery's id (default: a new one).")] = "",
    event: Annotated[str, typer.Option("--event", metavar="NAME", help="The host's word for what happened: pull_request.")] = "",
) -> Result:
    """Print the headers a host would send with this body, one a line: to try an edge without the host.

    \b
    Examples:
      coro edge sign --plugin github --event ping --secret-env HOOK_SECRET body.json
    """
    from coro_cli.commands.webhook import given
    from coro_cli.webhooks import endpoints
    from coro_cli.webhooks.signature import Secret
    from coro_cli.webhooks.verify import sign

    source = given.secret(secret_env, secret_file)
    if source is None:
        raise UsageError("a secret is needed to sign", hint="--secret-env VAR, or --secret-file FILE")
    descriptor = endpoints.of(kind or plugin)
    made = sign(descriptor, Secret(*source), given.content(body or "-"), now=time.time(), delivery=delivery, event=event)
    shown = {"plugin": plugin, "algorithm": descriptor.algorithm, "headers": dict(made)}
    return Result(shown, lines=tuple(f"{name}: {value}" for name, value in made))
