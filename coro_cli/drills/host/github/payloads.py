"""The bodies of GitHub's webhook deliveries (https://docs.github.com/webhooks/webhook-events-and-payloads)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coro_cli.drills.host.github import small_forms as small
from coro_cli.drills.host.github.forms import Forms, Json
from coro_cli.drills.host.github.issue import Issue
from coro_cli.drills.host.github.pull import Pull
from coro_cli.drills.host.github.records import CheckRun
from coro_cli.drills.host.github.world import Happening, User, stamp


def payload(event: str, action: str, item: Issue, *, forms: Forms, sender: User | None = None, **extra: Any) -> Json:
    """The body of one delivery, from the model as it is now.

    extra: what the action is about: `review`, `comment`, `thread`, `label`, `assignee`, `requested_reviewer`,
    `before` and `after`, `run` (check run), `runs` (a whole suite), `status`, `parent` or `sub_issue`.
    """
    head: Json = {"action": action} if event != "status" else {}
    tail = {"repository": forms.repo(item.repo), "sender": forms.user(sender or item.author)}
    return {**head, **_BODIES[event](forms, item, extra), **tail}


def payload_of(forms: Forms, happening: Happening) -> Json:
    """The body for something that just happened."""
    h = happening
    return payload(h.event, h.action, h.item, forms=forms, sender=h.sender, **h.extra)


def _as_pull(item: Issue) -> Pull:
    if not isinstance(item, Pull):
        raise TypeError(f"#{item.number} is no pull request")
    return item


def _pull_request(forms: Forms, item: Issue, extra: Json) -> Json:
    pull = _as_pull(item)
    pushed: Json = {name: extra[name] for name in ("before", "after") if name in extra}
    return {"number": pull.number, "pull_request": forms.whole_pull(pull), **pushed, **_about(forms, pull, extra)}


def _issues(forms: Forms, item: Issue, extra: Json) -> Json:
    return {"issue": forms.issue(item), **_about(forms, item, extra)}


def _about(forms: Forms, item: Issue, extra: Json) -> Json:
    found: Json = {}
    if "label" in extra:
        found["label"] = forms.label(extra["label"], item.repo)
    if "assignee" in extra:
        found["assignee"] = forms.user(extra["assignee"])
    if "requested_reviewer" in extra:
        found |= small.requested_form(forms, extra["requested_reviewer"])
    return found


def _comment(forms: Forms, item: Issue, extra: Json) -> Json:
    return {"issue": forms.issue(item), "comment": small.comment_form(forms, extra["comment"])}


def _review(forms: Forms, item: Issue, extra: Json) -> Json:
    pull = _as_pull(item)
    form = small.review_form(forms, extra["review"])
    # Deliveries write the state in small letters, the API in capitals.
    return {"review": {**form, "state": extra["review"].state.lower()}, "pull_request": forms.pull(pull)}


def _inline(forms: Forms, item: Issue, extra: Json) -> Json:
    pull = _as_pull(item)
    return {"comment": small.inline_form(forms, extra["comment"]), "pull_request": forms.pull(pull)}


def _thread(forms: Forms, item: Issue, extra: Json) -> Json:
    pull = _as_pull(item)
    thread = extra["thread"]
    comments = [small.inline_form(forms, comment) for comment in thread.comments]
    return {"thread": {"node_id": thread.node_id, "comments": comments}, "pull_request": forms.pull(pull)}


def _check_run(forms: Forms, item: Issue, extra: Json) -> Json:
    pull = _as_pull(item)
    form = small.check_form(forms, extra["run"], forms.repo_url(pull.repo))
    return {"check_run": {**form, "pull_requests": _pulls(forms, pull)}}


def _check_suite(forms: Forms, item: Issue, extra: Json) -> Json:
    pull = _as_pull(item)
    runs: list[CheckRun] = extra["runs"]
    url, last = forms.repo_url(pull.repo), runs[-1]
    failed = [run.conclusion for run in runs if run.verdict == "FAILURE"]
    suite = {
        "id": last.suite, "node_id": f"CS_{last.suite}", "head_branch": pull.head_ref, "head_sha": last.sha,
        "status": "completed", "conclusion": failed[0] if failed else "success", "before": pull.base_sha,
        "after": last.sha, "url": f"{url}/check-suites/{last.suite}", "pull_requests": _pulls(forms, pull),
        "check_runs_url": f"{url}/check-suites/{last.suite}/check-runs", "latest_check_runs_count": len(runs),
        "created_at": stamp(min(run.started_at for run in runs)), "updated_at": stamp(last.completed_at),
        "app": small.app_form(forms),
    }
    return {"check_suite": suite}


def _pulls(forms: Forms, pull: Pull) -> list[Json]:
    # A push from a fork tells no pull request.
    if pull.head_repo is not pull.repo:
        return []
    url = forms.repo_url(pull.repo)
    repo = {"id": pull.repo.id, "name": pull.repo.name, "url": url}
    head = {"ref": pull.head_ref, "sha": pull.head_sha, "repo": repo}
    base = {"ref": pull.base_ref, "sha": pull.base_sha, "repo": repo}
    url = f"{url}/pulls/{pull.number}"
    return [{"id": pull.pull_id, "number": pull.number, "url": url, "head": head, "base": base}]


def _status(forms: Forms, item: Issue, extra: Json) -> Json:
    pull = _as_pull(item)
    status = extra["status"]
    form = small.status_form(forms, status, forms.repo_url(pull.repo))
    branches = [{"name": pull.head_ref, "commit": {"sha": pull.head_sha}}]
    return {**form, "sha": status.sha, "name": pull.repo.full_name, "branches": branches}


def _family(forms: Forms, item: Issue, extra: Json) -> Json:
    parent, child = extra.get("parent", item), extra.get("sub_issue", item)
    return {
        "parent_issue_id": parent.id, "parent_issue": forms.issue(parent), "parent_issue_repo": forms.repo(parent.repo),
        "sub_issue_id": child.id, "sub_issue": forms.issue(child), "sub_issue_repo": forms.repo(child.repo),
    }


_BODIES: dict[str, Callable[[Forms, Issue, Json], Json]] = {
    "pull_request": _pull_request, "issues": _issues, "issue_comment": _comment, "pull_request_review": _review,
    "pull_request_review_comment": _inline, "pull_request_review_thread": _thread, "check_run": _check_run,
    "check_suite": _check_suite, "status": _status, "sub_issues": _family,
}
