"""Header fields of a delivery. A field that must stand alone and does not is an attack or a broken proxy."""

from __future__ import annotations

from coro_cli.webhooks.model import Headers

LONGEST = 4096
DELIVERY_LONGEST = 200


def values(headers: Headers, name: str) -> list[str]:
    """Every value of a field, in the order they came, without the white space around them."""
    wanted = name.lower()
    return [value.strip(" \t") for key, value in headers if key.lower() == wanted]


def lone(headers: Headers, name: str) -> str:
    """The value of a field that came exactly once, else ""."""
    found = values(headers, name)
    return found[0] if len(found) == 1 else ""


def delivery(headers: Headers, name: str) -> str:
    """The delivery's id; "" where there is none that can be believed to be one. No signature covers it."""
    found = lone(headers, name) if name else ""
    return found if len(found) <= DELIVERY_LONGEST and found.isascii() and found.isprintable() else ""


def wire(value: str) -> bytes:
    """The bytes that were on the wire."""
    return value.encode("latin-1", "replace")


def lowered(headers: Headers) -> dict[str, str]:
    """Fields by lower-case name; of repeated ones the first, as readers of deliveries want them."""
    found: dict[str, str] = {}
    for name, value in headers:
        found.setdefault(name.lower(), value.strip(" \t"))
    return found
