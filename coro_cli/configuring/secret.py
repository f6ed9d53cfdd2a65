"""Which keys hold secrets, and how they are shown."""

from __future__ import annotations

import re
from typing import Any

MASK = "********"
_SECRET = re.compile(r"(?:.*[_-])?(?:token|secret|password|passwd|api_?key|private_?key)", re.IGNORECASE)


def is_secret(key: str) -> bool:
    """Whether a key's value is a secret itself; `token_env` and its like only say where one is."""
    return _SECRET.fullmatch(key) is not None


def secret_key(value: Any, name: str = "") -> str | None:
    """The dotted name of the first secret in parsed TOML, or None."""
    if not isinstance(value, dict):
        return None
    for key, inner in value.items():
        dotted = f"{name}.{key}" if name else key
        if is_secret(key) and inner not in ("", [], {}) and name != "plugins":  # a plugin may be named `token`
            return dotted
        if found := secret_key(inner, dotted):
            return found
    return None


def masked(key: str, value: Any) -> Any:
    """The value with every secret in it replaced."""
    if is_secret(key.rpartition(".")[2]) and value:
        return MASK
    if isinstance(value, dict):
        return {inner: masked(inner, held) for inner, held in value.items()}
    return [masked("", held) for held in value] if isinstance(value, list) else value
