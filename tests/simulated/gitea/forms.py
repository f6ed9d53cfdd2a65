"""The forms of Gitea's answers. Times have whole seconds; empty lists of users are null."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.simulated.forge.ground import Repo, User
from tests.simulated.forge.issue import Issue
from tests.simulated.forge.pull import Pull
from tests.simulated.forge.records import Change, Check, Comment, Review

Json = dict[str, Any]
REVIEWS = {"approved": "APPROVED", "changes_requested": "REQUEST_CHANGES", "commented": "COMMENT", "pending": "PENDING"}
TYPES = {
    "labeled": "label", "unlabeled": "label", "assigned": "assignees", "unassigned": "assignees", "review_requested": "review_request",
    "closed": "close", "reopened": "reopen", "merged": "merge_pull", "pushed": "pull_push", "titled": "change_title",
    "review_dismissed": "dismiss_review", "linked": "issue_ref",
}  # fmt: skip


def stamp(at: float | None) -> str | None:
    """`2026-03-01T12:00:00Z`."""
    return None if at is None else datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def user(who: User | None) -> Json | None:
    """An account; a deleted one is the ghost."""
    if who is None:
        return None
    if who.deleted:
        return {"id": -1, "login": "Ghost", "username": "Ghost"}
    return {"id": who.id, "login": who.login, "username": who.login, "full_name": ""}


def repo(one: Repo, web: str) -> Json:
    """A repository."""
    owner, _, name = one.path.partition("/")
    return {"id": one.id, "name": name, "full_name": one.path, "owner": {"login": owner}, "html_url": f"{web}/{one.path}"}


def item(thing: Issue, web: str) -> Json:
    """An issue, or a pull request as the list of issues shows it."""
    pull = thing if isinstance(thing, Pull) else None
    owner, _, name = thing.repo.path.partition("/")
    ended = thing.state != "open"
    return {
        "id": thing.id, "number": thing.number, "title": _title(thing), "body": thing.body, "user": user(thing.author),
        "state": "closed" if ended else "open", "labels": [{"id": n, "name": name} for n, name in enumerate(thing.labels, 1)],
        "assignee": user(thing.assignees[0]) if thing.assignees else None, "assignees": [user(u) for u in thing.assignees] or None,
        "created_at": stamp(thing.created_at), "updated_at": stamp(thing.updated_at),
        "closed_at": stamp(thing.closed_at) if ended else None,
        "comments": len(thing.comments), "html_url": f"{web}/{thing.repo.path}/{'pulls' if pull else 'issues'}/{thing.number}",
        "repository": {"id": thing.repo.id, "name": name, "owner": owner, "full_name": thing.repo.path},
        "pull_request": {"merged": pull.merged_at is not None, "merged_at": stamp(pull.merged_at)} if pull else None,
    }  # fmt: skip


def pull(thing: Pull, web: str) -> Json:
    """A pull request. `mergeable` is false for a draft as well."""
    base = repo(thing.repo, web)
    origin = None if thing.gone_fork else repo(thing.fork, web)
    return item(thing, web) | {
        "draft": thing.is_draft, "merged": thing.merged_at is not None, "merged_at": stamp(thing.merged_at),
        "merge_commit_sha": thing.merge_sha or None, "merged_by": user(thing.closed_by) if thing.merged_at else None,
        "mergeable": thing.state == "open" and not thing.conflicting and not thing.is_draft,
        "requested_reviewers": [user(u) for u in thing.requested] or None,
        "base": {"label": "main", "ref": "main", "sha": "0" * 40, "repo_id": thing.repo.id, "repo": base},
        "head": {
            "label": thing.branch, "ref": thing.branch, "sha": thing.head_sha, "repo": origin, "repo_id": origin["id"] if origin else 0,
        },
    }  # fmt: skip


def comment(one: Comment, web: str) -> Json:
    """A comment of the conversation."""
    is_pull = isinstance(one.item, Pull)
    page = f"{web}/{one.item.repo.path}/{'pulls' if is_pull else 'issues'}/{one.item.number}"
    return {
        "id": one.id, "body": one.body, "user": user(one.author), "created_at": stamp(one.created_at), "updated_at": stamp(one.updated_at),
        "html_url": f"{page}#issuecomment-{one.id}", "issue_url": "" if is_pull else page, "pull_request_url": page if is_pull else "",
    }  # fmt: skip


def inline(one: Comment, review: Review, web: str) -> Json:
    """A comment on a line; who resolved the thread stands on its first comment."""
    thread = one.thread
    first = thread is not None and thread.comments[0] is one
    return comment(one, web) | {
        "path": one.path, "position": one.line, "pull_request_review_id": review.id, "commit_id": review.commit,
        "resolver": user(thread.resolved_by) if thread is not None and first else None,
    }  # fmt: skip


def review(one: Review, head: str, web: str) -> Json:
    """A review, pending ones too."""
    return {
        "id": one.id, "user": user(one.author), "state": REVIEWS[one.state], "body": one.body, "commit_id": one.commit,
        "stale": one.commit != head, "official": one.author.login in one.item.repo.roles, "dismissed": one.dismissed,
        "comments_count": len(one.comments), "submitted_at": stamp(one.at), "updated_at": stamp(one.updated_at),
        "html_url": f"{web}/{one.item.repo.path}#review-{one.id}",
    }  # fmt: skip


def request(who: User, number: int, at: float) -> Json:
    """A request for a review, which stands among the reviews."""
    return {"id": number, "user": user(who), "state": "REQUEST_REVIEW", "body": "", "submitted_at": stamp(at), "comments_count": 0}


def change(one: Change, web: str) -> Json:
    """An entry of the timeline."""
    data, at = one.data, stamp(one.at)
    label = {"id": 1, "name": data["label"]} if "label" in data else None
    other = data.get("other")
    return {
        "id": one.id, "type": TYPES.get(one.kind, one.kind), "user": user(one.actor), "created_at": at, "updated_at": at, "label": label,
        "body": "1" if one.kind == "labeled" else "", "assignee": user(data.get("user")), "removed_assignee": one.kind == "unassigned",
        "ref_issue": item(other, web) if other else None,
    }  # fmt: skip


def status(one: Check) -> Json:
    """A commit status."""
    at = stamp(one.updated_at)
    return {"id": one.id, "context": one.name, "status": one.state or "pending", "created_at": stamp(one.created_at), "updated_at": at}


def _title(thing: Issue) -> str:
    return f"WIP: {thing.title}" if isinstance(thing, Pull) and thing.is_draft else thing.title
