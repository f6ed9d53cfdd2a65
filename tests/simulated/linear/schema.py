"""The types that a watcher asks for, over the tracker's model. Names and arguments are those of Linear's published schema."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from coro_cli.domain.durations import rfc3339
from coro_cli.drills.host.graphql.connections import Page, connection, page
from coro_cli.drills.host.graphql.schema import Args, FieldOf, Refused, Schema, plain, to
from tests.simulated.tracker.issue import Issue
from tests.simulated.tracker.records import Comment, Entry, Item, User
from tests.simulated.tracker.world import World

_TYPES = {"new": "unstarted", "indeterminate": "started", "done": "completed"}
_CANCELED = "Won't Do"


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the resolvers stand. fold: the quick successive changes by one person are one entry of the history."""

    world: World
    me: Callable[[], str]
    fold: Callable[[], bool]


def uid(number: int | str) -> str:
    """The id of a thing of the model; what has a name alone gets one of its name."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, str(number)))


def moment(at: float | None) -> str | None:
    """A time, to the millisecond."""
    return None if at is None else rfc3339(round(at, 3))


def build(ground: Ground) -> Schema:
    """The schema."""
    world = ground.world
    schema = Schema(lambda value: type(value).__name__, inputs=frozenset({"IssueFilter"}))
    schema.enums["PaginationOrderBy"] = frozenset({"createdAt", "updatedAt"})
    _add_people(schema, ground)
    named = {"name": plain(lambda name: name)}
    schema.types["Project"] = dict(named)
    schema.types["IssueLabel"] = {"id": plain(uid), **named}
    schema.types["WorkflowState"] = {"id": plain(lambda s: uid(s.name)), "name": plain(lambda s: s.name), "type": plain(state_type)}
    _add_history(schema, ground)
    _add_comments(schema, world)
    _add_issue(schema, ground)
    schema.types["Query"] = {
        "viewer": to("User", lambda _: world.user(ground.me())),
        "issue": FieldOf(lambda _, args: _named(world, args["id"]), "Issue", {"id": "String!"}),
        "issues": connection(
            schema, "Issue", lambda _, args: _chosen(world, args),
            filter="IssueFilter", includeArchived="Boolean", orderBy="PaginationOrderBy",
        ),
    }  # fmt: skip
    return schema


def state_type(status: Any) -> str:
    """`unstarted`, `started`, `completed` or `canceled`."""
    return "canceled" if status.name == _CANCELED else _TYPES[status.category]


def _add_people(schema: Schema, ground: Ground) -> None:
    schema.types["User"] = {
        "id": plain(lambda u: uid(u.number)), "name": plain(lambda u: u.name), "displayName": plain(lambda u: u.login),
        "app": plain(lambda u: u.kind == "app"), "guest": plain(lambda u: False), "isMe": plain(lambda u: u.login == ground.me()),
    }  # fmt: skip
    who = {"id": plain(lambda u: uid(u.number)), "name": plain(lambda u: u.name)}
    schema.types["ExternalUser"] = {**who, "displayName": plain(lambda u: u.login)}
    schema.types["ActorBot"] = {**who, "userDisplayName": plain(lambda u: u.login)}


def _user(world: World, user: User | None) -> User | None:
    return user if user is not None and user.kind != "customer" and world.alive(user) else None


def _outsider(world: World, user: User | None) -> User | None:
    return user if user is not None and user.kind == "customer" and world.alive(user) else None


def _add_history(schema: Schema, ground: Ground) -> None:
    world = ground.world

    def side(field: str, new: bool, resolve: Callable[[str], Any]) -> Callable[[Entry], Any]:
        def read(entry: Entry) -> Any:
            value = next((i.new if new else i.old for i in entry.items if i.field == field), "")
            return resolve(value) if value else None

        return read

    schema.types["IssueRelationHistoryPayload"] = {"identifier": plain(lambda r: r[0]), "type": plain(lambda r: r[1])}
    sides: dict[str, tuple[str, str, Callable[[str], Any]]] = {
        "State": ("status", "WorkflowState", lambda name: world.statuses[name]), "Assignee": ("assignee", "User", world.user),
        "Parent": ("parent", "Issue", lambda key: world.keys[key]), "Project": ("group", "Project", str),
    }  # fmt: skip
    ids: dict[str, Callable[[str], str]] = {
        "status": uid, "assignee": lambda login: uid(world.user(login).number), "parent": lambda key: uid(world.keys[key].id), "group": uid,
    }  # fmt: skip
    schema.types["IssueHistory"] = {
        "id": plain(lambda e: uid(e.id)), "createdAt": plain(lambda e: moment(e.at)), "updatedAt": plain(lambda e: moment(e.at)),
        "actor": to("User", lambda e: _user(world, e.by)), "botActor": to("ActorBot", lambda e: None),
        "actorId": plain(lambda e: uid(e.by.number) if _user(world, e.by) else None),
        "addedLabelIds": plain(lambda e: [uid(label) for label in _labels(e, added=True) or ()] or None),
        "removedLabelIds": plain(lambda e: [uid(label) for label in _labels(e, added=False) or ()] or None),
        "addedLabels": to("IssueLabel", lambda e: _labels(e, added=True)),
        "removedLabels": to("IssueLabel", lambda e: _labels(e, added=False)),
        "relationChanges": to("IssueRelationHistoryPayload", _relations),
    }  # fmt: skip
    for name, (field, type_, resolve) in sides.items():
        for prefix, new in (("from", False), ("to", True)):
            schema.types["IssueHistory"][f"{prefix}{name}"] = to(type_, side(field, new, resolve))
            schema.types["IssueHistory"][f"{prefix}{name}Id"] = plain(side(field, new, ids[field]))


def _labels(entry: Entry, *, added: bool) -> list[str] | None:
    for item in entry.items:
        if item.field == "labels":
            old, new = item.old.split(), item.new.split()
            return [label for label in (new if added else old) if label not in (old if added else new)]
    return None


def _relations(entry: Entry) -> list[tuple[str, str]] | None:
    return [(item.new.split()[-1], "ab") for item in entry.items if item.field == "link"] or None


def _add_comments(schema: Schema, world: World) -> None:
    schema.types["Comment"] = {
        "id": plain(lambda c: uid(c.id)), "body": plain(lambda c: c.body), "url": plain(lambda c: f"https://linear.app/c/{uid(c.id)}"),
        "createdAt": plain(lambda c: moment(c.at)), "updatedAt": plain(lambda c: moment(c.edited_at or c.at)),
        "editedAt": plain(lambda c: moment(c.edited_at)), "user": to("User", lambda c: _user(world, c.author)),
        "botActor": to("ActorBot", lambda c: None), "externalUser": to("ExternalUser", lambda c: _outsider(world, c.author)),
    }  # fmt: skip


def _add_issue(schema: Schema, ground: Ground) -> None:
    world = ground.world
    schema.types["Issue"] = {
        "id": plain(lambda i: uid(i.id)), "identifier": plain(lambda i: i.key), "title": plain(lambda i: i.title),
        "description": plain(lambda i: i.body), "url": plain(lambda i: f"https://linear.app/acme/issue/{i.key}"),
        "createdAt": plain(lambda i: moment(i.created_at)), "updatedAt": plain(lambda i: moment(_updated(i))),
        "completedAt": plain(lambda i: moment(i.closed_at) if state_type(i.status) == "completed" else None),
        "canceledAt": plain(lambda i: moment(i.closed_at) if state_type(i.status) == "canceled" else None),
        "trashed": plain(lambda i: True if i.deleted else None), "state": to("WorkflowState", lambda i: i.status),
        "assignee": to("User", lambda i: world.alive(i.assignee)), "creator": to("User", lambda i: _user(world, i.author)),
        "botActor": to("ActorBot", lambda i: None), "parent": to("Issue", lambda i: i.parent),
        "project": to("Project", lambda i: i.group or None),
        "labels": connection(schema, "IssueLabel", lambda i, args: page(i.labels, args, number=i.labels.index)),
        "history": connection(schema, "IssueHistory", lambda i, args: _histories(i, args, fold=ground.fold())),
        "comments": connection(schema, "Comment", _comments, orderBy="PaginationOrderBy"),
    }  # fmt: skip


def _updated(issue: Issue) -> float:
    """Comments do not move it."""
    return max([issue.created_at, *(entry.at for entry in issue.history if entry.items)])


def _histories(issue: Issue, args: Args, *, fold: bool) -> Page:
    entries = [entry for entry in issue.history if entry.items]
    shown: list[Entry] = []
    for entry in entries:
        last = shown[-1] if shown else None
        fields = [item.field for item in entry.items]
        if fold and last is not None and last.by is entry.by and [item.field for item in last.items] == fields:
            merged = [Item(old.field, old.old, new.new) for old, new in zip(last.items, entry.items, strict=True)]
            shown[-1] = Entry(last.id, last.by, entry.at, merged)
        else:
            shown.append(entry)
    return page(list(reversed(shown)), args, number=lambda entry: -entry.id)


def _comments(issue: Issue, args: Args) -> Page:
    by_update = args.get("orderBy") == "updatedAt"

    def order(comment: Comment) -> float:
        return comment.edited_at or comment.at if by_update else comment.at

    listed = sorted((c for c in issue.comments if not c.restricted), key=order, reverse=True)
    places: Sequence[int] = [c.id for c in listed]
    return page(listed, args, number=lambda comment: places.index(comment.id))


def _named(world: World, name: str) -> Any:
    issue = world.keys.get(name.upper()) or next((i for i in world.issues.values() if uid(i.id) == name), None)
    if issue is None or issue.project in world.hidden:
        return Refused("INPUT_ERROR", "Entity not found: Issue - Could not find referenced Issue.")
    return issue


def _chosen(world: World, args: Args) -> Page:
    wanted = ((args.get("filter") or {}).get("id") or {}).get("in")
    found = [i for i in world.issues.values() if i.project not in world.hidden and (wanted is None or uid(i.id) in wanted)]
    return page(sorted(found, key=lambda i: i.created_at, reverse=True), args, number=lambda issue: -issue.id)
