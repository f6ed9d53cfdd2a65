"""Make, list and revoke the tokens that runners connect with."""

from __future__ import annotations

TABLE = {
    "add": ("add", "Make a token for a runner; it is printed once"),
    "list": ("list", "List a team's tokens"),
    "revoke": ("revoke", "End a token; its open sockets close"),
}
