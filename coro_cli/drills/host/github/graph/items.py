"""Issues and pull requests in GraphQL."""

from __future__ import annotations

from typing import Any

from coro_cli.drills.host.github.graph.actors import state_of
from coro_cli.drills.host.github.graph.ground import Ground, alive, pages, small, without_markup
from coro_cli.drills.host.github.graph.talk import seen_reviews
from coro_cli.drills.host.github.graph.timeline import entries
from coro_cli.drills.host.github.issue import Issue
from coro_cli.drills.host.github.pull import Pull
from coro_cli.drills.host.github.records import Review, Team
from coro_cli.drills.host.github.world import stamp
from coro_cli.drills.host.graphql.schema import Args, Fields, Schema, plain, to


def add_items(schema: Schema, ground: Ground) -> None:
    """`Issue`, `PullRequest`, `Label`, `ReviewRequest`."""
    schema.types["Label"] = {
        "id": plain(lambda x: x.node_id), "name": plain(lambda x: x.name), "color": plain(lambda x: "ededed"),
        "description": plain(lambda x: None),
    }
    common = _common(schema, ground)
    schema.types["Issue"] = {
        **common, "fullDatabaseId": plain(lambda i: str(i.id)), "databaseId": plain(lambda i: small(i.id)),
        "stateReason": plain(lambda i: i.state_reason.upper() or None), "parent": to("Issue", lambda i: i.parent_issue),
        "subIssues": pages(schema, "Issue", lambda i, args: i.sub_issues),
        "timelineItems": _timeline(schema, "Issue"),
    }
    schema.types["PullRequest"] = {**common, **_branch(), **_ending(), **_review_fields(schema, ground)}
    schema.types["PullRequest"] |= {
        "fullDatabaseId": plain(lambda p: str(p.pull_id)), "databaseId": plain(lambda p: small(p.pull_id)),
        "commits": pages(schema, "PullRequestCommit", lambda p, args: p.commits),
        "timelineItems": _timeline(schema, "PullRequest"),
    }


def _timeline(schema: Schema, kind: str) -> Any:
    args = {"since": "DateTime", "itemTypes": f"[{kind}TimelineItemsItemType!]"}
    return pages(schema, f"{kind}TimelineItems", entries, **args)


def _common(schema: Schema, ground: Ground) -> Fields:
    return {
        "id": plain(lambda i: i.node_id), "number": plain(lambda i: i.number), "title": plain(lambda i: i.title),
        "body": plain(lambda i: i.body), "bodyText": plain(lambda i: without_markup(i.body)),
        "url": plain(lambda i: ground.forms.page_of(i)), "state": plain(state_of),
        "closed": plain(lambda i: i.state == "closed"), "closedAt": plain(lambda i: stamp(i.closed_at)),
        "createdAt": plain(lambda i: stamp(i.created_at)), "updatedAt": plain(lambda i: stamp(i.updated_at)),
        "author": to("Actor", lambda i: alive(i.author)), "authorAssociation": plain(lambda i: i.association),
        "viewerDidAuthor": plain(lambda i: i.author.login == ground.me()), "locked": plain(lambda i: False),
        "repository": to("Repository", lambda i: i.repo),
        "labels": pages(schema, "Label", lambda i, args: list(i.labels.values())),
        "assignees": pages(schema, "User", lambda i, args: [u for u in i.assignees.values() if not u.deleted]),
        "comments": pages(schema, "IssueComment", _comments, orderBy="IssueCommentOrder"),
    }


def _branch() -> Fields:
    return {
        "headRefOid": plain(lambda p: p.head_sha), "headRefName": plain(lambda p: p.head_ref),
        "baseRefName": plain(lambda p: p.base_ref), "baseRefOid": plain(lambda p: p.base_sha),
        "headRepository": to("Repository", lambda p: p.head_repo),
        "isCrossRepository": plain(lambda p: p.head_repo is not p.repo),
        "statusCheckRollup": to("StatusCheckRollup", lambda p: (p.head_sha, p) if p.rollup() else None),
    }


def _ending() -> Fields:
    return {
        "isDraft": plain(lambda p: p.draft_now), "merged": plain(lambda p: p.merged_at is not None),
        "mergedAt": plain(lambda p: stamp(p.merged_at)), "mergeable": plain(_mergeable),
        "mergedBy": to("Actor", lambda p: alive(p.closed_by) if p.merged_at is not None else None),
        "mergeCommit": to("Commit", lambda p: (p.merge_sha, p) if p.merged_at is not None else None),
        "potentialMergeCommit": to("Commit", lambda p: (p.merge_sha, p) if p.state == "open" else None),
        "mergeStateStatus": plain(lambda p: "UNKNOWN" if p.puzzled else p.merge_state().upper()),
        "isInMergeQueue": plain(lambda p: p.queued), "reviewDecision": plain(lambda p: p.decision()),
    }


def _review_fields(schema: Schema, ground: Ground) -> Fields:
    def reviews(pull: Pull, args: Args) -> list[Review]:
        wanted = args.get("states")
        shown = [r for r in seen_reviews(ground, pull.reviews) if not wanted or r.state in wanted]
        return [r for r in shown if args.get("author", r.author.login) == r.author.login]

    schema.types["ReviewRequest"] = {
        "id": plain(lambda r: f"RR_{r.node_id}"), "asCodeOwner": plain(lambda r: False),
        "requestedReviewer": to("RequestedReviewer", lambda r: r if isinstance(r, Team) else alive(r)),
    }
    return {
        "reviews": pages(schema, "PullRequestReview", reviews, states="[PullRequestReviewState!]", author="String"),
        "latestOpinionatedReviews": pages(
            schema, "PullRequestReview", lambda p, args: p.opinions(), writersOnly="Boolean"
        ),
        "reviewThreads": pages(schema, "PullRequestReviewThread", lambda p, args: _threads(p)),
        "reviewRequests": pages(schema, "ReviewRequest", lambda p, args: [*p.requested.values(), *p.teams.values()]),
    }


def _comments(item: Issue, args: Args) -> list[Any]:
    if not args.get("orderBy"):
        return item.comments
    return sorted(item.comments, key=lambda c: (c.updated_at, c.id), reverse=args["orderBy"].get("direction") == "DESC")


def _threads(pull: Pull) -> list[Any]:
    return [t for t in pull.threads if any(c.review.submitted_at is not None for c in t.comments)]


def _mergeable(pull: Pull) -> str:
    if pull.state != "open" or pull.puzzled:
        return "UNKNOWN"
    return "CONFLICTING" if pull.conflicting else "MERGEABLE"
