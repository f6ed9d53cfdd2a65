"""Add, list and remove teams."""

from __future__ import annotations

TABLE = {
    "add": ("add", "Add a team"),
    "list": ("list", "List the teams and what they have"),
    "remove": ("remove", "Remove a team and everything it has"),
}
