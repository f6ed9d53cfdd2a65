"""The configured plugins as living things: each with its client, or with the reason why it is unavailable."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from coro_cli import config
from coro_cli.config.schema import stands_for
from coro_cli.domain.parse_ref import Site
from coro_cli.errors import CoroError, NotFound, Unavailable
from coro_cli.plugins import credentials, registry
from coro_cli.plugins.base import Plugin
from coro_cli.plugins.client import ANONYMOUS, Client, fingerprint
from coro_cli.plugins.protocol import Denied, Gone
from coro_cli.store.database import Database

# Seconds until a token whose login the host does not tell is asked for it again.
NAMELESS = 3600.0


@dataclass(slots=True)
class Member:
    """One plugin of the configuration. plugin is None where its kind or settings cannot be used at all.

    source: where its token was found, "" without one. woken: called when jobs became ready to run in the middle of a cycle.
    """

    name: str
    plugin: Plugin | None
    client: Client | None
    reason: str = ""
    hint: str | None = None
    token: str = ANONYMOUS
    source: str = ""
    woken: Callable[[], object] = field(default=lambda: None)

    def ready(self) -> tuple[Plugin, Client]:
        """The plugin and its client; Unavailable with the reason for a stub."""
        if self.plugin is None or self.client is None or self.reason:
            raise Unavailable(f"{self.name} is unavailable: {self.reason}", hint=self.hint or "coro doctor")
        return self.plugin, self.client


@dataclass(slots=True)
class Fleet:
    """All plugins by name. Made anew when the configuration changes."""

    settings: config.Config
    members: dict[str, Member] = field(default_factory=dict)

    def sites(self) -> list[Site]:
        """The sites of all plugins, stubs too: a ref can be parked on one."""
        return [Site(p.name, p.kind, p.web_url, stands_for(p.name, p.kind, p.api_url)) for p in self.settings.plugins.values()]

    def member(self, name: str) -> Member:
        """The plugin of that name, its credentials looked up on first use."""
        if name not in self.members:
            if name not in self.settings.plugins:
                raise NotFound(f"there is no plugin `{name}`", hint=f"the plugins are {', '.join(self.settings.plugins)}")
            self.members[name] = _make(self.settings.plugins[name])
        return self.members[name]

    def current(self, name: str) -> Member:
        """The plugin of that name, a stub's credentials looked up anew: a token may have come."""
        known = self.members.get(name)
        return self.renew(name) if known is not None and known.reason else self.member(name)

    def renew(self, name: str) -> Member:
        """Look for credentials again: a token may have come or changed."""
        old = self.members.pop(name, None)
        if old is not None and old.client is not None:
            old.client.close()
        return self.member(name)

    def close(self) -> None:
        """Close all connections."""
        for member in self.members.values():
            if member.client is not None:
                member.client.close()


def _make(plugin: config.PluginConfig) -> Member:
    try:
        credential = credentials.find(plugin, os.environ)
        made = registry.make(credentials.settings(plugin, credential))
    except CoroError as error:
        return Member(plugin.name, None, None, error.message, error.hint)
    reason = "" if credential.token else credential.reason
    return Member(plugin.name, made, Client(made), reason, token=fingerprint(credential.token), source=credential.source)


def introduce(db: Database, member: Member) -> float:
    """Learn (once a token) the token's own login: whose comments are the user's own depends on it.

    Returns the seconds by which waits that knew nothing of the host's clock were set right.
    """
    plugin, client = member.ready()
    settle(db, member.name, plugin.settings.api_url)
    row = db.one("plugin_get", name=member.name)
    if row is not None and is_introduced(row, member.token):
        _tell(plugin, row["me"])
        return 0.0
    me = _account(plugin, client)
    _tell(plugin, me)
    with db.transaction():
        shift = _set_right(db, member.name, client.skew or 0.0)
        db.run("plugin_state", name=member.name, state="ok", reason="", now=time.time())
        host = of(plugin.settings.api_url)
        budget = json.dumps({"token": member.token, "me_of": member.token, "asked": time.time(), "host": host})
        db.run("plugin_seen", name=member.name, me=me, skew=client.skew or 0.0, budget=budget)
    return shift


def is_introduced(row: sqlite3.Row, token: str) -> bool:
    """Whether a plugin's row names the owner of this very token: a new one may have been refused before it said whose it is.

    A token of which the host tells nobody is asked for it once an hour.
    """
    known = json.loads(row["budget"])
    return known.get("me_of") == token and bool(row["me"] or abs(time.time() - known.get("asked", 0.0)) < NAMELESS)


def _account(plugin: Plugin, client: Client) -> str:
    """A token of narrow scopes, or one that is no person's, may be told nothing of itself, and works all the same."""
    try:
        return client.drive(plugin.whoami())
    except (Denied, Gone) as error:
        if is_refusal(error):
            raise
        return ""


def _tell(plugin: Plugin, me: str) -> None:
    if hasattr(plugin, "me"):
        plugin.me = me


def _set_right(db: Database, name: str, skew: float) -> float:
    """The host tells its time for the first time: waits that were made without a look begin by its clock from now on."""
    row = db.one("plugin_get", name=name)
    met = row is not None and (row["me"] or "asked" in json.loads(row["budget"]) or row["skew"] != 0.0)
    if not met:
        db.run("waits_shift", skew=skew, low=f"{name}:", high=f"{name};")
        return skew
    return 0.0


def remember(db: Database, member: Member, *, state: str = "ok", reason: str = "") -> None:
    """Keep what the answers told about clock and limits, and whether the plugin works. Call it in a transaction."""
    now = time.time()
    db.run("plugin_state", name=member.name, state=state, reason=reason, now=now)
    client = member.client
    if client is None:
        return
    row = db.one("plugin_get", name=member.name)
    known = json.loads(row["budget"]) if row is not None else {}
    budget = known | dict(client.budget) | {"token": member.token}
    skew = client.skew if client.skew is not None else (row["skew"] if row is not None else 0.0)
    _set_right(db, member.name, skew)
    db.run("plugin_seen", name=member.name, me=None, skew=skew, budget=json.dumps(budget))


def is_refusal(error: CoroError) -> bool:
    """Whether the credentials as a whole are refused, not one repository."""
    return isinstance(error, Denied) and error.whole


# A plugin that was pointed at another host: what was seen belongs to the host it was seen at.


def of(api_url: str) -> str:
    """The host and port of an address: its path a plugin may have put right."""
    return urlsplit(api_url).netloc.rpartition("@")[2].lower()


def settle(db: Database, plugin: str, api_url: str) -> None:
    """Forget what another host has told, the first time that this one is meant. Events, and what they did, stay."""
    host = of(api_url)
    row = db.one("plugin_get", name=plugin)
    known = json.loads(row["budget"]) if row is not None else {}
    if row is None or not host or known.get("host") == host:
        return
    with db.transaction():
        if "host" in known:
            db.run("objects_forget", plugin=plugin)
            db.run("cursors_forget", plugin=plugin)
            known = {}  # whose the token is, and its limits: the other host's word as well
        db.run("plugin_seen", name=plugin, me=None, skew=row["skew"], budget=json.dumps(known | {"host": host}))
