"""What a verified delivery is about, as far as the edge has to know it: the refs, to find the runners that watch them."""

from __future__ import annotations

from functools import lru_cache

from coro_cli.edge.frames import REF_LONGEST, clean
from coro_cli.plugins import registry
from coro_cli.plugins.base import Plugin, Settings
from coro_cli.webhooks import meaning
from coro_cli.webhooks.model import Headers

MOST = 200


@lru_cache(maxsize=1000)
def _plugin(kind: str, name: str) -> Plugin | None:
    """The reader of a kind under the team's name for it; None where this installation has none."""
    try:
        made = registry.plugin_class(kind)
        defaults = made.defaults()
        return registry.make(Settings(name, kind, defaults.get("api_url", ""), defaults.get("web_url", "")))
    except Exception:  # a third party's class may fail in any way: then every runner is as good as any other
        return None


def words(kind: str, plugin: str, headers: Headers, body: bytes) -> list[str]:
    """What runners may watch of it (`watched`); empty where it cannot be told. Never raises: the delivery is authentic."""
    reader = _plugin(kind, plugin)
    if reader is None:
        return []
    try:
        hint = meaning.read(reader, headers, body)
    except Exception:
        return []
    named = [ref(str(one)) for one in hint.refs] + [native(plugin, one) for one in hint.natives]
    named += [scope(plugin, one) for one in getattr(hint, "scopes", ())]
    return [clean(word) for word in dict.fromkeys(named) if len(word) <= REF_LONGEST][:MOST]


def ref(text: str) -> str:
    """How a ref is written in the lists: hosts do not agree with themselves on capitals."""
    return text.casefold()


def native(plugin: str, id: str) -> str:
    """The same for an id of the host's own."""
    return f"{plugin} native {id}"


def scope(plugin: str, name: str) -> str:
    """The same for a whole repository, of which something is said that concerns each pull request in it."""
    return f"{plugin} scope {name.casefold()}"
