"""coro webhook verify and sign."""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from coro_cli.commands.shell import Call, verb
from coro_cli.commands.webhook import given
from coro_cli.commands.webhook.given import Plugin, SecretEnv, SecretFile
from coro_cli.errors import CoroError, NotFound, UsageError
from coro_cli.output.result import Result, document
from coro_cli.webhooks import check
from coro_cli.webhooks.endpoints import Door


@verb
def verify_command(
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

    if jsonl is not None:
        if body is not None or header or request is not None:
            raise UsageError("`--jsonl` brings bodies and headers itself", hint="coro webhook verify --jsonl FILE")
        return results(call, jsonl, plugin, secret_env, secret_file)
    if plugin is None:
        raise UsageError("name the plugin that the delivery is for", hint="--plugin github")
    path, headers, data = _delivery(body, header or (), request)
    return _result(call, plugin, (secret_env, secret_file), path, headers, data)


def _delivery(body: str | None, header: Sequence[str], request: str | None) -> tuple[str, list[tuple[str, str]], bytes]:
    """The address, the headers and the body, from a raw request or from the pieces."""
    from coro_cli.commands.webhook import given
    from coro_cli.webhooks import saved_request

    if request is None:
        return "", given.headers(header), given.content(body or "-")
    if body is not None:
        raise UsageError("the request holds the body already", hint="leave out one of them")
    head, data = saved_request.whole(given.content(request))
    return head.path, [*head.fields, *given.headers(header)], data


def _result(
    call: Call, plugin: str, secret: tuple[str | None, str | None], path: str, headers: list[tuple[str, str]], body: bytes
) -> Result:
    from coro_cli.commands.webhook import given
    from coro_cli.webhooks import check

    found = check.check(call.home, given.door(call, plugin, *secret), headers, body, path=path)
    return Result(found, view="verdict", exit_code=0 if found["valid"] else 1)


# `coro webhook verify --jsonl`: many deliveries, one result a line.


def results(call: Call, path: str, plugin: str | None, env: str | None, file: str | None) -> Result:
    """One line each, in their order. Exit code 2 if a line is not understood, 1 if a delivery is not valid."""
    doors: dict[str, Door] = {}
    lines, code = [], 0
    for number, line in enumerate(given.content(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            found = _one(call, line, doors, plugin, env, file)
            code = max(code, 0 if found["valid"] else 1)
        except CoroError as error:
            found = {"valid": False, "reason": "not-understood", "message": error.message}
            code = 2
        lines.append(document({"line": number, **found}, ascii_only=True))
    call.json = False  # the lines are JSON, one document each
    return Result(None, lines=tuple(lines), exit_code=code)


def _one(call: Call, line: bytes, doors: dict[str, Door], plugin: str | None, env: str | None, file: str | None) -> dict[str, Any]:
    try:
        item = json.loads(line)
        named = str(item.get("plugin") or plugin or "")
        headers = list(_headers(item.get("headers", [])))
        body = _body(item)
        path = str(item.get("path", ""))
    except (ValueError, RecursionError, AttributeError, TypeError) as error:
        raise UsageError("the line is not a delivery as `coro webhook verify --help` describes it") from error
    if not named:
        raise UsageError("the line names no `plugin`")
    if named not in doors:
        doors[named] = given.door(call, named, env, file)
    return check.check(call.home, doors[named], headers, body, path=path)


def _headers(value: Any) -> Iterator[tuple[str, str]]:
    """Pairs, or an object. Text beyond latin-1 was UTF-8 on the wire."""
    for name, text in value.items() if isinstance(value, dict) else value:
        if not isinstance(name, str) or not isinstance(text, str):
            raise TypeError("a header is two texts")
        yield name, text if _fits(text) else text.encode("utf-8", "surrogatepass").decode("latin-1")


def _fits(text: str) -> bool:
    return all(ord(letter) < 256 for letter in text)


def _body(item: dict[str, Any]) -> bytes:
    if ("body" in item) == ("body_base64" in item):
        raise ValueError("one of the two")
    if "body" in item:
        text = item["body"]
        if not isinstance(text, str):
            raise TypeError("the body is the text that was sent")
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(item["body_base64"], validate=True)
    except (binascii.Error, TypeError) as error:
        raise ValueError("no base64") from error


# coro webhook sign.


@verb
def sign_command(
    call: Call,
    plugin: Plugin,
    body: Annotated[str | None, typer.Argument(metavar="[BODY|-]", help="The body, in a file; `-` is stdin.")] = None,
    secret_env: SecretEnv = None,
    secret_file: SecretFile = None,
    delivery: Annotated[str, typer.Option("--delivery", metavar="ID", help="The delivery's id (default: a new one).")] = "",
    event: Annotated[str, typer.Option("--event", metavar="NAME", help="The host's word for what happened: pull_request.")] = "",
) -> Result:
    """Print the headers a host would send with this body, one a line: for tests and drills.

    \b
    Examples:
      coro webhook sign --plugin github --event ping body.json
      coro webhook sign --plugin gitlab --secret-env HOOK_TOKEN - < body.json
    """
    from coro_cli.commands.webhook import given
    from coro_cli.webhooks import signature
    from coro_cli.webhooks.verify import scheme_of, sign

    data = given.content(body or "-")
    door = given.door(call, plugin, secret_env, secret_file)
    live = [secret for secret in door.secrets if not secret.ended(time.time())]
    if not live:
        raise NotFound("there is no secret to sign with", hint=f"coro webhook secret add --plugin {plugin}")
    scheme = scheme_of(door.descriptor, live[0])
    if scheme.format == signature.PLAIN and secret_env is None and secret_file is None:
        said = f"`{scheme.header}` is the secret itself, and that is shown only once"
        raise UsageError(said, hint="give it with --secret-env or --secret-file")
    made = sign(door.descriptor, live[0], data, now=time.time(), delivery=delivery, event=event)
    shown = {"plugin": door.plugin, "algorithm": scheme.algorithm, "secret": live[0].name, "headers": dict(made)}
    return Result(shown, lines=tuple(f"{name}: {value}" for name, value in made))
