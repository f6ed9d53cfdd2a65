"""Keep, rotate and retire the secrets that a team's hosts sign with."""

from __future__ import annotations

TABLE = {
    "add": ("add", "Add a webhook secret"),
    "list": ("list", "List a team's webhooks"),
    "rotate": ("rotate", "Add a new secret; the old ones stay good for a while"),
    "retire": ("retire", "End a secret now"),
}
