"""Look at the deliveries the edge has taken, and send one again."""

from __future__ import annotations

TABLE = {
    "list": ("list", "List the newest deliveries"),
    "show": ("show", "Show one, and whom it went to"),
    "retry": ("retry", "Send a parked one again"),
}
