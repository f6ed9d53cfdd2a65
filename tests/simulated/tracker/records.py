"""The small things of a tracker: accounts, statuses, comments, and entries of an issue's history."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulated.tracker.issue import Issue




@dataclass(slots=True, eq=False)
class User:
    """An account. kind: `member`, `customer` (a portal's visitor, a guest) or `app`. A deleted one has no name any more."""

    login: str
    number: int
    name: str
    kind: str = "member"
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """A status. category: `new`, `indeterminate` or `done`."""

    number: int
    name: str
    category: str


@dataclass(slots=True, eq=False)
class Comment:
    """A comment. restricted: the token may not see it. rich: its text as a document, where the host keeps documents."""

    id: int
    issue: Issue
    author: User | None
    body: str
    at: float
    edited_at: float | None = None
    restricted: bool = False
    rich: object = None


@dataclass(frozen=True, slots=True)
class Item:
    """One field's change. field: `status assignee labels parent project link resolution description`.

    Of labels, `old` and `new` are the whole lists, joined by spaces; of all else names, logins or keys.
    """

    field: str
    old: str = ""
    new: str = ""


@dataclass(slots=True, eq=False)
class Entry:
    """One entry of a history: what somebody changed at once. comment: the note that came with it (Redmine)."""

    id: int
    by: User | None
    at: float
    items: list[Item] = field(default_factory=list)
    comment: Comment | None = None
