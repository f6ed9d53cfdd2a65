"""Deliveries of hosts: check one, listen for them, see what they did, keep their secrets. The guide: coro guide webhooks."""

from __future__ import annotations

TABLE = {
    "verify": ("verify", "Check a delivery, and say what it means"),
    "sign": ("sign", "Print the headers a host would send"),
    "listen": ("listen", "Receive deliveries"),
    "deliveries": ("deliveries", "List what came in, and what it did"),
    "replay": ("replay", "Take a stored delivery through the same way again"),
    "descriptors": ("descriptors", "Show how each kind of host signs"),
    "secret": ("secret", "Keep, rotate and retire secrets"),
}
