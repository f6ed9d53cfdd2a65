"""A plugin that was pointed at another host: what was seen belongs to the host it was seen at."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from coro_cli.store.database import Database


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
