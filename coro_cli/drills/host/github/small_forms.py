"""The REST forms of what hangs on issues and pull requests: comments, reviews, events, checks, statuses."""

from __future__ import annotations

from typing import Any

from coro_cli.drills.host.github.accounts import LONG_AGO
from coro_cli.drills.host.github.forms import Forms, Json
from coro_cli.drills.host.github.issue import Issue
from coro_cli.drills.host.github.pull import Pull
from coro_cli.drills.host.github.records import CheckRun, Comment, Commit, Event, Review, ReviewComment, Status, Team
from coro_cli.drills.host.github.world import User, stamp


def comment_form(forms: Forms, comment: Comment) -> Json:
    """A comment below an issue or pull request."""
    item, url = comment.item, forms.repo_url(comment.item.repo)
    return {
        "url": f"{url}/issues/comments/{comment.id}", "html_url": f"{forms.page_of(item)}#issuecomment-{comment.id}",
        "issue_url": f"{url}/issues/{item.number}", "id": comment.id, "node_id": comment.node_id,
        "user": forms.user(comment.author), "created_at": stamp(comment.created_at),
        "updated_at": stamp(comment.updated_at), "author_association": comment.association, "body": comment.body,
        "performed_via_github_app": None,
    }


def review_form(forms: Forms, review: Review) -> Json:
    """A review; the state in capitals, as the API (not the webhook) writes it."""
    pull = review.item
    page = f"{forms.page_of(pull)}#pullrequestreview-{review.id}"
    url = f"{forms.repo_url(pull.repo)}/pulls/{pull.number}"
    form = {
        "id": review.id, "node_id": review.node_id, "user": forms.user(review.author), "body": review.body,
        "state": review.state, "html_url": page, "pull_request_url": url, "author_association": review.association,
        "_links": {"html": {"href": page}, "pull_request": {"href": url}}, "commit_id": review.commit,
    }
    # A pending review has no such key at all.
    return form if review.submitted_at is None else {**form, "submitted_at": stamp(review.submitted_at)}


def inline_form(forms: Forms, comment: ReviewComment) -> Json:
    """A comment on a line."""
    thread, pull = comment.thread, comment.thread.item
    url, page = forms.repo_url(pull.repo), f"{forms.page_of(pull)}#discussion_r{comment.id}"
    first = thread.comments[0]
    links = {"self": f"{url}/pulls/comments/{comment.id}", "html": page, "pull_request": f"{url}/pulls/{pull.number}"}
    form = {
        "url": links["self"], "pull_request_review_id": comment.review.id, "id": comment.id, "node_id": comment.node_id,
        "diff_hunk": "@@ -1 +1 @@", "path": thread.path, "commit_id": pull.head_sha,
        "original_commit_id": comment.commit, "user": forms.user(comment.author), "body": comment.body,
        "created_at": stamp(comment.created_at), "updated_at": stamp(comment.updated_at), "html_url": page,
        "pull_request_url": links["pull_request"], "author_association": comment.association,
        "_links": {name: {"href": href} for name, href in links.items()}, "start_line": None, "side": "RIGHT",
        "line": thread.line, "original_line": thread.line, "position": 1, "original_position": 1,
        "subject_type": "line",
    }
    return form if comment is first else {**form, "in_reply_to_id": first.id}


def event_form(forms: Forms, event: Event, *, with_issue: bool = False) -> Json:
    """An issue event; the repository's own list carries the issue with each."""
    url = forms.repo_url(event.item.repo)
    sha = event.data.get("commit")
    form = {
        "id": event.id, "node_id": event.node_id, "url": f"{url}/issues/events/{event.id}",
        "actor": forms.user(event.actor), "event": event.kind, "commit_id": sha,
        "commit_url": f"{url}/commits/{sha}" if sha else None, "created_at": stamp(event.created_at),
        **_event_data(forms, event), "performed_via_github_app": None,
    }
    return {**form, "issue": forms.issue(event.item)} if with_issue else form


def _event_data(forms: Forms, event: Event) -> Json:
    data = event.data
    match event.kind:
        case "labeled" | "unlabeled":
            return {"label": {"name": data["label"].name, "color": "ededed"}}
        case "assigned" | "unassigned":
            user = forms.user(data["assignee"])
            return {"assignee": user, "assigner": forms.user(event.actor)}
        case "review_requested" | "review_request_removed":
            who, asker = data["requested_reviewer"], {"review_requester": forms.user(event.actor)}
            return asker | requested_form(forms, who)
        case "renamed":
            return {"rename": {"from": data["from"], "to": data["to"]}}
        case "closed":
            return {"state_reason": None if isinstance(event.item, Pull) else data["state_reason"]}
        case "head_ref_force_pushed":
            return {"commit_id": data["after"]}
        case "review_dismissed":
            return {"dismissed_review": _dismissed(data)}
        case _:
            return {}


def requested_form(forms: Forms, who: User | Team) -> Json:
    """Who is asked for a review: under another key when it is a team."""
    return {"requested_team": forms.team(who)} if isinstance(who, Team) else {"requested_reviewer": forms.user(who)}


def _dismissed(data: dict[str, Any]) -> Json:
    return {"state": data["was"].lower(), "review_id": data["review"].id, "dismissal_message": data["message"]}


def timeline_form(forms: Forms, entry: Any) -> Json:
    """An entry of the timeline. Reviews and comments are told in full, commits without an account."""
    match entry:
        case Comment():
            return {"event": "commented", **comment_form(forms, entry), "actor": forms.user(entry.author)}
        case Review():
            form = review_form(forms, entry)
            return {"event": "reviewed", **form, "state": entry.state.lower()}
        case Commit():
            return _commit(forms, entry)
        case Event(kind="cross-referenced"):
            return _reference(forms, entry)
        case _:
            return event_form(forms, entry)


def _commit(forms: Forms, commit: Commit) -> Json:
    login = commit.author.login
    person = {"name": login, "email": f"{login}@example.com", "date": stamp(commit.created_at)}
    url, page = forms.repo_url(commit.item.repo), f"{forms.html}/{commit.item.repo.full_name}"
    return {
        "event": "committed", "sha": commit.sha, "node_id": commit.node_id, "url": f"{url}/git/commits/{commit.sha}",
        "html_url": f"{page}/commit/{commit.sha}", "author": person, "committer": person, "message": commit.message,
    }


def _reference(forms: Forms, event: Event) -> Json:
    source: Issue = event.data["source"]
    at = stamp(event.created_at)
    return {
        "event": "cross-referenced", "actor": forms.user(event.actor), "created_at": at, "updated_at": at,
        "source": {"type": "issue", "issue": {**forms.issue(source), "repository": forms.repo(source.repo)}},
    }


def check_form(forms: Forms, run: CheckRun, repo_url: str) -> Json:
    """A check run."""
    url = f"{repo_url}/check-runs/{run.id}"
    return {
        "id": run.id, "name": run.name, "node_id": run.node_id, "head_sha": run.sha, "external_id": "",
        "url": url, "html_url": f"{repo_url}/runs/{run.id}",
        "details_url": f"https://ci.example.com/{run.id}", "status": run.status, "conclusion": run.conclusion,
        "started_at": stamp(run.started_at), "completed_at": stamp(run.completed_at), "check_suite": {"id": run.suite},
        "output": dict.fromkeys(["title", "summary", "text"]) | {"annotations_count": 0, "annotations_url": f"{url}/annotations"},
        "pull_requests": [],
        "app": app_form(forms),
    }


def app_form(forms: Forms) -> Json:
    """The app that runs all checks here."""
    return {
        "id": 15368, "node_id": "A_15368", "slug": "ci", "name": "ci", "description": None, "external_url": "https://ci.example.com",
        "html_url": f"{forms.html}/apps/ci", "owner": None, "permissions": {"checks": "write"}, "events": [],
        "created_at": LONG_AGO, "updated_at": LONG_AGO,
    }


def status_form(forms: Forms, status: Status, repo_url: str) -> Json:
    """A commit status."""
    at = stamp(status.created_at)
    return {
        "url": f"{repo_url}/statuses/{status.sha}", "id": status.id, "node_id": status.node_id, "state": status.state,
        "description": None, "target_url": f"https://ci.example.com/{status.id}", "context": status.context,
        "avatar_url": None, "created_at": at, "updated_at": at,
    }
