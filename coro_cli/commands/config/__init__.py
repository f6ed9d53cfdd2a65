"""Look at the settings and change them. Precedence: flag, environment, file, default."""

from __future__ import annotations

TABLE = {
    "path": ("path", "Print where config.toml is"),
    "show": ("show", "Show all settings in force, and where each comes from"),
    "get": ("get", "Print one setting"),
    "set": ("set", "Change one setting"),
    "unset": ("unset", "Remove one setting"),
    "edit": ("edit", "Open config.toml in $EDITOR, and check it"),
}
