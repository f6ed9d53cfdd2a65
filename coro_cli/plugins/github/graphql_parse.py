"""GraphQL nodes in the shape that REST gives the same things, so that one reader (`forms`) makes the same keys of both.

The two differ in names (`createdAt`, `created_at`), in words (`LabeledEvent`, `labeled`) and in ids: REST's `id` is
`fullDatabaseId` here, and its `node_id` is `id`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from coro_cli.plugins.protocol import Broken, items, maybe, text

Json = dict[str, Any]
_EVENTS = {
    "LabeledEvent": "labeled", "UnlabeledEvent": "unlabeled", "AssignedEvent": "assigned", "UnassignedEvent": "unassigned",
    "ClosedEvent": "closed", "ReopenedEvent": "reopened", "ReviewRequestedEvent": "review_requested",
    "ReviewDismissedEvent": "review_dismissed", "ReadyForReviewEvent": "ready_for_review",
    "ConvertToDraftEvent": "convert_to_draft", "CrossReferencedEvent": "cross-referenced", "ConnectedEvent": "connected",
    "ParentIssueAddedEvent": "parent_issue_added", "ParentIssueRemovedEvent": "parent_issue_removed",
    "SubIssueAddedEvent": "sub_issue_added", "SubIssueRemovedEvent": "sub_issue_removed",
}  # fmt: skip


def pull(node: Json) -> Json:
    """A pull request as `GET /repos/{owner}/{repo}/pulls/{number}` gives it."""
    mergeable = {"CONFLICTING": False, "MERGEABLE": True}.get(text(node, "mergeable"))
    requested = [maybe(item, "requestedReviewer") for item in listed(node, "reviewRequests")]
    return _common(node) | {
        "draft": node.get("isDraft"), "head": {"sha": node.get("headRefOid")}, "merged_at": node.get("mergedAt"),
        "merged_by": node.get("mergedBy"), "mergeable": mergeable, "merge_commit_sha": maybe(node, "mergeCommit", "oid"),
        "base": {"repo": {"id": maybe(node, "repository", "databaseId"), "full_name": maybe(node, "repository", "nameWithOwner")}},
        "requested_reviewers": [who for who in requested if text(who, "login")],
    }  # fmt: skip


def issue(node: Json) -> Json:
    """An issue as `GET /repos/{owner}/{repo}/issues/{number}` gives it."""
    closed = [event for event in timeline(node) if event["event"] == "closed"]
    return _common(node) | {"closed_by": closed[-1]["actor"] if closed and node.get("closed") else None}


def _common(node: Json) -> Json:
    return {
        "node_id": node.get("id"), "number": node.get("number"), "html_url": node.get("url"), "title": node.get("title"),
        "body": node.get("body"), "state": "closed" if node.get("closed") is True else "open" if node.get("closed") is False else None,
        "user": node.get("author"), "author_association": node.get("authorAssociation"), "created_at": node.get("createdAt"),
        "updated_at": node.get("updatedAt"), "closed_at": node.get("closedAt"),
        "labels": listed(node, "labels"), "assignees": _assigned(node),
    }  # fmt: skip


def _assigned(node: Json) -> list[Json]:
    """People, and the bots that the history last shows as assigned: the connection is one of users alone."""
    bots: dict[str, Json | None] = {}
    for item in listed(node, "timelineItems"):
        who = item.get("assignee")
        if text(who, "__typename") == "Bot":
            bots[text(who, "login")] = who if text(item, "__typename") == "AssignedEvent" else None
    return [*(user for user in listed(node, "assignees") if text(user, "login") not in bots), *(bot for bot in bots.values() if bot)]


def reviews(node: Json, url: str) -> list[Json]:
    """The newest reviews and each person's last verdict, once each, oldest first."""
    both = [*listed(node, "latestOpinionatedReviews"), *listed(node, "reviews")]
    known = {text(review, "fullDatabaseId"): review for review in both}
    made = [_review(review, url) for review in known.values()]
    return sorted(made, key=lambda review: (review["submitted_at"] or "", review["id"]))


def _review(review: Json, url: str) -> Json:
    return _said(review, url) | {
        "state": review.get("state"), "submitted_at": review.get("submittedAt"), "commit_id": maybe(review, "commit", "oid"),
    }  # fmt: skip


def comments(node: Json, url: str) -> list[Json]:
    """Of the conversation, oldest first."""
    return _oldest_first(_comment(comment, url) for comment in listed(node, "comments"))


def inline(node: Json, url: str) -> list[Json]:
    """On lines, oldest first."""
    found = []
    for review in listed(node, "reviews"):
        if text(review, "state") == "PENDING":
            continue  # the token's own draft: nobody else sees it, nor does REST show it
        for comment in listed(review, "comments"):
            place = {"path": comment.get("path"), "line": comment.get("line"), "original_line": comment.get("originalLine")}
            found.append(_comment(comment, url) | place | {"pull_request_review_id": _number(review, url)})
    return _oldest_first(found)


def _comment(comment: Json, url: str) -> Json:
    times = {"created_at": comment.get("createdAt"), "updated_at": comment.get("updatedAt")}
    return _said(comment, url) | times | {"published_at": comment.get("publishedAt")}


def _said(thing: Json, url: str) -> Json:
    return {
        "id": _number(thing, url), "user": thing.get("author"), "author_association": thing.get("authorAssociation"),
        "body": thing.get("body"), "html_url": thing.get("url"),
    }  # fmt: skip


def _oldest_first(found: Iterable[Json]) -> list[Json]:
    return sorted(found, key=lambda comment: (str(comment["created_at"]), comment["id"]))


def _number(thing: Json, url: str) -> int:
    """REST's id. GraphQL's own numbers have 32 bits, so it sends this one as text."""
    number = thing.get("fullDatabaseId")
    try:
        return int(number)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise Broken(f"{url} answered without a usable `fullDatabaseId`") from None


def timeline(node: Json) -> list[Json]:
    """The issue's history, oldest first, as `/issues/{number}/events` and `/timeline` give it."""
    return [_happening(item) for item in listed(node, "timelineItems") if text(item, "__typename") in _EVENTS]


def _happening(item: Json) -> Json:
    subject = item.get("source") or item.get("subject")
    return {
        "event": _EVENTS[text(item, "__typename")], "node_id": item.get("id"), "actor": item.get("actor"),
        "created_at": item.get("createdAt"), "label": item.get("label"), "assignee": item.get("assignee"),
        "requested_reviewer": item.get("requestedReviewer"), "requested_team": item.get("requestedReviewer"),
        "state_reason": text(item, "stateReason").lower() or None, "parent_issue": {"html_url": maybe(item, "parent", "url")},
        "sub_issue": {"html_url": maybe(item, "subIssue", "url")},
        "source": {"issue": {"html_url": maybe(subject, "url"), "node_id": maybe(subject, "id")}},
        "dismissed_review": {
            "review_id": maybe(item, "review", "fullDatabaseId"), "dismissal_message": item.get("dismissalMessage"),
            "state": text(item, "previousReviewState").lower(),
        },
    }  # fmt: skip


def verdicts(node: Json) -> tuple[str, list[tuple[str, str, Any]]] | None:
    """The head's sha and its checks as (name, conclusion, time); None where they were not asked for."""
    commits = listed(node, "commits")
    if "commits" not in node:
        return None
    head = maybe(commits[-1], "commit") if commits else None
    found: list[tuple[str, str, Any]] = []
    for one in listed(maybe(head, "statusCheckRollup") or {}, "contexts"):
        if text(one, "__typename") == "CheckRun":
            found.append((text(one, "name"), text(one, "conclusion"), one.get("completedAt")))
        else:
            found.append((text(one, "context"), text(one, "state"), one.get("createdAt")))
    return text(head, "oid"), found


def listed(node: Any, name: str) -> list[Json]:
    """The nodes of a connection."""
    return items(maybe(node, name, "nodes"))


def has_more(node: Any, name: str, way: str) -> bool:
    """Whether a connection goes on beyond its window. way: `Previous` or `Next`."""
    return maybe(node, name, "pageInfo", f"has{way}Page") is True
