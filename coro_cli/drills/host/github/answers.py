"""GitHub's REST answers about a repository, as far as one who watches needs them (https://docs.github.com/rest)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from coro_cli.drills.host.github import small_forms as small
from coro_cli.drills.host.github.forms import Forms
from coro_cli.drills.host.github.issue import Issue
from coro_cli.drills.host.github.pull import Pull
from coro_cli.drills.host.github.records import Event
from coro_cli.drills.host.github.rest import Answer, Ask, Missing
from coro_cli.drills.host.messages import Request, Response

T = TypeVar("T", bound=Issue)


def repository(ask: Ask) -> Response:
    """`GET /repos/{owner}/{repo}`."""
    return Response(body={**ask.forms.repo(ask.repo), "permissions": {"admin": False, "push": True, "pull": True}})


def permission(ask: Ask) -> Response:
    """What an account may do; `permission` is the coarse word, `role_name` the fine one."""
    user = ask.forms.world.users.get(ask.request.params["login"].lower())
    if user is None or user.deleted:
        raise Missing
    stranger = "none" if ask.repo.private else "read"
    role = "admin" if user.login == ask.repo.owner else ask.repo.members.get(user.login, stranger)
    coarse = {"maintain": "write", "triage": "read"}.get(role, role)
    return Response(body={"permission": coarse, "role_name": role, "user": ask.forms.user(user)})


def pulls(ask: Ask) -> Response:
    """All pull requests: `state`, `sort`, `direction`, `head` (`owner:branch`); there is no `since`."""
    found = [item for item in ask.repo.items.values() if isinstance(item, Pull)]
    if wanted := ask.request.query.get("head"):
        found = [item for item in found if ask.forms.pull(item)["head"]["label"] == wanted]
    return ask.page(_sorted(_in_state(found, ask.request), ask.request), Forms.pull)


def pull(ask: Ask) -> Response:
    """One pull request. While its merge state is being worked out, each look brings the answer nearer."""
    form = ask.forms.whole_pull(ask.pull)
    ask.pull.puzzled = max(0, ask.pull.puzzled - 1)
    return Response(body=form)


def reviews(ask: Ask) -> Response:
    """Reviews, oldest first; a pending one is seen by its author alone."""
    seen = [r for r in ask.pull.reviews if r.submitted_at is not None or r.author.login == ask.me]
    return ask.page(seen, small.review_form)


def requested_reviewers(ask: Ask) -> Response:
    """Who is asked and has not answered."""
    users = [ask.forms.user(user) for user in ask.pull.requested.values()]
    return Response(body={"users": users, "teams": [ask.forms.team(team) for team in ask.pull.teams.values()]})


def inline_comments(ask: Ask) -> Response:
    """Comments on the lines of one pull request."""
    return ask.page(_recent(_inline(ask.pull), ask.request), small.inline_form)


def all_inline_comments(ask: Ask) -> Response:
    """Comments on lines in the whole repository: `sort`, `direction`, `since`."""
    found = [c for item in ask.repo.items.values() if isinstance(item, Pull) for c in _inline(item)]
    return ask.page(_sorted(_recent(found, ask.request), ask.request, default="asc"), small.inline_form)


def issues(ask: Ask) -> Response:
    """Issues and pull requests together: `state`, `sort`, `direction`, `since`."""
    found = _recent(_in_state(list(ask.repo.items.values()), ask.request), ask.request)
    return ask.page(_sorted(found, ask.request), Forms.issue)


def issue(ask: Ask) -> Response:
    """One issue (or pull request, in its issue form)."""
    return Response(body=ask.forms.issue(ask.item))


def comments(ask: Ask) -> Response:
    """Comments of one, oldest first: `since` is by update."""
    return ask.page(_recent(ask.item.comments, ask.request), small.comment_form)


def all_comments(ask: Ask) -> Response:
    """Comments of the whole repository: `sort`, `direction`, `since`."""
    found = [comment for item in ask.repo.items.values() for comment in item.comments]
    return ask.page(_sorted(_recent(found, ask.request), ask.request, default="asc"), small.comment_form)


def events(ask: Ask) -> Response:
    """Events of one, oldest first; comments, reviews, commits and references are in the timeline only."""
    return ask.page(_events(ask.item), small.event_form)


def all_events(ask: Ask) -> Response:
    """Events of the whole repository, newest first."""
    found = [event for item in ask.repo.items.values() for event in _events(item)]
    found.sort(key=lambda event: event.id, reverse=True)
    return ask.page(found, lambda forms, event: small.event_form(forms, event, with_issue=True))


def timeline(ask: Ask) -> Response:
    """All that happened to one, oldest first."""
    return ask.page(ask.item.timeline, small.timeline_form)


def parent(ask: Ask) -> Response:
    """The issue it is a sub-issue of; 404 without one."""
    if ask.item.parent_issue is None:
        raise Missing
    return Response(body=ask.forms.issue(ask.item.parent_issue))


def sub_issues(ask: Ask) -> Response:
    """Its sub-issues."""
    return ask.page(ask.item.sub_issues, Forms.issue)


def check_runs(ask: Ask) -> Response:
    """The latest run of each check on a commit: `status`, `check_name`."""
    wanted, root = ask.request.query, ask.forms.repo_url(ask.repo)
    runs = ask.repo.checks.get(ask.request.params["sha"], [])
    runs = [run for run in runs if run.status == wanted.get("status", run.status)]
    runs = [run for run in runs if run.name == wanted.get("check_name", run.name)]
    page = ask.page(runs, lambda forms, run: small.check_form(forms, run, root))
    return Response(body={"total_count": len(runs), "check_runs": page.body}, headers=page.headers)


def combined_status(ask: Ask) -> Response:
    """All commit statuses as one word; `pending` also when there is none."""
    sha, root = ask.request.params["sha"], ask.forms.repo_url(ask.repo)
    known = ask.repo.statuses.get(sha, [])
    words = {"failure" if status.state == "error" else status.state for status in known}
    state = next((word for word in ("failure", "pending") if word in words), "success" if known else "pending")
    page = ask.page(known, lambda forms, status: small.status_form(forms, status, root))
    body = {
        "state": state, "statuses": page.body, "sha": sha, "total_count": len(known),
        "repository": ask.forms.repo(ask.repo), "commit_url": f"{root}/commits/{sha}",
        "url": f"{root}/commits/{sha}/status",
    }
    return Response(body=body, headers=page.headers)


ANSWERS: dict[str, Answer] = {
    "": repository, "/collaborators/{login}/permission": permission,
    "/pulls": pulls, "/pulls/comments": all_inline_comments, "/pulls/{number}": pull,
    "/pulls/{number}/reviews": reviews, "/pulls/{number}/comments": inline_comments,
    "/pulls/{number}/requested_reviewers": requested_reviewers,
    "/issues": issues, "/issues/comments": all_comments, "/issues/events": all_events, "/issues/{number}": issue,
    "/issues/{number}/comments": comments, "/issues/{number}/events": events, "/issues/{number}/timeline": timeline,
    "/issues/{number}/parent": parent, "/issues/{number}/sub_issues": sub_issues,
    "/commits/{sha}/check-runs": check_runs, "/commits/{sha}/status": combined_status,
}


def _inline(pull: Pull) -> list[Any]:
    found = [c for thread in pull.threads for c in thread.comments if c.review.submitted_at is not None]
    return sorted(found, key=lambda comment: comment.id)


def _events(item: Issue) -> list[Event]:
    return [e for e in item.timeline if isinstance(e, Event) and e.kind != "cross-referenced"]


def _in_state(items: Sequence[T], request: Request) -> list[T]:
    state = request.query.get("state", "open")
    return [item for item in items if state == "all" or item.state == state]


def _recent(items: Sequence[Any], request: Request) -> list[Any]:
    since = _instant(request.query.get("since", ""))
    return [item for item in items if item.updated_at >= since]


def _sorted(items: Sequence[Any], request: Request, *, default: str = "desc") -> list[Any]:
    field = "updated_at" if request.query.get("sort") == "updated" else "created_at"
    newest_first = request.query.get("direction", default) == "desc"
    return sorted(items, key=lambda item: (getattr(item, field), item.id), reverse=newest_first)


def _instant(text: str) -> float:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return 0.0
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
