"""The frames between edge and runner: JSON text, one object each with a `type`."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from coro_cli.domain.durations import rfc3339

# The frames between edge and runner: JSON text, one object each with a `type`. Unknown types are ignored by both sides.
#
# runner → edge runner:register {runnerId, hostname, capabilities {refs[], plugins[]}, protocolVersion} runner:heartbeat
# {runnerId, uptimeMs, capabilities?} event:ack {deliveryId} edge → runner event:pluginWebhook {pluginId, headers,
# rawBodyBase64, receivedAt, deliveryId} runner:ping event:resume {jobId, prompt?} event:message {jobId, message} event:cancel
# {jobId, reason?}


PROTOCOL = 1
# Of a frame from a runner; a list of twenty thousand refs of usual length fits.
LARGEST_FROM_RUNNER = 2 * 1024 * 1024
MOST_REFS = 20_000
# Of teams and plugins: what can stand in an address unescaped.
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
NAME_LONGEST, REF_LONGEST = 128, 500


class BadFrame(Exception):
    """It is no frame."""


@dataclass(frozen=True, slots=True)
class Registered:
    """What a runner says of itself. watching: None where it does not say."""

    runner: str
    host: str
    watching: list[str] | None


@dataclass(frozen=True, slots=True)
class Webhook:
    """One delivery as it arrives at a runner."""

    id: str
    plugin: str
    headers: dict[str, str]
    body: bytes
    received_at: str


def parse(text: str | bytes) -> dict[str, Any]:
    """The frame. Raises BadFrame."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFrame("it is no JSON") from error
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise BadFrame("it has no type")
    return frame


def registered(frame: dict[str, Any]) -> Registered:
    """The facts of `runner:register` and `runner:heartbeat`. Raises BadFrame."""
    runner = frame.get("runnerId")
    if not isinstance(runner, str) or not 0 < len(runner) <= NAME_LONGEST or not runner.isprintable():
        raise BadFrame("its runnerId is none")
    host = frame.get("hostname")
    told = frame.get("capabilities")
    refs = told.get("refs") if isinstance(told, dict) else None
    watching = None
    if isinstance(refs, list):
        watching = [clean(ref) for ref in refs[:MOST_REFS] if isinstance(ref, str) and len(ref) <= REF_LONGEST]
    return Registered(runner, clean(host)[:NAME_LONGEST] if isinstance(host, str) else "", watching)


def fitting(refs: Iterable[str]) -> list[str]:
    """As many refs as one frame may hold; deliveries about the others go to anybody of the team."""
    found: list[str] = []
    room = LARGEST_FROM_RUNNER - 64 * 1024
    for ref in refs:
        room -= len(json.dumps(ref)) + 2
        if room < 0 or len(found) == MOST_REFS:
            break
        found.append(ref)
    return found


def clean(text: str) -> str:
    """Text that PostgreSQL can keep: no NUL, no lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def webhook(row: dict[str, Any]) -> str:
    """The frame of a stored delivery."""
    return json.dumps({
        "type": "event:pluginWebhook", "pluginId": row["plugin"], "headers": row["headers"],
        "rawBodyBase64": b64encode(row["body"]).decode(), "receivedAt": rfc3339(row["received_at"].timestamp()),
        "deliveryId": str(row["id"]),
    })  # fmt: skip


def read_webhook(frame: dict[str, Any]) -> Webhook:
    """The delivery in a frame. Raises BadFrame."""
    headers, plugin, body = frame.get("headers"), frame.get("pluginId"), frame.get("rawBodyBase64")
    if not isinstance(plugin, str) or not plugin or not isinstance(headers, dict) or not isinstance(body, str):
        raise BadFrame("it is no delivery")
    try:
        raw = b64decode(body, validate=True)
    except (NotBase64, ValueError) as error:
        raise BadFrame("its body is no base64") from error
    named = {str(name).lower(): value for name, value in headers.items() if isinstance(value, str)}
    received = frame.get("receivedAt")
    return Webhook(word(frame, "deliveryId"), plugin, named, raw, received if isinstance(received, str) else "")


def word(frame: dict[str, Any], name: str) -> str:
    """A text field, "" where it is none. A number counts as its digits."""
    value = frame.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""
