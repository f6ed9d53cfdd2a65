"""coro webhook verify."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from coro_cli.commands.shell import Call, verb
from coro_cli.commands.webhook.given import SecretEnv, SecretFile
from coro_cli.errors import UsageError
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    body: Annotated[str | None, typer.Argument(metavar="[BODY|-]", help="The body as it came, in a file; `-` is stdin.")] = None,
    plugin: Annotated[str | None, typer.Option("--plugin", metavar="P", help="The plugin, or its kind: github, gitlab …")] = None,
    header: Annotated[list[str] | None, typer.Option("--header", "-H", metavar="'H: V'", help="A header as it came; repeats.")] = None,
    secret_env: SecretEnv = None,
    secret_file: SecretFile = None,
    request: Annotated[str | None, typer.Option("--request", metavar="FILE", help="A whole raw HTTP request; `-` is stdin.")] = None,
    jsonl: Annotated[str | None, typer.Option("--jsonl", metavar="FILE", help="Many deliveries, one a line; see above.")] = None,
) -> Result:
    """Check a delivery: is it what the host sent? Then say what it means and what coro would do.

    Without a secret option the configured secrets are tried, newest first. Exit code 0: valid, 1: not, 2: not understood.

    A line of `--jsonl` is {"plugin": P, "headers": [["Name", "value"], …], "body": TEXT or "body_base64": BASE64,
    "path": "/webhook/P/TOKEN" if there was one}; the answer is one JSON result a line, with its `line` number.

    \b
    Examples:
      coro webhook verify --plugin github --header "X-Hub-Signature-256: sha256=…" body.json
      coro webhook verify --plugin gitlab --secret-env HOOK_TOKEN --request saved.http
      coro webhook verify --jsonl deliveries.jsonl | grep '"valid": false'
    """
    from coro_cli.commands.webhook import batch

    if jsonl is not None:
        if body is not None or header or request is not None:
            raise UsageError("`--jsonl` brings bodies and headers itself", hint="coro webhook verify --jsonl FILE")
        return batch.results(call, jsonl, plugin, secret_env, secret_file)
    if plugin is None:
        raise UsageError("name the plugin that the delivery is for", hint="--plugin github")
    path, headers, data = _delivery(body, header or (), request)
    return _result(call, plugin, (secret_env, secret_file), path, headers, data)


def _delivery(body: str | None, header: Sequence[str], request: str | None) -> tuple[str, list[tuple[str, str]], bytes]:
    """The address, the headers and the body, from a raw request or from the pieces."""
    from coro_cli.commands.webhook import given
    from coro_cli.webhooks import rawhttp

    if request is None:
        return "", given.headers(header), given.content(body or "-")
    if body is not None:
        raise UsageError("the request holds the body already", hint="leave out one of them")
    head, data = rawhttp.whole(given.content(request))
    return head.path, [*head.fields, *given.headers(header)], data


def _result(
    call: Call, plugin: str, secret: tuple[str | None, str | None], path: str, headers: list[tuple[str, str]], body: bytes
) -> Result:
    from coro_cli.commands.webhook import given
    from coro_cli.webhooks import checking

    found = checking.check(call.home, given.door(call, plugin, *secret), headers, body, path=path)
    return Result(found, view="verdict", exit_code=0 if found["valid"] else 1)
