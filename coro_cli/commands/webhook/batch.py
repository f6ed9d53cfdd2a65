"""`coro webhook verify --jsonl`: many deliveries, one result a line."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any

from coro_cli.commands.shell import Call
from coro_cli.commands.webhook import given
from coro_cli.errors import CoroError, UsageError
from coro_cli.output.document import document
from coro_cli.output.result import Result
from coro_cli.webhooks import checking
from coro_cli.webhooks.doors import Door


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
    return checking.check(call.home, doors[named], headers, body, path=path)


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
