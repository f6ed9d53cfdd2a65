"""A snapshot as a small JSON document and back: what the store keeps between two looks.

Comment texts are dropped (the event log has them); review texts are cut, since `--match` may still ask for them.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from coro_cli.domain.events import GHOST, Actor
from coro_cli.domain.snapshot import Change, Checks, Comment, Review, Snapshot, Thread

REVIEW_TEXT = 2000
_PARTS: dict[str, type[Any]] = {"reviews": Review, "comments": Comment, "threads": Thread, "changes": Change}
_DROPPED = {"comments": ("body", "url"), "changes": ("body", "url")}


def pack(snapshot: Snapshot) -> dict[str, Any]:
    """A JSON-able dict without the fields that stand at their default."""
    packed = _plain(snapshot)
    packed.pop("body", None)
    return packed


def unpack(data: dict[str, Any]) -> Snapshot:
    """The snapshot that `pack` was given, less the texts it drops. Unknown keys (a newer version's) are ignored."""
    values = {f.name: data[f.name] for f in fields(Snapshot) if f.name in data}
    for name, part in _PARTS.items():
        values[name] = tuple(_part(part, item) for item in values.get(name, ()))
    for name in ("author", "closed_by"):
        values[name] = Actor.from_json(values[name]) if name in values else GHOST
    if values.get("checks"):
        values["checks"] = _part(Checks, values["checks"])
    for name in ("labels", "assignees", "requested", "groups", "told"):
        values[name] = tuple(values.get(name, ()))
    return Snapshot(**values)


def _plain(thing: Any, drop: tuple[str, ...] = ()) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for f in fields(thing):
        value = getattr(thing, f.name)
        if f.name in drop or value == f.default or value in ((), {}):
            continue
        if f.name in _PARTS:
            out[f.name] = [_plain(item, _DROPPED.get(f.name, ())) for item in value]
        elif isinstance(value, Actor):
            out[f.name] = value.as_json()
        elif isinstance(value, Checks):
            out[f.name] = _plain(value)
        else:
            out[f.name] = value[:REVIEW_TEXT] if f.name == "body" else value
    return out


def _part(part: type[Any], item: dict[str, Any]) -> Any:
    known = {f.name: item[f.name] for f in fields(part) if f.name in item}
    if "actor" in known:
        known["actor"] = Actor.from_json(known["actor"])
    elif part in (Review, Comment, Change):
        known["actor"] = GHOST
    if "failing" in known:
        known["failing"] = tuple(known["failing"])
    return part(**known)
