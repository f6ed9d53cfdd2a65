"""A plugin and its client without a store, for questions about the plugin alone."""

from __future__ import annotations

from typing import Any

from coro_cli.domain.parse_ref import Site, canonical, parse
from coro_cli.plugins import registry
from coro_cli.plugins.base import Changes, Settings, Watched
from coro_cli.plugins.client import Client


def client_of(kind: str, api_url: str, token: str, *, web_url: str = "https://git.example.org", **options: Any) -> Client:
    """A client of a new plugin that bears the name of its kind."""
    return Client(registry.make(Settings(kind, kind, api_url, web_url, token, options=options)))


def watched(ref: str, **words: Any) -> Watched:
    """A ref to look at."""
    return Watched(canonical(ref), **words)


def found(client: Client, ref: str, **words: Any) -> Any:
    """The snapshot of a ref, as typed or as a URL."""
    site = Site(client.plugin.kind, client.plugin.kind, client.plugin.settings.web_url)
    read = parse(ref, [site])
    return client.drive(client.plugin.find(Watched(read, family=read.family, **words)))


def changes(client: Client, *group: Watched, cursor: str | None = None) -> Changes:
    """What the detection of one scope says."""
    return client.drive(client.plugin.changes(group[0].place, group, cursor))
