"""Every kind's descriptor, from its plugin's class: ours and those that packages bring."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from coro_cli.errors import ConfigError, CoroError
from coro_cli.plugins import registry
from coro_cli.plugins.base import Descriptor
from coro_cli.webhooks import schemes

# What goes with what (contract, section 9). Without a header and a form only the address can tell.
_HEX = ("sha256=<hex>", "sha1=<hex>", "<hex>")
_FORMS = {"hmac-sha256": (*_HEX, schemes.STANDARD), "hmac-sha1": _HEX, "none": ("", schemes.PLAIN)}


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
