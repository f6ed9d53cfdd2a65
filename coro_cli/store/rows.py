"""From rows to the domain's words and back."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coro_cli.domain.events import Event
    from coro_cli.domain.snapshot import Snapshot
    from coro_cli.domain.waits import Wait


# Imported where they are used: a list of jobs needs none of them, and they cost as much as everything else it does.

BODY_LIMIT = 8 * 1024 * 1024
ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


def new_id() -> str:
    """Six random lower-case letters and digits; the caller tries again when it is taken."""
    import secrets

    return "".join(secrets.choice(ID_ALPHABET) for _ in range(6))


def wait(row: sqlite3.Row) -> Wait:
    """A wait of the table `waits`."""
    from coro_cli.domain.waits import Wait

    return Wait(
        id=row["id"], job=row["job"], refs=tuple(json.loads(row["refs"])), on=tuple(json.loads(row["patterns"])),
        all=bool(row["all"]), only=bool(row["only"]), at_head=bool(row["at_head"]), who=row["who"], match=row["match"],
        since=row["since"], baseline=row["baseline"], deadline=row["deadline"],
        satisfied=None if row["satisfied"] is None else bool(row["satisfied"]), made_at=row["created_at"],
    )  # fmt: skip


def event(row: sqlite3.Row) -> Event:
    """An event of the table `events`."""
    from coro_cli.domain.events import Actor, Event

    return Event(
        key=row["key"], name=row["name"], ref=row["ref"], actor=Actor(row["login"], row["kind"], row["trust"]),
        occurred_at=row["occurred_at"], detected_at=row["detected_at"], source=row["source"], title=row["title"],
        body=row["body"], url=row["url"], data=json.loads(row["data"]),
    )  # fmt: skip


def event_values(event: Event, now: float) -> dict[str, Any]:
    """The parameters of `event_insert`. Lone surrogates cannot be stored as UTF-8: they become question marks."""
    return {
        "key": utf8(event.key), "name": event.name, "ref": event.ref, "login": utf8(event.actor.login),
        "kind": event.actor.kind, "trust": event.actor.trust, "occurred_at": event.occurred_at, "source": event.source,
        "title": utf8(event.title), "body": utf8(event.body[:BODY_LIMIT]), "url": utf8(event.url),
        "data": utf8(json.dumps(event.data, separators=(",", ":"), ensure_ascii=False)), "now": now,
    }  # fmt: skip


def snapshot_text(snapshot: Snapshot) -> str:
    """The JSON that table `objects` keeps."""
    from coro_cli.domain.snapshot import to_json

    return dumps(to_json(snapshot))


def snapshot(row: sqlite3.Row | None) -> Snapshot | None:
    """The snapshot of a row of `objects`, if there is one."""
    from coro_cli.domain.snapshot import from_json

    return from_json(json.loads(row["snapshot"])) if row is not None and row["snapshot"] else None


def named(row: sqlite3.Row | None) -> tuple[str, str]:
    """What a row of `objects` is called and its page, for events that no host told of; empty where it was never seen."""
    seen = snapshot(row)
    return (seen.title, seen.url) if seen is not None else ("", "")


def dumps(value: Any) -> str:
    """Compact JSON; escapes keep it ASCII and so always storable."""
    return json.dumps(value, separators=(",", ":"))


def utf8(text: str) -> str:
    """Text that can be stored: halves of surrogate pairs become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")
