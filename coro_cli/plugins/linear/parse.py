"""Answers of Linear read into the shared words: people, times, reviews, comments, states. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coro_cli.domain.events import GHOST, ISSUE, Actor
from coro_cli.domain.snapshot import CLOSED, OPEN, Change, Comment, Snapshot
from coro_cli.plugins.answers import instant, moment
from coro_cli.plugins.base import Settings
from coro_cli.plugins.protocol import Broken, items, maybe, text, want
from coro_cli.plugins.tracker import bounded

Json = dict[str, Any]
# https://linear.app/docs/configuring-workflows: the types of states that end an issue.
OVER = frozenset({"completed", "canceled", "duplicate"})
TOLD = ("labeled", "unlabeled", "assigned", "unassigned", "transitioned", "reopened", "epic_linked", "epic_unlinked")


@dataclass(slots=True)
class Reader:
    """Knows the instance (for keys) and the token's own account (for deliveries, which do not say `isMe`)."""

    settings: Settings
    me: str = ""

    def identity(self, uuid: str) -> str:
        """The stable prefix of an issue's keys: identifiers change with the team, ids do not."""
        return f"linear:{self.settings.host}:{uuid}"

    def actor(self, user: Any, bot: Any = None, external: Any = None) -> Actor:
        """Who it was: a member by the handle, which is unique in a workspace; else an app, else somebody outside.

        Guests were invited into their teams by name: they count as collaborators.
        """
        handle = handle_of(user)
        if handle:
            is_me = maybe(user, "isMe") is True or (self.me and text(user, "id") == self.me)
            trust = "self" if is_me else "collaborator" if maybe(user, "guest") is True else "member"
            name = text(user, "name")
            if maybe(user, "app") is True:
                return Actor(handle, "bot", "none")
            return Actor(handle, "user", trust, name if name != handle else "")
        for found, kind in ((bot, "bot"), (external, "user")):
            name = text(found, "name") or text(found, "userDisplayName") or text(found, "displayName")
            if name or text(found, "id"):
                return Actor(text(found, "id") or name, kind, "none", name)
        return GHOST


def handle_of(user: Any) -> str:
    """What a member is called: the handle, or what is shown in its place."""
    return next((said for word in ("displayName", "name", "email", "id") if (said := text(user, word))), "")


def known_as(user: Any) -> Json:
    """What a member is called besides the handle: `{"names": […], "id": …}`, or nothing."""
    names = [name for word in ("name", "email") if (name := text(user, word)) and name != handle_of(user)]
    return ({"names": names} if names else {}) | ({"id": text(user, "id")} if text(user, "id") else {})


def issue(reader: Reader, found: Json, url: str, histories: Sequence[Json], comments: Sequence[Json], *, since: float) -> Snapshot:
    """One issue. since: older comments and changes are left out, but for those that gave it what it has."""
    state, labels = text(found, "state", "name"), tuple(text(n, "name") for n in items(maybe(found, "labels", "nodes")))
    parent, project = text(found, "parent", "identifier"), text(found, "project", "name")
    assignee, names = handle_of(found.get("assignee")), _names(found, comments)
    histories = [_named(entry, names) for entry in histories]
    changes = sorted((c for entry in histories for c in _entry(reader, entry)), key=lambda c: c.at)
    written = [c for item in comments if (c := comment(reader, item)) is not None]
    latest = max((moment(item.get("updatedAt")) or 0.0 for item in comments), default=0.0)
    over = text(found, "state", "type") in OVER
    values = {"to": {state}, "label": set(labels), "assignee": {assignee}, "epic": {parent, project}}
    uuid = want(found, "id", str, url)
    return Snapshot(
        id=reader.identity(uuid), family=ISSUE, native=uuid, url=text(found, "url"), title=text(found, "title"),
        body=text(found, "description"), author=reader.actor(found.get("creator"), found.get("botActor")),
        state=CLOSED if over else OPEN, created_at=instant(found.get("createdAt"), "createdAt", url),
        # A comment is no update of its issue at Linear: the newer of the two is what shows that something happened.
        updated_at=max(instant(found.get("updatedAt"), "updatedAt", url), latest),
        closed_at=(moment(found.get("completedAt")) or moment(found.get("canceledAt"))) if over else None,
        closed_by=_closer(reader, histories) if over else GHOST, labels=labels, assignees=(assignee,) if assignee else (),
        known_as={assignee: also} if assignee and (also := known_as(found.get("assignee"))) else {},
        status=state, epic=parent or project, groups=(project,) if parent and project else (),
        comments=tuple(c for c in written if max(c.at, c.edited_at or 0.0) >= since),
        changes=bounded(changes, values, since), complete_since=since, told=TOLD,
    )  # fmt: skip


def _names(found: Json, comments: Sequence[Json]) -> dict[str, Any]:
    """What the issue itself shows, by id: histories name by id alone what the key may not see."""
    people = [found.get("creator"), found.get("assignee"), *(item.get("user") for item in comments)]
    shown = [found.get("state"), found.get("parent"), *people, *items(maybe(found, "labels", "nodes"))]
    return {text(thing, "id"): thing for thing in shown if text(thing, "id")}


def comment(reader: Reader, item: Json) -> Comment | None:
    """One comment; `editedAt` moves with its text only."""
    at = moment(item.get("createdAt")) or moment(item.get("updatedAt"))
    if at is None or not text(item, "id"):
        return None
    who = reader.actor(item.get("user"), item.get("botActor"), item.get("externalUser"))
    return Comment(f"comment:{text(item, 'id')}", who, at, text(item, "body"), text(item, "url"), moment(item.get("editedAt")))


def mark(updated_at: float) -> str:
    """The mark of one state, in milliseconds."""
    return str(round(updated_at * 1000))


def marked(item: Json, url: str) -> str:
    """The mark of an entry of the list that detects changes."""
    newest = [moment(node.get("updatedAt")) or 0.0 for node in items(maybe(item, "comments", "nodes"))]
    return mark(max([instant(item.get("updatedAt"), "updatedAt", url), *newest]))


def ended_at(entry: Json) -> float | None:
    """When an entry of the history was last added to."""
    return moment(entry.get("updatedAt")) or moment(entry.get("createdAt"))


def _entry(reader: Reader, entry: Json) -> Iterator[Change]:
    at, number = ended_at(entry), text(entry, "id")
    if at is None or not number:
        raise Broken("an entry of Linear's history has no `id` or no time")
    who = reader.actor(entry.get("actor"), entry.get("botActor"))
    for key, name, data in _happenings(entry):
        yield Change(f"history:{number}:{key}", name, who, at, data)


def _named(entry: Json, names: Mapping[str, Json]) -> Json:
    """The entry with what it names by id alone shown as the issue shows it, else by that id; the id makes the key then."""

    def shown(number: str) -> Json:
        return {**names.get(number, dict.fromkeys(("name", "identifier"), number)), "key": number}

    sides = [f"{way}{what}" for way in ("from", "to") for what in ("State", "Assignee", "Parent")]
    bare = [side for side in ("actor", *sides) if text(entry, f"{side}Id") and not isinstance(entry.get(side), dict)]
    found = entry | {side: shown(text(entry, f"{side}Id")) for side in bare}
    for way in ("added", "removed"):
        numbers = entry.get(f"{way}LabelIds")
        if not items(entry.get(f"{way}Labels")) and isinstance(numbers, list):
            found[f"{way}Labels"] = [shown(number) for number in numbers if isinstance(number, str)]
    return found


def _happenings(entry: Json) -> Iterator[tuple[str, str, dict[str, Any]]]:
    old, new = text(entry, "fromState", "name"), text(entry, "toState", "name")
    if new:
        yield f"state:{text(entry, 'toState', 'key') or new}", "transitioned", {"from": old, "to": new}
        if text(entry, "fromState", "type") in OVER and text(entry, "toState", "type") not in OVER:
            yield "reopened", "reopened", {"from": old, "to": new}
    yield from _swap(entry, "Assignee", handle_of, "assignee", ("assigned", "unassigned"))
    for label in items(entry.get("addedLabels")):
        yield f"label:{text(label, 'key') or text(label, 'name')}", "labeled", {"label": text(label, "name")}
    for label in items(entry.get("removedLabels")):
        yield f"label:-{text(label, 'key') or text(label, 'name')}", "unlabeled", {"label": text(label, "name")}
    yield from _swap(entry, "Parent", lambda parent: text(parent, "identifier"), "epic", ("epic_linked", "epic_unlinked"))
    yield from _swap(entry, "Project", lambda project: text(project, "name"), "epic", ("epic_linked", "epic_unlinked"))
    for relation in items(entry.get("relationChanges")):
        # The type's first letter says what was done: `ab` adds a block, `rb` removes one.
        kind, other = text(relation, "type"), text(relation, "identifier")
        if not kind.startswith("r"):
            yield f"link:{other}", "linked", {"to": other, "link": "blocks" if kind == "ab" else kind}


def _swap(
    entry: Json, side: str, called: Callable[[Any], str], subject: str, names: tuple[str, str]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    before, after = entry.get(f"from{side}"), entry.get(f"to{side}")
    old, new = called(before), called(after)
    if new:
        yield f"{side.lower()}:{text(after, 'key') or new}", names[0], {subject: new, "from": old, "to": new} | _also(subject, after)
    if old:
        yield f"{side.lower()}:-{text(before, 'key') or old}", names[1], {subject: old, "from": old, "to": new} | _also(subject, before)


def _also(subject: str, value: Any) -> Json:
    return {"known_as": also} if subject == "assignee" and (also := known_as(value)) else {}


def _closer(reader: Reader, histories: Sequence[Json]) -> Actor:
    """Who took the newest step into a state that ends it."""
    ordered = sorted(histories, key=lambda entry: ended_at(entry) or 0.0)
    found = [e for e in ordered if text(e, "toState", "type") in OVER and text(e, "fromState", "type") not in OVER]
    return reader.actor(found[-1].get("actor"), found[-1].get("botActor")) if found else GHOST
