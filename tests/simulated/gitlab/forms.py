"""The forms of GitLab's answers. Times have milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.simulated.forge.ground import OWNER, READER, Repo, User
from tests.simulated.forge.issue import Issue
from tests.simulated.forge.pull import Pull
from tests.simulated.forge.records import Change, Check, Comment

Json = dict[str, Any]
STATES = {"open": "opened", "closed": "closed", "merged": "merged"}
LEVELS = {OWNER: 50, READER: 20}
GHOST: Json = {"id": 0, "username": "ghost", "name": "Ghost User", "state": "active"}


def stamp(at: float | None) -> str | None:
    """`2026-03-01T12:00:00.123Z`."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def user(who: User | None, web: str) -> Json | None:
    """An account; a deleted one is the ghost."""
    if who is None:
        return None
    if who.deleted:
        return GHOST
    return {"id": who.id, "username": who.login, "name": who.login.title(), "state": "active", "web_url": f"{web}/{who.login}"}


def item(thing: Issue, web: str) -> Json:
    """What issues and merge requests share."""
    repo, is_pull = thing.repo, isinstance(thing, Pull)
    word, mark = ("merge_requests", "!") if is_pull else ("issues", "#")
    return {
        "id": thing.id, "iid": thing.number, "project_id": repo.id, "title": _title(thing), "description": thing.body,
        "state": STATES[thing.state], "created_at": stamp(thing.created_at), "updated_at": stamp(thing.updated_at),
        "closed_at": stamp(thing.closed_at) if thing.state == "closed" else None,
        "closed_by": user(thing.closed_by, web) if thing.state == "closed" else None,
        "labels": list(thing.labels), "assignees": [user(u, web) for u in thing.assignees], "author": user(thing.author, web),
        "user_notes_count": len(thing.comments), "web_url": f"{web}/{repo.path}/-/{word}/{thing.number}",
        "references": {"short": f"{mark}{thing.number}", "full": f"{repo.path}{mark}{thing.number}"},
    }  # fmt: skip


def issue(thing: Issue, web: str) -> Json:
    """An issue; `epic` is there on Premium."""
    epic = thing.epic
    form = {"id": epic.id, "iid": epic.number, "title": epic.title, "url": f"/groups/acme/-/epics/{epic.number}"} if epic else None
    return item(thing, web) | {"type": "ISSUE", "issue_type": "issue", "confidential": False, "epic": form}


def pull(thing: Pull, web: str, *, whole: bool) -> Json:
    """A merge request; the pipeline only in the whole form."""
    source = None if thing.gone_fork else thing.fork.id
    form = item(thing, web) | {
        "source_branch": thing.branch, "target_branch": "main", "source_project_id": source, "target_project_id": thing.repo.id,
        "draft": thing.is_draft, "work_in_progress": thing.is_draft, "sha": thing.head_sha,
        "reviewers": [user(u, web) for u in thing.requested],
        "merge_status": "cannot_be_merged" if thing.conflicting else "can_be_merged", "has_conflicts": thing.conflicting,
        "detailed_merge_status": "conflict" if thing.conflicting else "mergeable", "merge_when_pipeline_succeeds": False,
        "merged_at": stamp(thing.merged_at), "merge_commit_sha": thing.merge_sha or None, "squash_commit_sha": None,
        "merge_user": user(thing.closed_by, web) if thing.state == "merged" else None,
        "blocking_discussions_resolved": all(t.resolved_by for t in thing.threads),
    }  # fmt: skip
    return form | {"head_pipeline": pipeline(thing.checks[-1], web) if thing.checks else None} if whole else form


def pipeline(check: Check, web: str) -> Json:
    """A pipeline: each check is one, as with external statuses."""
    return {
        "id": check.id, "iid": check.id, "project_id": check.item.repo.id, "sha": check.sha, "ref": check.ref, "source": "push",
        "status": {None: "running", "failure": "failed"}.get(check.state, check.state), "created_at": stamp(check.created_at),
        "updated_at": stamp(check.updated_at), "finished_at": stamp(check.updated_at) if check.state else None,
        "web_url": f"{web}/{check.item.repo.path}/-/pipelines/{check.id}",
    }  # fmt: skip


def note(comment: Comment, web: str) -> Json:
    """A note, in a thread or not."""
    is_pull, thread = isinstance(comment.item, Pull), comment.thread
    form = {
        "id": comment.id, "type": "DiffNote" if thread else None, "body": comment.body, "author": user(comment.author, web),
        "created_at": stamp(comment.created_at), "updated_at": stamp(comment.updated_at), "system": False, "noteable_id": comment.item.id,
        "noteable_type": "MergeRequest" if is_pull else "Issue", "noteable_iid": comment.item.number, "resolvable": bool(thread),
        "confidential": comment.internal, "internal": comment.internal,
    }  # fmt: skip
    if thread is None:
        return form
    done = {"resolved": True, "resolved_by": user(thread.resolved_by, web), "resolved_at": stamp(thread.resolved_at)}
    place = {"new_path": comment.path, "old_path": comment.path, "new_line": comment.line, "old_line": None, "position_type": "text"}
    return form | {"position": place} | (done if thread.resolved_by else {"resolved": False, "resolved_by": None, "resolved_at": None})


_PROSE = {"assigned": "hat @{0} zugewiesen", "labeled": "hat ~{0} hinzugefügt", "pushed": "hat 1 Commit hinzugefügt"}


def system_note(change: Change, web: str) -> Json:
    """What GitLab writes itself, in the language of the instance: prose that no program should read."""
    what = change.data.get("user") or change.data.get("label", "")
    text = _PROSE.get(change.kind, change.kind).format(what.login if isinstance(what, User) else what)
    at = stamp(change.at)
    return {
        "id": change.id, "type": None, "body": text, "author": user(change.actor, web), "created_at": at, "updated_at": at, "system": True,
        "noteable_type": "MergeRequest", "noteable_iid": change.item.number, "resolvable": False, "internal": False,
    }  # fmt: skip


def project(repo: Repo, web: str) -> Json:
    """A project."""
    return {"id": repo.id, "path_with_namespace": repo.path, "name": repo.path.rpartition("/")[2], "web_url": f"{web}/{repo.path}"}


def _title(thing: Issue) -> str:
    return f"Draft: {thing.title}" if isinstance(thing, Pull) and thing.is_draft else thing.title
