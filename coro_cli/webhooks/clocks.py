"""Signed times: how old may a delivery be whose time is under the signature."""

from __future__ import annotations

import json
import re

from coro_cli.plugins.base import Descriptor

WINDOW = 300.0
_SECONDS = re.compile(r"[0-9]{1,12}")


def seconds(text: str) -> float | None:
    """Unix seconds of a `webhook-timestamp`; None for all else (signs, decimals, other digits)."""
    return float(text) if text.isascii() and _SECONDS.fullmatch(text) else None


def in_body(descriptor: Descriptor, body: bytes) -> tuple[float | None, str]:
    """The time that stands in the signed body (`body:FIELD`, milliseconds), or None with the reason's word."""
    name = descriptor.timestamp.partition(":")[2]
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None, "no-timestamp"
    value = found.get(name) if isinstance(found, dict) else None
    if value is None:
        return None, "no-timestamp"
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e15:
        return None, "bad-timestamp"
    return value / 1000, ""


def judged(at: float, now: float, window: float | None) -> str:
    """"" within the window, else `stale` or `early`."""
    allowed = WINDOW if window is None else window
    return "stale" if now - at > allowed else "early" if at - now > allowed else ""
