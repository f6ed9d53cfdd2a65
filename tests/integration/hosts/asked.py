"""A plugin of any kind against its simulated host, without a store: what it asks, and what it makes of the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from coro_cli.domain import diff
from coro_cli.domain.ref import Ref
from coro_cli.domain.snapshot import Snapshot
from coro_cli.plugins import registry
from coro_cli.plugins.base import Changes, Plugin, Settings, Watched
from coro_cli.plugins.client import Client
from tests.simulated.forge.host import ForgeHost


@dataclass(slots=True)
class Asked:
    """kind: of plugin. scope: the repository its pull requests are in."""

    host: ForgeHost
    kind: str
    scope: str
    plugin: Plugin
    client: Client

    @classmethod
    def of(cls, host: Any, kind: str, scope: str, *, user: str = "", **options: Any) -> Asked:
        """A plugin of its own for this host."""
        api, web, token = options.pop("api_url", host.api_url), options.pop("web_url", host.url), options.pop("token", host.token)
        plugin = registry.make(Settings(kind, kind, api, web, token, user, options))
        return cls(host, kind, scope, plugin, Client(plugin))

    def watched(self, number: int = 1, **words: Any) -> Watched:
        """One of its pull requests, as it is watched."""
        return Watched(Ref(self.kind, self.scope, str(number), "pull_request"), family="pull_request", **words)

    def look(self, number: int = 1, **words: Any) -> Snapshot:
        """One pull request, whole."""
        return self.client.drive(self.plugin.find(self.watched(number, **words)))

    def changes(self, seen: Sequence[Snapshot], cursor: str | None = None) -> Changes:
        """What the detector says of these (numbered from 1)."""
        group = [self.watched(n, previous=one) for n, one in enumerate(seen, 1)]
        return self.client.drive(self.plugin.changes(self.scope, group, cursor))

    def moved(self, seen: Snapshot) -> bool:
        """Whether the detector notices a change of the first one."""
        told = self.changes([seen])
        ref = f"{self.kind}:{self.scope.replace(' ', '%20')}#1"
        return ref in told.unknown or told.marks.get(ref, seen.native) != seen.native

    def events(self, before: Snapshot, after: Snapshot) -> list[str]:
        """The short names of what happened between two looks."""
        return [event.name.partition(":")[2] for event in diff.found(before, after, "r", since=0.0)]

    def trust(self, me: str) -> None:
        """Say whose token it is."""
        self.plugin.me = me  # type: ignore[attr-defined]

    def close(self) -> None:
        """Close the connections."""
        self.client.close()


def later(seen: Snapshot, seconds: float = 0.0) -> Snapshot:
    """The same, looked at another time."""
    return replace(seen, looked_at=seen.looked_at + seconds)
