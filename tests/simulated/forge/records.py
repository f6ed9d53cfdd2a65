"""The small things that hang on issues and pull requests. Times are seconds by the host's clock, with a fraction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.simulated.forge.ground import User
    from tests.simulated.forge.issue import Issue




@dataclass(slots=True, eq=False)
class Comment:
    """A comment, in the conversation or on a line (`path`). internal: for members only."""

    id: int
    item: Issue
    author: User
    body: str
    created_at: float
    updated_at: float
    path: str = ""
    line: int = 0
    thread: Thread | None = None
    internal: bool = False


@dataclass(slots=True, eq=False)
class Thread:
    """A conversation on one line."""

    id: str
    item: Issue
    comments: list[Comment] = field(default_factory=list)
    resolved_by: User | None = None
    resolved_at: float = 0.0


@dataclass(slots=True, eq=False)
class Review:
    """What a reviewer said. state: `approved changes_requested commented pending`."""

    id: int
    item: Issue
    author: User
    state: str
    body: str
    commit: str
    at: float
    updated_at: float
    dismissed: bool = False
    comments: list[Comment] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Change:
    """An entry of the history: `labeled`, `reopened`, `pushed` … `data` says what."""

    id: int
    item: Issue
    kind: str
    actor: User
    at: float
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Check:
    """A pipeline or commit status. state: None while it runs, else `success failure …`."""

    id: int
    item: Issue
    name: str
    sha: str
    state: str | None
    created_at: float
    updated_at: float
    ref: str = ""
