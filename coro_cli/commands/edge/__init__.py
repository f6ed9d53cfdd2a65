"""Team mode's server side: deliveries in, runners out, on PostgreSQL. The guide: coro guide team."""

from __future__ import annotations

TABLE = {
    "migrate": ("server:migrate_command", "Create or upgrade the tables"),
    "serve": ("server:serve_command", "Receive deliveries and relay them to runners"),
    "team": ("team", "Add, list and remove teams"),
    "token": ("token", "Make, list and revoke runners' tokens"),
    "webhook": ("webhook", "Keep, rotate and retire webhook secrets"),
    "deliveries": ("deliveries", "Look at deliveries, send one again"),
    "sign": ("server:sign_command", "Print the headers a host would send, for drills"),
}
