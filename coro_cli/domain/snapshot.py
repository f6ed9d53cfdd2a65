"""What a host says about one pull request or issue at one instant, in words that all hosts share; and the same as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from coro_cli.domain.events import GHOST, Actor

OPEN, CLOSED, MERGED = "open", "closed", "merged"


@dataclass(frozen=True, slots=True)
class Review:
    """One review. state: `approved changes_requested commented dismissed`."""

    key: str
    actor: Actor
    state: str
    at: float
    commit: str = ""
    body: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment. `edited_at` is None while it stands as written; `path` and `line` are set on inline comments.

    internal: not shown to everybody who can see the object (a host's internal, confidential or private notes).
    """

    key: str
    actor: Actor
    at: float
    body: str = ""
    url: str = ""
    edited_at: float | None = None
    path: str = ""
    line: int | None = None
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """One review thread. `at` is when it was resolved, where the host tells."""

    key: str
    resolved: bool
    actor: Actor = GHOST
    at: float | None = None
    path: str = ""


@dataclass(frozen=True, slots=True)
class Checks:
    """Check runs and commit statuses of the head commit, taken together.

    state: `none pending passed failed`; `none` is not green. at: when the last of them finished.
    """

    sha: str = ""
    state: str = "none"
    at: float | None = None
    failing: tuple[str, ...] = ()
    total: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """An edge with its own id at the host: a label, an assignment, a push, a transition.

    name: the short event name. data: `label`, `assignee`, `from`, `to`, `epic`, `sha` …
    """

    key: str
    name: str
    actor: Actor
    at: float
    data: dict[str, Any] = field(default_factory=dict)
    body: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One object, whole.

    id: the stable prefix of all its event keys, `kind:host:repo-id:number` (never a name that can change).
    native: what the host wants to be asked by (GraphQL node id, numeric id …).
    complete_since: reviews, comments and changes from this instant on are all here; None means from the beginning.
    told: short names of the edges that `changes` reports with ids of the host's own; the others are found by comparing.
    standing_reviews: `reviews` are the verdicts that stand now, each person's one: one that is missing was taken back.
    known_as: what else an assignee is called, where the host tells: `{"ann": {"names": ["Ann Lee"], "id": "5f0c…"}}`.
    groups: what else it belongs to besides `epic` (a project of Linear).
    checks: None where they were not asked for. looked_at: the host's `Date` when it said all this.
    read_to: up to when reviews and comments were read, where one of their lists was not to be had; None: up to `looked_at`.
    """

    id: str
    family: str
    native: str = ""
    url: str = ""
    title: str = ""
    body: str = ""
    author: Actor = GHOST
    state: str = OPEN
    draft: bool = False
    head: str = ""
    created_at: float = 0.0
    updated_at: float = 0.0
    merged_at: float | None = None
    closed_at: float | None = None
    closed_by: Actor = GHOST
    conflicted: bool = False
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    known_as: dict[str, dict[str, Any]] = field(default_factory=dict)
    requested: tuple[str, ...] = ()
    status: str = ""
    epic: str = ""
    groups: tuple[str, ...] = ()
    reviews: tuple[Review, ...] = ()
    comments: tuple[Comment, ...] = ()
    threads: tuple[Thread, ...] = ()
    changes: tuple[Change, ...] = ()
    checks: Checks | None = None
    merge_commit: str = ""
    renamed_to: str = ""
    complete_since: float | None = None
    told: tuple[str, ...] = ()
    standing_reviews: bool = False
    looked_at: float = 0.0
    read_to: float | None = None


# A snapshot as a small JSON document and back: what the store keeps between two looks.
#
# Comment texts are dropped (the event log has them); review texts are cut, since `--match` may still ask for them.


REVIEW_TEXT = 2000
_PARTS: dict[str, type[Any]] = {"reviews": Review, "comments": Comment, "threads": Thread, "changes": Change}
_DROPPED = {"comments": ("body", "url"), "changes": ("body", "url")}


def to_json(snapshot: Snapshot) -> dict[str, Any]:
    """A JSON-able dict without the fields that stand at their default."""
    packed = _plain(snapshot)
    packed.pop("body", None)
    return packed


def from_json(data: dict[str, Any]) -> Snapshot:
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
