"""Which class serves which kind: our own by a table, a third party's by the entry point group `coro.plugins`."""

from __future__ import annotations

from functools import cache
from typing import Any

from coro_cli.errors import ConfigError
from coro_cli.plugins.base import Plugin, Settings

KINDS: dict[str, str] = {
    "github": "coro_cli.plugins.github:GitHub",
    "gitlab": "coro_cli.plugins.gitlab:GitLab",
    "gitea": "coro_cli.plugins.gitea:Gitea",
    "azure": "coro_cli.plugins.azure:Azure",
    "bitbucket": "coro_cli.plugins.bitbucket:Bitbucket",
    "bitbucket-dc": "coro_cli.plugins.bitbucket_dc:BitbucketDC",
    "jira": "coro_cli.plugins.jira:Jira",
    "linear": "coro_cli.plugins.linear:Linear",
    "redmine": "coro_cli.plugins.redmine:Redmine",
}


@cache
def plugin_class(kind: str) -> Any:
    """The plugin class of a kind; ConfigError with the known kinds where there is none."""
    import importlib

    place = KINDS.get(kind)
    if place is None:
        return _third_party(kind)
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


def make(settings: Settings) -> Plugin:
    """The plugin for one block of configuration."""
    made: Plugin = plugin_class(settings.kind)(settings)
    return made


def _third_party(kind: str) -> Any:
    from importlib.metadata import entry_points  # 45 ms: only for kinds that are not ours

    for point in entry_points(group="coro.plugins"):
        if point.name == kind:
            return point.load()
    import difflib

    near = difflib.get_close_matches(kind, KINDS, n=1)
    meant = f"did you mean `{near[0]}`? " if near else ""
    known = ", ".join(sorted(KINDS))
    hint = f"{meant}the kinds are {known}; others come as packages: coro guide plugins"
    raise ConfigError(f"there is no plugin of kind `{kind}`", hint=hint)
