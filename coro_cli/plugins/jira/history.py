"""Changelogs: entries with an id each, of one or more changed fields (one event for each of ours)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from coro_cli.domain.events import Actor
from coro_cli.domain.snapshot import Change
from coro_cli.plugins.jira.reader import Reader
from coro_cli.plugins.reading import moment
from coro_cli.plugins.wire import ident, items, text

Json = dict[str, Any]
# (entry's item, `from` or `to`) → whether that status ends an issue; None where nobody tells.
Ends = Callable[[Json, str], "bool | None"]
# Where a parent stands: subtasks and Cloud's hierarchy, and the field of the old epics, which sites may rename.
_PARENTS = frozenset({"parent", "issueparentassociation", "epic link", "epic-link"})
_NAMES = {"assignee": ("assigned", "unassigned"), "epic": ("epic_linked", "epic_unlinked")}


def changes(
    reader: Reader, histories: Sequence[Json], epic: tuple[str, str], ends: Ends, known_as: Mapping[str, Json] | None = None
) -> tuple[Change, ...]:
    """The events of a changelog, oldest first. epic: (id, key) of the present parent, for entries that tell only its id.

    known_as: what else the present assignee is called, for entries that name that person (as `Snapshot.known_as`).
    """
    found = [_named(change, known_as or {}) for history in histories for change in _entry(reader, history, epic, ends)]
    return tuple(sorted(found, key=lambda change: change.at))


def _named(change: Change, known_as: Mapping[str, Json]) -> Change:
    """An entry tells the name that is shown, and the account's id or key; the rest is known of the present assignee."""
    also, present = change.data.get("known_as"), known_as.get(str(change.data.get("assignee", "")))
    same = also is not None and present is not None and also["id"] in (present.get("id"), *present.get("names", ()))
    return replace(change, data=change.data | {"known_as": present}) if same else change


def _entry(reader: Reader, history: Json, epic: tuple[str, str], ends: Ends) -> Iterator[Change]:
    at, number = moment(history.get("created")), ident(history, "id")
    if at is None or not number:
        return
    who = reader.actor(history.get("author"))
    for item in items(history.get("items")):
        for change in _item(reader, item, who, at, epic, ends):
            yield replace(change, key=f"changelog:{number}:{change.key}")


def _item(reader: Reader, item: Json, who: Actor, at: float, epic: tuple[str, str], ends: Ends) -> Iterator[Change]:
    name, field = text(item, "field").lower(), text(item, "fieldId")
    old, new = (text(item, f"{side}String") or ident(item, side) for side in ("from", "to"))
    if name == "status":
        yield Change("status", "transitioned", who, at, {"from": old, "to": new})
        if ends(item, "from") and ends(item, "to") is False:
            yield Change("reopened", "reopened", who, at, {"from": old, "to": new})
    elif name == "assignee":
        for change in _swap("assignee", "assignee", old, new, who, at):
            side = ident(item, "to" if change.name == "assigned" else "from")
            yield replace(change, data=change.data | ({"known_as": {"id": side}} if side else {}))
    elif name == "labels":
        yield from _labels(old.split(), new.split(), who, at)
    elif name in _PARENTS or field in ("parent", *reader.epic_fields):
        parents = (_key(item, side, words, epic) for side, words in (("from", "fromString"), ("to", "toString")))
        old, new = parents
        yield from _swap("parent", "epic", old, new, who, at)
    elif name in ("link", "remoteissuelink") and new:
        yield Change(f"link:{ident(item, 'to')}", "linked", who, at, {"to": ident(item, "to") or new, "link": new})


def _swap(field: str, subject: str, old: str, new: str, who: Actor, at: float) -> Iterator[Change]:
    """One value in the place of another: the new one came, the old one went."""
    gained, lost = _NAMES[subject]
    if new:
        yield Change(field, gained, who, at, {subject: new, "from": old, "to": new})
    if old:
        yield Change(f"{field}:-", lost, who, at, {subject: old, "from": old, "to": new})


def _labels(old: list[str], new: list[str], who: Actor, at: float) -> Iterator[Change]:
    for label in new:
        if label not in old:
            yield Change(f"labels:{label}", "labeled", who, at, {"label": label})
    for label in old:
        if label not in new:
            yield Change(f"labels:-{label}", "unlabeled", who, at, {"label": label})


def _key(item: Json, side: str, words: str, epic: tuple[str, str]) -> str:
    """The parent's key: what stands in the entry, unless the entry is about the present parent, whose key we know."""
    if epic[0] and ident(item, side) == epic[0]:
        return epic[1]
    return text(item, words) or ident(item, side)

