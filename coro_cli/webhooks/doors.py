"""Which plugin a delivery is for: its name, its descriptor, its secrets, kept fresh while others change the files."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from coro_cli import config, paths
from coro_cli.errors import CoroError, NotFound, UsageError
from coro_cli.plugins.base import Descriptor
from coro_cli.webhooks import descriptors, secrets, vault
from coro_cli.webhooks.model import Secret
from coro_cli.webhooks.secrets import Place
from coro_cli.webhooks.vault import FILE, KEYRING

# `[plugins.NAME] webhook_secrets = "keyring"`
OPTION = "webhook_secrets"


@dataclass(frozen=True, slots=True)
class Door:
    """One plugin as deliveries see it. secrets: newest first."""

    plugin: str
    kind: str
    descriptor: Descriptor
    secrets: Sequence[Secret] = field(default=(), repr=False)


def named(settings: config.Config, name: str) -> tuple[str, str]:
    """`(plugin, kind)` of what `--plugin` says: a plugin, or a kind. NotFound; UsageError where a kind has several."""
    if name in settings.plugins:
        return name, settings.plugins[name].kind
    of_kind = [plugin.name for plugin in settings.plugins.values() if plugin.kind == name]
    if len(of_kind) == 1:
        return of_kind[0], name
    if of_kind:
        raise UsageError(f"there are several `{name}` plugins", hint=f"name one: {', '.join(of_kind)}")
    if name in descriptors.kinds():
        return name, name
    known = ", ".join(dict.fromkeys([*settings.plugins, *descriptors.kinds()]))
    raise NotFound("there is no plugin and no kind of that name", hint=f"there are: {known}")


def door(home: paths.Home, settings: config.Config, name: str) -> Door:
    """The door of what `--plugin` says, with the configured secrets."""
    plugin, kind = named(settings, name)
    entries = vault.read(home.secrets).get(plugin, [])
    return Door(plugin, kind, descriptors.of(kind), secrets.usable(home.config, entries))


def place(home: paths.Home, settings: config.Config, name: str) -> Place:
    """Where the secrets of a configured plugin go."""
    plugin, kind = named(settings, name)
    if plugin not in settings.plugins:
        raise NotFound(f"no plugin `{plugin}` is configured", hint=f"add `[plugins.{plugin}]` to {home.config_file}")
    kept = settings.plugins[plugin].options.get(OPTION, FILE)
    if kept not in (FILE, KEYRING):
        raise UsageError(f"`plugins.{plugin}.{OPTION}` is `file` or `keyring`", hint="coro config edit")
    return Place(home.config, home.secrets, plugin, descriptors.of(kind), str(kept))


@dataclass(slots=True)
class Doors:
    """All doors, read again when `config.toml` or `secrets.toml` is another than before. For one thread.

    A file that cannot be read leaves everything as it was; `trouble` then says why.
    """

    home: paths.Home
    trouble: str = ""
    _doors: Mapping[str, Door] = field(default_factory=dict)
    _mark: object = None

    def find(self, plugin: str) -> Door | None:
        """The door of a plugin, None for an unknown one."""
        return self.all().get(plugin)

    def all(self) -> Mapping[str, Door]:
        """Every door by the plugin's name."""
        mark = (_mark(self.home.secrets), _mark(self.home.config_file))
        if mark != self._mark:
            self._mark = mark
            try:
                self._doors, self.trouble = _load(self.home)
            except CoroError as error:
                self.trouble = error.message
        return self._doors


def _load(home: paths.Home) -> tuple[dict[str, Door], str]:
    """The doors, and why some plugin has none: one broken package closes no other's."""
    settings, entries = config.load(home), vault.read(home.secrets)
    found, trouble = {}, ""
    for plugin in settings.plugins.values():
        try:
            own = secrets.usable(home.config, entries.get(plugin.name, []))
            found[plugin.name] = Door(plugin.name, plugin.kind, descriptors.of(plugin.kind), own)
        except CoroError as error:
            trouble = error.message
    return found, trouble


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        about = os.stat(path)
    except OSError:
        return None
    return about.st_ino, about.st_mtime_ns, about.st_size
