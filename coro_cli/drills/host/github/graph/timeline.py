"""The timeline in GraphQL: one type for each thing that can happen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from coro_cli.drills.host.github.graph.ground import EVENT_NAMES, Ground, alive, name_of
from coro_cli.drills.host.github.issue import Issue
from coro_cli.drills.host.github.pull import Pull
from coro_cli.drills.host.github.records import Event, Team
from coro_cli.drills.host.github.world import stamp
from coro_cli.drills.host.graphql.schema import Args, Fields, Schema, plain, to

_WORDS = (
    "ADDED_TO_PROJECT ASSIGNED CLOSED COMMENT_DELETED CONNECTED CONVERTED_NOTE_TO_ISSUE CONVERTED_TO_DISCUSSION "
    "CROSS_REFERENCED DEMILESTONED DISCONNECTED LABELED LOCKED MARKED_AS_DUPLICATE MENTIONED MILESTONED "
    "MOVED_COLUMNS_IN_PROJECT PARENT_ISSUE_ADDED PARENT_ISSUE_REMOVED PINNED REFERENCED REMOVED_FROM_PROJECT "
    "RENAMED_TITLE REOPENED SUBSCRIBED SUB_ISSUE_ADDED SUB_ISSUE_REMOVED TRANSFERRED UNASSIGNED UNLABELED UNLOCKED "
    "UNMARKED_AS_DUPLICATE UNPINNED UNSUBSCRIBED USER_BLOCKED"
)
_PULL_WORDS = (
    "ADDED_TO_MERGE_QUEUE AUTOMATIC_BASE_CHANGE_FAILED AUTOMATIC_BASE_CHANGE_SUCCEEDED AUTO_MERGE_DISABLED "
    "AUTO_MERGE_ENABLED AUTO_REBASE_ENABLED AUTO_SQUASH_ENABLED BASE_REF_CHANGED BASE_REF_DELETED "
    "BASE_REF_FORCE_PUSHED CONVERT_TO_DRAFT DEPLOYED DEPLOYMENT_ENVIRONMENT_CHANGED HEAD_REF_DELETED "
    "HEAD_REF_FORCE_PUSHED HEAD_REF_RESTORED MERGED READY_FOR_REVIEW REMOVED_FROM_MERGE_QUEUE REVIEW_DISMISSED "
    "REVIEW_REQUESTED REVIEW_REQUEST_REMOVED"
)
ISSUE_ITEMS = frozenset({f"{word}_EVENT" for word in _WORDS.split()} | {"ISSUE_COMMENT"})
PULL_ITEMS = ISSUE_ITEMS | {f"{word}_EVENT" for word in _PULL_WORDS.split()} | {
    "PULL_REQUEST_COMMIT", "PULL_REQUEST_COMMIT_COMMENT_THREAD", "PULL_REQUEST_REVIEW", "PULL_REQUEST_REVIEW_THREAD",
    "PULL_REQUEST_REVISION_MARKER",
}


def add_timeline(schema: Schema, ground: Ground) -> None:
    """The event types and the two unions they form with comments, reviews and commits."""
    base: Fields = {
        "id": plain(lambda e: e.node_id), "createdAt": plain(lambda e: stamp(e.created_at)),
        "actor": to("Actor", lambda e: alive(e.actor)),
    }
    special = _special(ground)
    for name in EVENT_NAMES.values():
        schema.types[name] = {**base, **special.get(name, {})}
    events = tuple(EVENT_NAMES.values())
    on_issues = tuple(name for name in events if words(name) in ISSUE_ITEMS)
    schema.abstract |= {
        "IssueTimelineItems": ("IssueComment", *on_issues), "ReferencedSubject": ("Issue", "PullRequest"),
        "PullRequestTimelineItems": ("IssueComment", "PullRequestReview", "PullRequestCommit", *events),
    }
    schema.enums |= {"IssueTimelineItemsItemType": ISSUE_ITEMS, "PullRequestTimelineItemsItemType": PULL_ITEMS}


def entries(item: Issue, args: Args) -> list[Any]:
    """The entries of the kinds asked for, from an instant on."""
    kinds, since = args.get("itemTypes"), _instant(args.get("since"))
    return [e for e in item.timeline if _at(e) >= since and (kinds is None or words(name_of(e)) in kinds)]


def words(name: str) -> str:
    """`LABELED_EVENT`, the item type of `LabeledEvent`."""
    return "".join(f"_{c}" if c.isupper() else c for c in name).lstrip("_").upper()


def _at(entry: Any) -> int:
    # A pending review is in no timeline, so `submitted_at` is set where it exists.
    return int(getattr(entry, "submitted_at", None) or entry.created_at)


def _instant(text: str | None) -> float:
    return datetime.fromisoformat(text).timestamp() if text else 0.0


def _git(event: Event, key: str) -> tuple[str, Pull] | None:
    item = event.item
    return (event.data[key], item) if isinstance(item, Pull) and event.data.get(key) else None


def _special(ground: Ground) -> dict[str, Fields]:
    pull: Fields = {"pullRequest": to("PullRequest", lambda e: e.item)}
    label: Fields = {"label": to("Label", lambda e: e.data["label"])}
    assignee: Fields = {"assignee": to("Assignee", lambda e: alive(e.data["assignee"]))}
    asked: Fields = {**pull, "requestedReviewer": to("RequestedReviewer", _requested)}
    parent: Fields = {"parent": to("Issue", lambda e: e.data["parent"])}
    child: Fields = {"subIssue": to("Issue", lambda e: e.data["sub_issue"])}
    url: Fields = {"url": plain(lambda e: f"{ground.forms.page_of(e.item)}#event-{e.id}")}
    return {
        "LabeledEvent": label, "UnlabeledEvent": label, "AssignedEvent": assignee, "UnassignedEvent": assignee,
        "ReviewRequestedEvent": asked, "ReviewRequestRemovedEvent": asked,
        "ParentIssueAddedEvent": parent, "ParentIssueRemovedEvent": parent,
        "SubIssueAddedEvent": child, "SubIssueRemovedEvent": child,
        "ReadyForReviewEvent": {**pull, **url}, "ConvertToDraftEvent": {**pull, **url},
        "AddedToMergeQueueEvent": pull, "RemovedFromMergeQueueEvent": {**pull, "reason": plain(lambda e: None)},
        "ClosedEvent": {**url, "stateReason": plain(_reason)}, "ReopenedEvent": {"stateReason": plain(_reason)},
        "MergedEvent": {
            **pull, **url, "mergeRefName": plain(lambda e: e.item.base_ref),
            "commit": to("Commit", lambda e: _git(e, "commit")),
        },
        "ReviewDismissedEvent": {
            **pull, **url, "previousReviewState": plain(lambda e: e.data["was"]),
            "dismissalMessage": plain(lambda e: e.data["message"]),
            "review": to("PullRequestReview", lambda e: e.data["review"]),
        },
        "HeadRefForcePushedEvent": {
            **pull, "beforeCommit": to("Commit", lambda e: _git(e, "before")),
            "afterCommit": to("Commit", lambda e: _git(e, "after")),
        },
        "CrossReferencedEvent": {
            **url, "source": to("ReferencedSubject", lambda e: e.data["source"]),
            "target": to("ReferencedSubject", lambda e: e.item), "willCloseTarget": plain(lambda e: False),
            "isCrossRepository": plain(lambda e: e.data["source"].repo is not e.item.repo),
            "referencedAt": plain(lambda e: stamp(e.created_at)),
        },
        "ConnectedEvent": {
            "source": to("ReferencedSubject", lambda e: e.item), "subject": to("ReferencedSubject", lambda e: e.data["subject"]),
            "isCrossRepository": plain(lambda e: e.data["subject"].repo is not e.item.repo),
        },
        "RenamedTitleEvent": {
            "previousTitle": plain(lambda e: e.data["from"]), "currentTitle": plain(lambda e: e.data["to"]),
        },
    }


def _requested(event: Event) -> Any:
    who = event.data["requested_reviewer"]
    return who if isinstance(who, Team) else alive(who)


def _reason(event: Event) -> str | None:
    if isinstance(event.item, Pull):
        return None
    return "REOPENED" if event.kind == "reopened" else str(event.data["state_reason"]).upper()
