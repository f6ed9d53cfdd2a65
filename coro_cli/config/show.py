"""The settled configuration as rows to show, with the values of secrets masked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from coro_cli.config.model import PARALLEL, Config, PluginConfig

_UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60}


def explain(config: Config) -> list[tuple[str, Any, str]]:
    """`(key, value, origin)` of everything that is set or has a default. Durations as text, secrets masked."""
    return [(key, masked(key, value), config.origin(key)) for key, value in _rows(config)]


def spelled(seconds: float) -> str:
    """A duration as one would type it: `30d`, `90s`."""
    for unit, size in _UNITS.items():
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:.9f}".rstrip("0").rstrip(".") + "s"


def _rows(config: Config) -> Iterator[tuple[str, Any]]:
    yield "poll.interval", spelled(config.poll_interval)
    yield "poll.budget", config.poll_budget
    yield "parallel", config.parallel
    yield "store.keep", spelled(config.keep)
    if config.notify_command:
        yield "notify.command", list(config.notify_command)
    for key, value in config.cloud.items():
        yield f"cloud.{key}", value
    for plugin in config.plugins.values():
        for key, value in _plugin(plugin, config):
            yield f"plugins.{plugin.name}.{key}", value


def _plugin(plugin: PluginConfig, config: Config) -> Iterator[tuple[str, Any]]:
    yield "kind", plugin.kind
    yield "api_url", plugin.api_url
    yield "web_url", plugin.web_url
    by_email = config.origin(f"plugins.{plugin.name}.email") != "default"
    others = {
        "email" if by_email else "user": plugin.user, "token_env": plugin.token_env, "token_file": plugin.token_file,
        "token_command": list(plugin.token_command), "token": plugin.token, "ca_file": plugin.ca_file,
    }  # fmt: skip
    yield from ((key, value) for key, value in others.items() if value)
    if plugin.parallel != PARALLEL:
        yield "parallel", plugin.parallel
    yield from plugin.options.items()


# Which keys hold secrets, and how they are shown.


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
