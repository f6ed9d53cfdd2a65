"""The settings of this call: flag, then environment, then `config.toml`, then default.

config = load(paths.find(None))
config.poll_interval, config.origin("poll.interval"), config.plugins["github"].api_url
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from coro_cli.config import file, schema
from coro_cli.config.model import Config, Origin, PluginConfig
from coro_cli.config.plugins import read
from coro_cli.config.show import explain
from coro_cli.errors import ConfigError
from coro_cli.system import paths

__all__ = ["Config", "Origin", "PluginConfig", "explain", "load", "mark"]


def load(home: paths.Home, env: Mapping[str, str] = os.environ, *, flags: Mapping[str, Any] = MappingProxyType({})) -> Config:
    """Read and check everything. flags: dotted key → what was typed (`{"poll.interval": "30s"}`), None for not given.

    Raises ConfigError: one sentence naming the file, the key, the variable or the flag.
    """
    raw = file.read(home.config_file)
    try:
        settled, origins = schema.settle(raw, env, flags)
        plugins, plugin_origins = read(raw.get("plugins", {}), env, home.config.absolute())
    except ConfigError as error:

        raise file.placed(error, home.config_file) from error
    cloud = _cloud(raw.get("cloud", {}), settled)
    further: dict[str, Origin] = {f"cloud.{key}": "file" for key in cloud if f"cloud.{key}" not in settled}
    return Config(
        path=home.config_file,
        poll_interval=settled["poll.interval"],
        poll_budget=settled["poll.budget"],
        parallel=settled["parallel"],
        keep=settled["store.keep"],
        notify_command=settled["notify.command"],
        cloud=MappingProxyType(cloud),
        plugins=MappingProxyType(plugins),
        raw=MappingProxyType(raw),
        origins=MappingProxyType(origins | further | plugin_origins),
    )


def _cloud(block: Mapping[str, Any], settled: Mapping[str, Any]) -> dict[str, Any]:
    found = {"url": settled["cloud.url"], "token": settled["cloud.token"]}
    return dict(block) | {key: value for key, value in found.items() if value}


def mark(home: paths.Home) -> tuple[int, int]:
    """What changes when `config.toml` is edited: its time in nanoseconds and its size; zeros where there is none."""
    try:
        found = home.config_file.stat()
    except OSError:
        return (0, 0)
    return found.st_mtime_ns, found.st_size
