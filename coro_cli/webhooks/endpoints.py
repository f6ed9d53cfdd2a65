"""Which plugin a delivery is for: every kind's descriptor, and the configured endpoints with their secrets, kept fresh."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coro_cli import config
from coro_cli.errors import ConfigError, CoroError, NotFound, UsageError
from coro_cli.plugins import registry
from coro_cli.plugins.base import Descriptor
from coro_cli.system import paths
from coro_cli.webhooks import secret_store, secrets, signature
from coro_cli.webhooks.secret_store import FILE, KEYRING
from coro_cli.webhooks.secrets import Place
from coro_cli.webhooks.signature import Secret

# What goes with what (contract, section 9). Without a header and a form only the address can tell.
_HEX = ("sha256=<hex>", "sha1=<hex>", "<hex>")
_FORMS = {"hmac-sha256": (*_HEX, signature.STANDARD), "hmac-sha1": _HEX, "none": ("", signature.PLAIN)}


def of(kind: str) -> Descriptor:
    """The descriptor of a kind; ConfigError for a kind nobody knows."""
    try:
        found = registry.plugin_class(kind)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"the plugin of kind `{kind}` cannot be loaded: {error}", hint="reinstall its package") from error
    return _checked(kind, getattr(found, "descriptor", None))


def kinds() -> list[str]:
    """Every kind there is: ours, then those of packages."""
    from importlib.metadata import entry_points

    return [*registry.KINDS, *sorted({point.name for point in entry_points(group="coro.plugins")} - set(registry.KINDS))]


def table() -> Iterator[tuple[str, Descriptor | None, str]]:
    """`(kind, descriptor, "")` of every kind, or `(kind, None, why it cannot be had)`: a broken package breaks no other."""
    for kind in kinds():
        try:
            yield kind, of(kind), ""
        except CoroError as error:
            yield kind, None, error.message
        except Exception as error:
            yield kind, None, f"the package of `{kind}` cannot be loaded: {type(error).__name__}"


def _checked(kind: str, found: Any) -> Descriptor:
    if not isinstance(found, Descriptor):
        raise ConfigError(f"the plugin of kind `{kind}` declares no descriptor", hint="coro guide plugins")
    for one in (found, *found.weaker):
        if one.algorithm not in _FORMS:
            raise ConfigError(f"the plugin of kind `{kind}` names an algorithm that coro does not know", hint="coro guide plugins")
        if one.format not in _FORMS[one.algorithm] or bool(one.header) != bool(one.format):
            said = f"the plugin of kind `{kind}` declares `{one.algorithm}` with the header `{one.header}` and the format `{one.format}`"
            raise ConfigError(f"{said}, which do not go together", hint="coro guide plugins")
    return found


# Which plugin a delivery is for: its name, its descriptor, its secrets, kept fresh while others change the files.

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
    if name in kinds():
        return name, name
    known = ", ".join(dict.fromkeys([*settings.plugins, *kinds()]))
    raise NotFound("there is no plugin and no kind of that name", hint=f"there are: {known}")


def door(home: paths.Home, settings: config.Config, name: str) -> Door:
    """The door of what `--plugin` says, with the configured secrets."""
    plugin, kind = named(settings, name)
    entries = secret_store.read(home.secrets).get(plugin, [])
    return Door(plugin, kind, of(kind), secrets.usable(home.config, entries))


def place(home: paths.Home, settings: config.Config, name: str) -> Place:
    """Where the secrets of a configured plugin go."""
    plugin, kind = named(settings, name)
    if plugin not in settings.plugins:
        raise NotFound(f"no plugin `{plugin}` is configured", hint=f"add `[plugins.{plugin}]` to {home.config_file}")
    kept = settings.plugins[plugin].options.get(OPTION, FILE)
    if kept not in (FILE, KEYRING):
        raise UsageError(f"`plugins.{plugin}.{OPTION}` is `file` or `keyring`", hint="coro config edit")
    return Place(home.config, home.secrets, plugin, of(kind), str(kept))


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
    settings, entries = config.load(home), secret_store.read(home.secrets)
    found, trouble = {}, ""
    for plugin in settings.plugins.values():
        try:
            own = secrets.usable(home.config, entries.get(plugin.name, []))
            found[plugin.name] = Door(plugin.name, plugin.kind, of(plugin.kind), own)
        except CoroError as error:
            trouble = error.message
    return found, trouble


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        about = os.stat(path)
    except OSError:
        return None
    return about.st_ino, about.st_mtime_ns, about.st_size
