"""Webhook secrets: several may be valid at a time, so that a rotation never refuses a delivery."""

from __future__ import annotations

TABLE = {
    "add": ("add", "Add a secret, yours or a new one"),
    "list": ("list", "List names, ages and ends; never values"),
    "rotate": ("rotate", "Make a new one, and keep the old for a while"),
    "retire": ("retire", "Forget one"),
}
