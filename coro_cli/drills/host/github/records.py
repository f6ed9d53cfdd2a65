"""The small things that hang on an issue or pull request: comments, events, reviews, threads, commits, checks.

All times are whole seconds by the host's clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coro_cli.drills.host.github.issue import Issue
    from coro_cli.drills.host.github.pull import Pull
    from coro_cli.drills.host.github.world import User


@dataclass(slots=True, eq=False)
class Comment:
    """A comment below an issue or pull request. `edited_at` is None while it stands as written."""

    id: int
    node_id: str
    item: Issue
    author: User
    body: str
    association: str
    created_at: int
    updated_at: int
    edited_at: int | None = None
    kind: str = "commented"


@dataclass(slots=True, eq=False)
class Event:
    """An entry of the timeline, by its REST name (`labeled`, `head_ref_force_pushed` …)."""

    id: int
    node_id: str
    item: Issue
    kind: str
    actor: User | None
    created_at: int
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Label:
    """A label of the repository."""

    id: int
    node_id: str
    name: str


@dataclass(slots=True, eq=False)
class Team:
    """A team of an organisation, as one that is asked for a review."""

    id: int
    node_id: str
    owner: str
    slug: str


@dataclass(slots=True, eq=False)
class Review:
    """A review. state: `PENDING COMMENTED APPROVED CHANGES_REQUESTED DISMISSED`; pending has no `submitted_at`."""

    id: int
    node_id: str
    item: Pull
    author: User
    state: str
    body: str
    association: str
    commit: str
    created_at: int
    updated_at: int
    submitted_at: int | None
    comments: list[ReviewComment] = field(default_factory=list)
    kind: str = "reviewed"


@dataclass(slots=True, eq=False)
class ReviewComment:
    """A comment on a line of the change."""

    id: int
    node_id: str
    thread: Thread
    review: Review
    author: User
    body: str
    association: str
    commit: str
    created_at: int
    updated_at: int
    edited_at: int | None = None


@dataclass(slots=True, eq=False)
class Thread:
    """A conversation on one line. GitHub keeps no time of its being resolved."""

    node_id: str
    item: Pull
    path: str
    line: int
    comments: list[ReviewComment] = field(default_factory=list)
    resolved_by: User | None = None

    @property
    def resolved(self) -> bool:
        """Whether somebody marked it resolved."""
        return self.resolved_by is not None


@dataclass(slots=True, eq=False)
class Commit:
    """A commit on the head branch."""

    sha: str
    node_id: str
    item: Pull
    author: User
    message: str
    created_at: int
    kind: str = "committed"


@dataclass(slots=True, eq=False)
class CheckRun:
    """A check run. conclusion: None while it runs, else `success failure neutral cancelled skipped timed_out …`."""

    id: int
    node_id: str
    name: str
    sha: str
    suite: int
    conclusion: str | None
    started_at: int
    completed_at: int | None

    @property
    def status(self) -> str:
        """`in_progress` or `completed`."""
        return "completed" if self.conclusion else "in_progress"

    @property
    def verdict(self) -> str:
        """`PENDING`, `SUCCESS` or `FAILURE`, as it counts in the rollup."""
        if not self.conclusion:
            return "PENDING"
        return "SUCCESS" if self.conclusion in ("success", "neutral", "skipped") else "FAILURE"


@dataclass(slots=True, eq=False)
class Status:
    """A commit status. state: `pending success failure error`."""

    id: int
    node_id: str
    context: str
    sha: str
    state: str
    creator: User
    created_at: int
