"""The configuration as it is used: settled, checked, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

# Requests of one host at a time, unless its block says otherwise.
PARALLEL = 6
Origin = Literal["flag", "env", "file", "default"]


@dataclass(frozen=True, slots=True)
class PluginConfig:
    """One plugin instance. api_url, web_url: without a trailing slash; empty only for kinds that are not ours.

    user: the account's name or e-mail where the kind wants one. token_env: one or more variable names, by commas.
    token_command: a program and its arguments. token_file, ca_file: absolute paths. options: the keys only the kind
    knows. parallel: requests at once. configured: somebody named it, in the file or the environment; the others are
    there without being asked for.
    """

    name: str
    kind: str
    api_url: str
    web_url: str
    user: str = ""
    token_env: str = ""
    token_command: tuple[str, ...] = ()
    token_file: str = ""
    token: str = field(default="", repr=False)
    ca_file: str = ""
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    parallel: int = PARALLEL
    configured: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that is set. poll_interval, keep: seconds. poll_budget: share of a host's limit, above 0, at most 1.

    cloud: the `[cloud]` block. raw: the file as parsed. origins: dotted key → where it came from, defaults left out.
    """

    path: Path
    poll_interval: float
    poll_budget: float
    parallel: int
    keep: float
    notify_command: tuple[str, ...]
    cloud: Mapping[str, Any] = field(repr=False)
    plugins: Mapping[str, PluginConfig]
    raw: Mapping[str, Any] = field(repr=False)
    origins: Mapping[str, Origin] = field(default_factory=dict)

    def origin(self, key: str) -> Origin:
        """Where `poll.interval` or `plugins.github.api_url` was set."""
        return self.origins.get(key, "default")
