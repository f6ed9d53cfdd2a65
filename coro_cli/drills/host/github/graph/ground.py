"""What all GraphQL resolvers of the simulated GitHub share: type names, authors, pages."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from coro_cli.drills.host.github import records
from coro_cli.drills.host.github.forms import Forms
from coro_cli.drills.host.github.issue import Issue
from coro_cli.drills.host.github.limits import Bucket
from coro_cli.drills.host.github.pull import Pull
from coro_cli.drills.host.github.world import Repo, User, World
from coro_cli.drills.host.graphql.connections import Page, connection, page
from coro_cli.drills.host.graphql.schema import Args, FieldOf, Schema

INT_MAX = 2**31 - 1
_NAMES: dict[type, str] = {
    Pull: "PullRequest", Issue: "Issue", Repo: "Repository", records.Comment: "IssueComment",
    records.Review: "PullRequestReview", records.ReviewComment: "PullRequestReviewComment",
    records.Thread: "PullRequestReviewThread", records.Commit: "PullRequestCommit", records.CheckRun: "CheckRun",
    records.Status: "StatusContext", records.Label: "Label", records.Team: "Team",
}
EVENT_NAMES = {
    "labeled": "LabeledEvent", "unlabeled": "UnlabeledEvent", "assigned": "AssignedEvent",
    "unassigned": "UnassignedEvent", "review_requested": "ReviewRequestedEvent",
    "review_request_removed": "ReviewRequestRemovedEvent", "closed": "ClosedEvent", "reopened": "ReopenedEvent",
    "merged": "MergedEvent", "ready_for_review": "ReadyForReviewEvent", "convert_to_draft": "ConvertToDraftEvent",
    "review_dismissed": "ReviewDismissedEvent", "head_ref_force_pushed": "HeadRefForcePushedEvent",
    "parent_issue_added": "ParentIssueAddedEvent", "parent_issue_removed": "ParentIssueRemovedEvent",
    "sub_issue_added": "SubIssueAddedEvent", "sub_issue_removed": "SubIssueRemovedEvent",
    "cross-referenced": "CrossReferencedEvent", "connected": "ConnectedEvent", "renamed": "RenamedTitleEvent",
    "comment_deleted": "CommentDeletedEvent", "added_to_merge_queue": "AddedToMergeQueueEvent",
    "removed_from_merge_queue": "RemovedFromMergeQueueEvent",
}


@dataclass(slots=True)
class Ground:
    """Where the resolvers stand. bucket and cost are those of the query that is being answered."""

    world: World
    forms: Forms
    me: Callable[[], str]
    bucket: Bucket
    cost: int = 0
    node_count: int = 0


def name_of(value: Any) -> str:
    """The GraphQL type of a thing of the model."""
    if isinstance(value, User):
        return value.type
    return EVENT_NAMES[value.kind] if isinstance(value, records.Event) else _NAMES[type(value)]


def alive(user: User | None) -> User | None:
    """An account, or null for one that is gone."""
    return None if user is None or user.deleted else user


def short_login(user: User) -> str:
    """A login as GraphQL gives it: a bot is `ci` here and `ci[bot]` in REST."""
    return user.login.removesuffix("[bot]")


def small(number: int) -> int | None:
    """A `databaseId`: GraphQL's Int has 32 bits, so a newer id is null there and only in `fullDatabaseId`."""
    return number if number <= INT_MAX else None


def without_markup(body: str) -> str:
    """`bodyText`: what a reader sees; HTML comments are not seen."""
    return re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL).strip()


def order(thing: Any) -> int:
    """The number inside a node id: ids grow, so cursors hold when others come and go."""
    tail = thing.node_id.partition("_kwDO")[2]
    return int.from_bytes(base64.urlsafe_b64decode(tail + "=" * (-len(tail) % 4)), "big")


def pages(schema: Schema, type: str, items: Callable[[Any, Args], Sequence[Any]], **args: str) -> FieldOf:
    """A field that pages through things of the model, oldest first."""

    def resolve(value: Any, given: Args) -> Page:
        return page(items(value, given), given, number=order)

    return connection(schema, type, resolve, **args)
