"""Comments, reviews and threads in GraphQL."""

from __future__ import annotations

from typing import Any

from coro_cli.drills.host.github.graph.ground import Ground, alive, pages, small, without_markup
from coro_cli.drills.host.github.records import Review, ReviewComment, Thread
from coro_cli.drills.host.github.world import stamp
from coro_cli.drills.host.graphql.schema import Args, Fields, Schema, plain, to

REVIEW_STATES = frozenset({"PENDING", "COMMENTED", "APPROVED", "CHANGES_REQUESTED", "DISMISSED"})


def add_talk(schema: Schema, ground: Ground) -> None:
    """`IssueComment`, `PullRequestReview`, `PullRequestReviewComment`, `PullRequestReviewThread`."""
    schema.enums["PullRequestReviewState"] = REVIEW_STATES
    said = _said(ground)
    schema.types["IssueComment"] = {
        **said, **_edited(), "url": plain(lambda c: f"{ground.forms.page_of(c.item)}#issuecomment-{c.id}"),
        "publishedAt": plain(lambda c: stamp(c.created_at)),
        "isMinimized": plain(lambda c: False),
    }
    schema.types["PullRequestReviewComment"] = {
        **said, **_edited(), "url": plain(lambda c: f"{ground.forms.page_of(c.thread.item)}#discussion_r{c.id}"),
        "path": plain(lambda c: c.thread.path), "line": plain(lambda c: c.thread.line),
        "originalLine": plain(lambda c: c.thread.line), "publishedAt": plain(lambda c: stamp(c.review.submitted_at)),
        "pullRequestReview": to("PullRequestReview", lambda c: c.review),
        "replyTo": to("PullRequestReviewComment", _first),
        "commit": to("Commit", lambda c: (c.commit, c.thread.item)), "isMinimized": plain(lambda c: False),
    }
    _add_review(schema, ground, said)
    _add_thread(schema)


def seen_reviews(ground: Ground, reviews: list[Review]) -> list[Review]:
    """All but the pending ones of others."""
    return [r for r in reviews if r.submitted_at is not None or r.author.login == ground.me()]


def _add_review(schema: Schema, ground: Ground, said: Fields) -> None:
    schema.types["PullRequestReview"] = {
        **said, "state": plain(lambda r: r.state), "submittedAt": plain(lambda r: stamp(r.submitted_at)),
        "updatedAt": plain(lambda r: stamp(r.updated_at)), "lastEditedAt": plain(lambda r: None),
        "url": plain(lambda r: f"{ground.forms.page_of(r.item)}#pullrequestreview-{r.id}"),
        "commit": to("Commit", lambda r: (r.commit, r.item)), "isMinimized": plain(lambda r: False),
        "comments": pages(schema, "PullRequestReviewComment", lambda r, args: r.comments),
        "pullRequest": to("PullRequest", lambda r: r.item),
    }


def _add_thread(schema: Schema) -> None:
    def shown(thread: Thread, args: Args) -> list[Any]:
        return [c for c in thread.comments if c.review.submitted_at is not None]

    schema.types["PullRequestReviewThread"] = {
        "id": plain(lambda t: t.node_id), "isResolved": plain(lambda t: t.resolved),
        "isOutdated": plain(lambda t: False), "isCollapsed": plain(lambda t: t.resolved),
        "resolvedBy": to("User", lambda t: alive(t.resolved_by)), "path": plain(lambda t: t.path),
        "line": plain(lambda t: t.line), "originalLine": plain(lambda t: t.line),
        "comments": pages(schema, "PullRequestReviewComment", shown),
        "pullRequest": to("PullRequest", lambda t: t.item),
    }


def _first(comment: ReviewComment) -> ReviewComment | None:
    first = comment.thread.comments[0]
    return None if comment is first else first


def _said(ground: Ground) -> Fields:
    return {
        "id": plain(lambda c: c.node_id), "databaseId": plain(lambda c: small(c.id)),
        "fullDatabaseId": plain(lambda c: str(c.id)), "author": to("Actor", lambda c: alive(c.author)),
        "authorAssociation": plain(lambda c: c.association), "body": plain(lambda c: c.body),
        "bodyText": plain(lambda c: without_markup(c.body)), "createdAt": plain(lambda c: stamp(c.created_at)),
        "viewerDidAuthor": plain(lambda c: c.author.login == ground.me()),
    }


def _edited() -> Fields:
    return {
        "updatedAt": plain(lambda c: stamp(c.updated_at)), "lastEditedAt": plain(lambda c: stamp(c.edited_at)),
        "includesCreatedEdit": plain(lambda c: c.edited_at is not None),
    }
