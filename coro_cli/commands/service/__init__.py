"""Keep `coro start` running: a systemd user unit on Linux, a launchd agent on macOS."""

from __future__ import annotations

TABLE = {
    "install": ("install", "Install it and start it"),
    "uninstall": ("uninstall", "Stop it and remove it; running jobs live on"),
    "status": ("status", "Say whether it is installed and active"),
    "print": ("print", "Print the unit or agent file"),
}
