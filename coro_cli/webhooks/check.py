"""One delivery for a person: is it valid, what does it mean, what would coro do with it? Nothing is kept."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from coro_cli import config
from coro_cli.domain.events import Event
from coro_cli.errors import CoroError
from coro_cli.plugins.base import Hint, Plugin, Settings
from coro_cli.system import paths, regex
from coro_cli.webhooks import diagnose, interpret, signature
from coro_cli.webhooks.endpoints import Door
from coro_cli.webhooks.policy import ROOT
from coro_cli.webhooks.signature import Headers, Verdict
from coro_cli.webhooks.verify import verify, verify_path


def check(home: paths.Home, door: Door, headers: Headers, body: bytes, *, path: str = "") -> dict[str, Any]:
    """The contract's JSON. path: where it was sent to, for hosts that sign nothing."""
    now = time.time()
    verdict = _verdict(door, headers, body, path, now)
    shown: dict[str, Any] = {
        "valid": verdict.valid, "plugin": door.plugin, "algorithm": verdict.algorithm, "secret": verdict.secret or None,
        "reason": verdict.reason or None, "delivery": verdict.delivery or None, "events": [],
    }  # fmt: skip
    if not verdict.valid:
        return shown | {"message": verdict.message, "advice": verdict.advice, "authentic": verdict.authentic}
    return shown | _meaning(home, door, headers, body, verdict)


def _verdict(door: Door, headers: Headers, body: bytes, path: str, now: float) -> Verdict:
    if signature.strength(door.descriptor) == 0 and path.startswith(ROOT):
        token = path[len(ROOT) :].partition("/")[2]
        return verify_path(door.descriptor, door.secrets, token, headers, now=now, plugin=door.plugin)
    found = verify(door.descriptor, door.secrets, headers, body, now=now, plugin=door.plugin)
    return diagnose.explained(found, door.descriptor, door.secrets, headers, body, now=now)


def _meaning(home: paths.Home, door: Door, headers: Headers, body: bytes, verdict: Verdict) -> dict[str, Any]:
    """The host's word, the refs, the payload's own events, and a sentence on what would come of it."""
    try:
        hint = interpret.read(plugin_of(home, door), headers, body)
    except CoroError as error:
        return {"event": None, "refs": [], "would": f"nothing: {error.message}"}
    events = [replace(event, detected_at=time.time()) for event in interpret.events(hint)]
    refs = [str(ref) for ref in hint.refs]
    outcomes, watched = _rehearse(home, door, hint, events)
    shown = [event.as_json(*outcomes.get(event.key, ("no-job", "no job is waiting on it"))) for event in events]
    return {"event": hint.event or None, "refs": refs, "events": shown, "would": _would(hint, watched)}


def plugin_of(home: paths.Home, door: Door) -> Plugin:
    """The plugin without credentials: reading a delivery asks nobody."""
    from coro_cli.plugins import credentials, registry
    from coro_cli.plugins.credential_stores import Credential

    settings = config.load(home).plugins.get(door.plugin)
    if settings is not None and settings.kind == door.kind:
        return registry.make(credentials.settings(settings, Credential()))
    known = registry.plugin_class(door.kind).defaults()
    return registry.make(Settings(door.plugin, door.kind, known.get("api_url", ""), known.get("web_url", "")))


class _Rehearsed(Exception):
    """The rehearsal is over: its transaction is rolled back."""


def _rehearse(home: paths.Home, door: Door, hint: Hint, events: Sequence[Event]) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """What the events would do to the jobs of this home: `(outcome, why)` by key; and the watched refs it names."""
    if not os.path.exists(home.store):
        return {}, []
    from coro_cli.polling import watching
    from coro_cli.store import inbox, views
    from coro_cli.store.database import Database

    found: dict[str, tuple[str, str]] = {}
    with Database(home.store) as db:
        watched = [str(one.ref) for one in interpret.concerned(hint, watching.watched_of(db, door.plugin))]
        if not events or not watched:
            return found, watched
        try:
            with db.transaction():
                told = list(interpret.events(hint, watched))
                inbox.record(db, told, interpret.known(db, hint, told), now=time.time(), search=regex.search)
                for shown in views.events_json(db, [event.key for event in events]):
                    found[shown["key"]] = shown["outcome"], shown["why"]
                raise _Rehearsed
        except _Rehearsed:
            pass
    return found, watched


def _would(hint: Hint, watched: Sequence[str]) -> str:
    if watched:
        return f"look at {', '.join(watched)} at once"
    if hint.refs or hint.natives or hint.scopes:
        return "nothing: no job waits on it"
    return "nothing: it is about no pull request or issue"
