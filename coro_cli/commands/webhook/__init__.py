"""Deliveries of hosts: check one, listen for them, see what they did, keep their secrets. The guide: coro guide webhooks."""

from __future__ import annotations

TABLE = {
    "verify": ("verify:verify_command", "Check a delivery, and say what it means"),
    "sign": ("verify:sign_command", "Print the headers a host would send"),
    "listen": ("receive:listen_command", "Receive deliveries"),
    "deliveries": ("receive:deliveries_command", "List what came in, and what it did"),
    "replay": ("receive:replay_command", "Take a stored delivery through the same way again"),
    "descriptors": ("receive:descriptors_command", "Show how each kind of host signs"),
    "secret": ("secret", "Keep, rotate and retire secrets"),
}
