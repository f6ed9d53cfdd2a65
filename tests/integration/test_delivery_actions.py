"""A delivery's own action says what happened. Read as a plugin without credentials would, from small payloads of each host."""

from __future__ import annotations

import copy
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from coro_cli.plugins import registry
from coro_cli.plugins.base import Hint, Settings
from coro_cli.webhooks import interpret

ROOTS = {
    "github": ("https://api.github.com", "https://github.com"), "gitlab": ("https://gl.test/api/v4", "https://gl.test"),
    "gitea": ("https://git.test/api/v1", "https://git.test"), "bitbucket": ("https://api.bitbucket.org/2.0", "https://bitbucket.org"),
    "bitbucket-dc": ("https://bb.test/rest/api/1.0", "https://bb.test"), "azure": ("https://dev.azure.com", "https://dev.azure.com"),
    "jira": ("https://jira.test", "https://jira.test"), "linear": ("https://api.linear.app/graphql", "https://linear.app"),
}  # fmt: skip
WRITTEN, STAMPED, LATER = "2026-11-30T10:00:00Z", "2026-11-30T10:00:03Z", "2026-11-30T12:00:00Z"
MILLIS = 1_796_032_800_000  # 2026-11-30T10:00:00Z


def read(kind: str, body: Any, **headers: str) -> Hint:
    """The delivery's meaning. headers: with _ for -."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return interpret.read(registry.make(Settings(kind, kind, *ROOTS[kind])), fields, raw)


def told(kind: str, body: Any, **headers: str) -> list[str]:
    """The short names of its events, in order."""
    return [event.name.partition(":")[2] for event in interpret.events(read(kind, body, **headers))]


def with_(body: Any, *way: str, **values: Any) -> Any:
    """A copy with other values at a place."""
    made = copy.deepcopy(body)
    place = made
    for step in way:
        place = place[step]
    place.update(values)
    return made


PERSON = {"login": "ann", "type": "User"}
GH_PULL = {
    "number": 42, "id": 1, "node_id": "X", "html_url": "https://github.com/acme/api/pull/42", "title": "T", "state": "open", "draft": False,
    "merged": False, "user": PERSON, "author_association": "MEMBER", "created_at": "2026-11-01T10:00:00Z", "updated_at": STAMPED,
    "closed_at": None, "merged_at": None, "labels": [], "assignees": [], "requested_reviewers": [], "requested_teams": [],
    "head": {"sha": "a" * 40, "ref": "f"}, "base": {"sha": "b" * 40, "ref": "main", "repo": {"id": 77, "full_name": "acme/api"}},
}  # fmt: skip
GH = {"action": "created", "pull_request": GH_PULL, "repository": {"id": 77, "full_name": "acme/api"}, "sender": PERSON}
GH_INLINE = GH | {
    "comment": {
        "id": 88, "pull_request_review_id": 5, "path": "a.py", "line": 3, "user": PERSON, "author_association": "MEMBER", "body": "b",
        "created_at": WRITTEN, "updated_at": STAMPED, "html_url": "https://github.com/acme/api/pull/42#discussion_r88",
    }
}  # fmt: skip
GL_MERGE = {
    "id": 1, "iid": 7, "title": "T", "state": "opened", "action": "update", "created_at": "2026-11-01 10:00:00 UTC",
    "updated_at": "2026-11-30 10:00:00 UTC", "author_id": 5, "target_project_id": 158, "url": "https://gl.test/grp/api/-/merge_requests/7",
    "last_commit": {"id": "c" * 40},
}  # fmt: skip
GL_PROJECT = {"id": 158, "path_with_namespace": "grp/api", "web_url": "https://gl.test/grp/api", "visibility_level": 20}
BEA = {"id": 5, "username": "bea"}
GL = {"object_kind": "merge_request", "user": BEA, "project": GL_PROJECT, "object_attributes": GL_MERGE, "changes": {}}
GL_NOTE = {
    "object_kind": "note", "user": BEA, "project": GL_PROJECT, "merge_request": GL_MERGE,
    "object_attributes": {
        "id": 31, "note": "n", "noteable_type": "MergeRequest", "created_at": "2026-11-30 10:00:00 UTC",
        "updated_at": "2026-11-30 10:00:03 UTC", "action": "create", "internal": True, "url": f"{GL_MERGE['url']}#note_31",
    },
}  # fmt: skip
GITEA = {
    "action": "created", "repository": {"id": 9, "full_name": "acme/api", "private": True}, "sender": PERSON,
    "issue": {"number": 3, "title": "T", "state": "open", "user": PERSON, "created_at": "2026-11-01T10:00:00Z", "updated_at": STAMPED},
    "comment": {"id": 5, "user": PERSON, "body": "b", "created_at": WRITTEN, "updated_at": STAMPED},
}  # fmt: skip
VAL = {"name": "val", "key": "val"}
JIRA = {
    "timestamp": MILLIS, "webhookEvent": "jira:issue_updated", "user": VAL,
    "issue": {
        "id": "17334", "key": "PRJ-9", "self": "https://jira.test/rest/api/2/issue/17334",
        "fields": {
            "summary": "S", "status": {"id": "1", "name": "Open", "statusCategory": {"key": "new"}}, "labels": [], "assignee": None,
            "created": "2026-11-01T10:00:00.000+0000", "updated": "2026-11-30T10:00:00.000+0000",
        },
    },
}  # fmt: skip
JIRA_COMMENT = {
    "self": "https://jira.test/rest/api/2/issue/17334/comment/8", "id": "8", "author": VAL, "body": "b",
    "created": "2026-11-30T10:00:00.000+0000", "updated": "2026-11-30T10:00:02.000+0000",
}  # fmt: skip
OLD = JIRA_COMMENT | {"created": "2026-11-20T10:00:00.000+0000"}
BB_USER = {"name": "ann", "slug": "ann", "id": 4}
BB_REPO = {"slug": "api", "id": 3, "public": False, "project": {"key": "PRJ"}}
BBDC = {
    "eventKey": "pr:comment:added", "date": "2026-11-30T10:00:00+0000", "actor": BB_USER,
    "pullRequest": {
        "id": 12, "title": "T", "state": "OPEN", "createdDate": MILLIS - 9_000_000, "updatedDate": MILLIS,
        "fromRef": {"id": "refs/heads/f", "latestCommit": "a" * 40, "repository": BB_REPO},
        "toRef": {"id": "refs/heads/main", "latestCommit": "b" * 40, "repository": BB_REPO},
        "author": {"user": BB_USER}, "reviewers": [], "participants": [],
    },
    "comment": {"id": 5, "version": 1, "text": "b", "author": BB_USER, "createdDate": MILLIS, "updatedDate": MILLIS + 4000},
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "body", "event", "expected"),
    [
        ("github", GH_INLINE, "pull_request_review_comment", "commented"),
        ("github", with_(GH_INLINE, action="edited"), "pull_request_review_comment", "comment_edited"),
        ("gitlab", GL_NOTE, "", "commented"),
        ("gitlab", with_(GL_NOTE, "object_attributes", action="update"), "", "comment_edited"),
        ("gitea", GITEA, "issue_comment", "commented"),
        ("gitea", with_(GITEA, action="edited"), "issue_comment", "comment_edited"),
        ("bitbucket-dc", BBDC, "", "commented"),
        ("bitbucket-dc", with_(BBDC, eventKey="pr:comment:edited"), "", "comment_edited"),
        ("jira", JIRA | {"comment": JIRA_COMMENT, "issue_event_type_name": "issue_commented"}, "", "commented"),
        ("jira", JIRA | {"comment": JIRA_COMMENT}, "", "commented"),
        ("jira", JIRA | {"comment": OLD, "issue_event_type_name": "issue_comment_edited"}, "", "comment_edited"),
        ("jira", JIRA | {"comment": OLD}, "", "comment_edited"),
        ("jira", JIRA | {"comment": OLD, "webhookEvent": "comment_created"}, "", "commented"),
    ],
)
def test_a_comment_is_written_or_edited_as_the_action_says_whatever_its_stamps(
    kind: str, body: Any, event: str, expected: str
) -> None:
    names = {"github": {"X_GitHub_Event": event}, "gitea": {"X_Gitea_Event": event}}.get(kind, {})
    assert told(kind, body, **names) == [expected]


def test_a_form_is_read_whatever_the_case_of_its_media_type() -> None:
    body = urlencode({"payload": json.dumps(GH_INLINE)}).encode()
    names = {"X_GitHub_Event": "pull_request_review_comment", "Content_Type": "Application/X-WWW-Form-Urlencoded; charset=UTF-8"}
    assert told("github", body, **names) == ["commented"]


@pytest.mark.parametrize("state", [{}, {"state": "closed"}, {"merged": True}])
def test_a_closing_is_told_though_the_object_beside_it_contradicts_it_or_has_no_times(state: dict[str, Any]) -> None:
    closing = with_(GH | {"action": "closed"}, "pull_request", **state)
    assert told("github", closing, X_GitHub_Event="pull_request") == ["merged" if state.get("merged") else "closed"]
    issue = {key: value for key, value in GITEA.items() if key != "comment"} | {"action": "closed"}
    assert told("gitea", with_(issue, "issue", **state), X_Gitea_Event="issues") == ["closed"]
    declined = {key: value for key, value in BBDC.items() if key != "comment"}
    assert told("bitbucket-dc", declined | {"eventKey": "pr:declined"}) == ["closed"]
    assert told("bitbucket-dc", declined | {"eventKey": "pr:merged"}) == ["merged"]


def update(**changes: Any) -> Any:
    return GL | {"changes": changes}


def reviewers(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Any:
    return update(reviewers={"previous": before, "current": after})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (update(title={"previous": "Draft: T", "current": "T"}), ["ready_for_review"]),
        (update(title={"previous": "T", "current": "[Draft] T"}), ["converted_to_draft"]),
        (update(title={"previous": "(draft) T", "current": "Draft: T"}), []),
        (update(title={"previous": "Drafting", "current": "T"}), []),
        (update(title={"previous": "Draft: T", "current": "T"}, draft={"previous": True, "current": False}), ["ready_for_review"]),
        (with_(update(labels={"previous": [], "current": [{"title": "ship"}]}), "object_attributes", oldrev="b" * 40),
         ["synchronized", "labeled"]),
        (reviewers([{"username": "rev", "re_requested": False}], [{"username": "rev", "re_requested": True}]), ["review_requested"]),
        (reviewers([{"username": "rev", "re_requested": True}], [{"username": "rev", "re_requested": True}]), []),
        (reviewers([], [{"username": "rev", "re_requested": False}]), ["review_requested"]),
        (reviewers([{"username": "rev", "state": "unreviewed"}], [{"username": "rev", "state": "requested_changes"}]),
         ["changes_requested"]),
    ],
)  # fmt: skip
def test_an_update_of_gitlab_is_all_that_it_shows(body: Any, expected: list[str]) -> None:
    assert sorted(told("gitlab", body)) == sorted(expected)


def test_gitlab_is_known_by_its_addresses_where_the_project_is_missing() -> None:
    opened = with_({k: v for k, v in GL.items() if k != "project"}, "object_attributes", action="open")
    hint = read("gitlab", opened)
    assert [str(ref) for ref in hint.refs] == ["gitlab:grp/api!7"]
    assert [event.name for event in interpret.events(hint)] == ["pull_request:opened"]


def test_an_internal_note_says_so() -> None:
    (event,) = interpret.events(read("gitlab", GL_NOTE))
    assert event.data["internal"] is True
    (event,) = interpret.events(read("gitlab", with_(GL_NOTE, "object_attributes", internal=False)))
    assert "internal" not in event.data


def entry(*items: dict[str, Any]) -> dict[str, Any]:
    return {"id": "500", "items": list(items)}


GONE = {"field": "resolution", "from": "1", "fromString": "Done", "to": None, "toString": None}
MOVED = {"field": "status", "from": "5", "fromString": "Resolved", "to": "1", "toString": "Open"}


def test_jira_reopens_by_the_resolution_that_went_and_makes_no_transition_of_a_creation() -> None:
    assert told("jira", JIRA | {"changelog": entry(GONE, MOVED)}) == ["transitioned", "reopened"]
    assert told("jira", JIRA | {"changelog": entry(MOVED)}) == ["transitioned"]
    made = with_(JIRA, "issue", "fields", created="2026-11-30T10:00:00.000+0000")
    log = entry({"field": "status", "from": "1", "fromString": None, "to": "1", "toString": "Open"})
    assert told("jira", made | {"webhookEvent": "jira:issue_created", "changelog": log}) == ["opened"]


def test_a_comment_without_its_issue_names_it_by_its_own_address() -> None:
    hint = read("jira", {"timestamp": MILLIS, "webhookEvent": "comment_created", "comment": JIRA_COMMENT})
    assert list(hint.natives) == ["17334"] and not hint.refs


def test_an_azure_comment_alone_leads_to_the_pull_request_of_a_repository_that_was_looked_at() -> None:
    known, page = "22222222-2222-2222-2222-222222222222", "https://dev.azure.com/org/_apis/git/repositories/{}/pullRequests/9/threads/5"
    links = {"self": {"href": page.format(known) + "/comments/2"}, "threads": {"href": page.format(known)}}
    body = {"eventType": "ms.vss-code.git-pullrequest-comment-event", "resource": {"id": 2, "content": "c", "_links": links}}
    plugin: Any = registry.make(Settings("azure", "azure", *ROOTS["azure"]))
    assert not interpret.read(plugin, [], json.dumps(body).encode()).refs
    plugin.repositories[known] = "org/proj/repo"
    assert [str(ref) for ref in interpret.read(plugin, [], json.dumps(body).encode()).refs] == ["azure:org/proj/repo#9"]


@pytest.mark.parametrize(
    ("kind", "body", "url"),
    [
        ("gitlab", with_(GL_NOTE, "merge_request", url=None), "https://gl.test/grp/api/-/merge_requests/7#note_31"),
        ("gitlab", with_(with_(GL_NOTE, "merge_request", url=None), "object_attributes", url=None),
         "https://gl.test/grp/api/-/merge_requests/7#note_31"),
        ("bitbucket-dc", BBDC, "https://bb.test/projects/PRJ/repos/api/pull-requests/12/overview?commentId=5"),
        ("gitea", GITEA, "https://git.test/acme/api/issues/3#issuecomment-5"),
        ("linear", {
            "action": "create", "type": "Comment", "createdAt": WRITTEN, "url": "https://linear.app/acme/issue/ENG-7#comment-u1",
            "data": {"id": "u1", "body": "hi", "issueId": "i1", "createdAt": WRITTEN, "user": {"id": "z", "name": "Zoe"}},
        }, "https://linear.app/acme/issue/ENG-7#comment-u1"),
    ],
)  # fmt: skip
def test_an_address_is_taken_from_where_it_is_and_never_built_on_an_empty_one(kind: str, body: Any, url: str) -> None:
    (event,) = interpret.events(read(kind, body, X_Gitea_Event="issue_comment"))
    assert event.url == url
