"""What the commands of this group are given: bodies, headers, secrets."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from coro_cli.commands.shell import Call
from coro_cli.errors import UsageError
from coro_cli.webhooks.endpoints import Door
from coro_cli.webhooks.signature import Secret

LARGEST = 64 * 1024 * 1024
Plugin = Annotated[str, typer.Option("--plugin", metavar="P", help="The plugin, or its kind: github, gitlab …", show_default=False)]
SecretEnv = Annotated[
    str | None, typer.Option("--secret-env", metavar="VAR", help="The secret is in this variable.", show_default=False)
]
SecretFile = Annotated[
    str | None, typer.Option("--secret-file", metavar="FILE", help="The secret is in this file.", show_default=False)
]


def stdin() -> bytes:
    """All of stdin. UsageError where nobody pipes anything in."""
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("there is nothing on stdin", hint="name a file, or pipe the body in")
    return _bounded(sys.stdin.buffer.read(LARGEST + 1))


def content(path: str) -> bytes:
    """The bytes of a file, or of stdin for `-`. UsageError where it cannot be read."""
    if path == "-":
        return stdin()
    try:
        with open(path, "rb") as file:
            return _bounded(file.read(LARGEST + 1))
    except (OSError, ValueError) as error:
        raise UsageError(f"`{path}` cannot be read: {_cause(error)}", hint="check its name") from error


def _bounded(data: bytes) -> bytes:
    if len(data) > LARGEST:
        raise UsageError(f"it is larger than {LARGEST >> 20} MB")
    return data


def _cause(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or "it is no name of a file").lower()


def headers(texts: Sequence[str]) -> list[tuple[str, str]]:
    """`Name: value` of each. UsageError for what is none."""
    found = []
    for text in texts:
        name, colon, value = os.fsencode(text).decode("latin-1").partition(":")
        if not colon or not name.strip() or "\n" in text or "\r" in text:
            raise UsageError("a `--header` is `Name: value`", hint="--header 'X-Hub-Signature-256: sha256=…'")
        found.append((name.strip(), value.strip()))
    return found


def secret(env: str | None, file: str | None, *, piped: bool = False) -> tuple[str, bytes] | None:
    """Where a secret came from, and it; None where none of the options is given. One line end after it is not part of it."""
    if sum((env is not None, file is not None, piped)) > 1:
        raise UsageError("the secret is given twice", hint="name one of --secret-env, --secret-file and -")
    if env is not None:
        if env not in os.environ:
            raise UsageError("the variable of `--secret-env` is not set", hint="--secret-env takes a variable's name, not the secret")
        return "environment", os.fsencode(os.environ[env])
    if file is None and not piped:
        return None
    data = stdin() if piped else content(file or "")
    return "stdin" if piped else "file", data.removesuffix(b"\n").removesuffix(b"\r")


def door(call: Call, plugin: str, env: str | None, file: str | None) -> Door:
    """The plugin's door, with the secret of the options or else the configured ones."""
    from dataclasses import replace

    from coro_cli import config
    from coro_cli.webhooks import endpoints

    given = secret(env, file)
    settings = config.load(call.home)
    if given is None:
        return endpoints.door(call.home, settings, plugin)
    kind = plugin if plugin not in settings.plugins and plugin in endpoints.kinds() else endpoints.named(settings, plugin)[1]
    found = Door(plugin, kind, endpoints.of(kind))
    return replace(found, secrets=(Secret(*given),))
