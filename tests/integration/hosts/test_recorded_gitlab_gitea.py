"""Recorded answers and deliveries of real GitLabs, Giteas and Gogs, read into the right facts. Skipped where they are not there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from desks import an_hour_ago, client_at

from coro_cli.domain.events import FAMILIES
from coro_cli.domain.ref import canonical
from coro_cli.domain.snapshot import CLOSED, MERGED, OPEN, Snapshot
from coro_cli.plugins import registry
from coro_cli.plugins.base import Plugin, Settings, Watched
from coro_cli.plugins.protocol import Asks, Gone, Response
from coro_cli.webhooks import interpret
from tests.simulated.gitea import GiteaHost

SHARED = Path(__file__).resolve().parents[4] / "shared"
FIXTURES = SHARED / "fixtures"
recorded = pytest.mark.skipif(not FIXTURES.is_dir(), reason="the recorded answers are not beside the project")
DATE = 1_800_000_000.0
GITLAB, GITEA = "api-go-scm/gitlab", "api-go-scm/gitea"


def plugin(kind: str) -> Plugin:
    root = {"gitlab": "/api/v4", "gitea": "/api/v1"}[kind]
    return registry.make(Settings(kind, kind, f"https://git.example.org{root}", "https://git.example.org", "token"))


def read(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text())


def replay(asks: Asks[Snapshot], answers: Mapping[str, Any]) -> Snapshot:
    """Answer each request by the end of its path; what is not recorded is not there."""
    try:
        request = next(asks)
        while True:
            body = next((found for tail, found in answers.items() if re.search(f"{tail}$", request.path)), None)
            if body is None:
                request = asks.throw(Gone("not recorded"))
            else:
                request = asks.send(Response(f"https://git.example.org{request.path}", 200, {}, json.dumps(body).encode(), DATE))
    except StopIteration as stop:
        snapshot: Snapshot = stop.value
        return snapshot


def look(kind: str, ref: str, answers: Mapping[str, Any]) -> Snapshot:
    asked = plugin(kind)
    return replay(asked.find(Watched(canonical(ref), checks=True)), answers)


@recorded
def test_a_recorded_merge_request_of_gitlab() -> None:
    talks = {"/discussions": [{"id": "a", "notes": [read(f"{GITLAB}/merge_note.json")]}, read(f"{GITLAB}/merge_discussion.json")]}
    found = look("gitlab", "gitlab:gitlab-org/testme!1", {r"/merge_requests/1": read(f"{GITLAB}/merge.json"), **talks})
    assert (found.id, found.state, found.author.login) == ("gitlab:git.example.org:32732:!1", CLOSED, "dblessing")
    assert (found.head, found.labels) == ("12d65c8dd2b2676fa3ac47d955accc085a37a9c1", ("bug", "documentation"))
    assert [(c.key, c.body, c.actor.login) for c in found.comments] == [("note:301", "Comment for MR", "pipin")]
    assert found.checks is not None and found.checks.state == "none" and not found.draft and not found.conflicted


@recorded
def test_a_recorded_issue_of_gitlab_with_a_note_of_the_system() -> None:
    talks = [{"id": "b", "notes": [read(f"{GITLAB}/issue_note.json")]}]
    found = look("gitlab", "gitlab:example/example#1", {r"/issues/1": read(f"{GITLAB}/issue.json"), "/discussions": talks})
    assert (found.id, found.family, found.state) == ("gitlab:git.example.org:4:#1", "issue", CLOSED)
    assert (found.assignees, found.status, found.comments) == (("lennie",), "closed", ())


@recorded
def test_recorded_lists_of_gitlab_give_each_entry_a_mark() -> None:
    from coro_cli.plugins.gitlab import parse

    for name in ("merges", "issues"):
        entries = read(f"{GITLAB}/{name}.json")
        assert entries and all(parse.mark_of(parse.facts(entry, name)) for entry in entries)


@recorded
def test_a_recorded_pull_request_of_gitea() -> None:
    answers = {
        "/issues/1": read(f"{GITEA}/pr.json") | {"pull_request": {"merged": False}}, "/pulls/1": read(f"{GITEA}/pr.json"),
        "/timeline": [each | {"type": "comment"} for each in read(f"{GITEA}/comments.json")], "/reviews": [], "/assignees": [],
        "/status": {"total_count": 1, "statuses": read(f"{GITEA}/statuses.json")},
    }  # fmt: skip
    found = look("gitea", "gitea:jcitizen/my-repo#1", answers)
    assert (found.id, found.state, found.author.trust) == ("gitea:git.example.org:6589:1", OPEN, "owner")
    assert (found.head, found.conflicted) == ("4f5e7d8f15cf79387cfd8a0d30c58855ab61e138", False)
    assert [(c.key, c.actor.login) for c in found.comments] == [("comment:74", "unknwon")]
    assert found.checks is not None and (found.checks.state, found.checks.total) == ("passed", 1)


@recorded
def test_a_recorded_issue_of_gitea_that_does_not_name_its_repository() -> None:
    answers = {"/issues/1": read(f"{GITEA}/issue.json"), "/timeline": [], "/assignees": [], "/my-repo": read(f"{GITEA}/repo.json")}
    found = look("gitea", "gitea:jcitizen/my-repo#1", answers)
    assert (found.family, found.title, found.state) == ("issue", "Bug found", OPEN)
    assert found.id == f"gitea:git.example.org:{read(f'{GITEA}/repo.json')['id']}:1"


DELIVERIES = [
    (kind, path)
    for kind, folder in (
        ("gitlab", f"{GITLAB}/webhooks"), ("gitlab", "webhooks-go-playground/gitlab"), ("gitea", f"{GITEA}/webhooks"),
        ("gitea", "webhooks-go-playground/gitea"), ("gitea", "webhooks-go-playground/gogs"),
    )
    for path in sorted((FIXTURES / folder).glob("*.json"))
]  # fmt: skip
ABOUT = re.compile(r"pull|merge|issue|pipeline|review_comment|confidential")


@recorded
@pytest.mark.parametrize(("kind", "path"), DELIVERIES, ids=lambda value: value.name if isinstance(value, Path) else value)
def test_every_recorded_delivery_is_read(kind: str, path: Path) -> None:
    hint = plugin(kind).read_delivery({"x-gitea-event": "some", "x-gitlab-event": "Some Hook"}, path.read_bytes())
    for ref in hint.refs:
        assert canonical(str(ref)) == ref and ref.family in FAMILIES
    if not ABOUT.search(path.name):
        assert not hint.refs
    elif "branch" not in path.name and "push" not in path.name:
        assert len(hint.refs) == 1 or hint.scopes
    names = [event.name for event in interpret.events(hint)]
    assert all(name.startswith(hint.refs[0].family) for name in names)


@recorded
@pytest.mark.parametrize(("kind", "name", "ref", "events"), [
    ("gitlab", f"{GITLAB}/webhooks/pull_request_merge.json", "gitlab:gitlab-org/hello-world!1", ["pull_request:merged"]),
    ("gitlab", f"{GITLAB}/webhooks/pull_request_close.json", "gitlab:gitlab-org/hello-world!1", ["pull_request:closed"]),
    ("gitlab", f"{GITLAB}/webhooks/merge_request_subgroup.json", "gitlab:group1/group2/group3/grp2repo!1", ["pull_request:opened"]),
    ("gitlab", f"{GITLAB}/webhooks/merge_request_comment_create.json", "gitlab:gitlab-org/hello-world!1", ["pull_request:commented"]),
    ("gitlab", "webhooks-go-playground/gitlab/confidential-comment-event.json", "gitlab:gitlab-org/gitlab-test#", ["issue:commented"]),
    ("gitlab", "webhooks-go-playground/gitlab/pipeline-event.json", "gitlab:gitlab-org/gitlab-test!1", []),
    ("gitea", f"{GITEA}/webhooks/pull_request_merged.json", "gitea:", ["pull_request:merged"]),
    ("gitea", f"{GITEA}/webhooks/pull_request_closed.json", "gitea:", ["pull_request:closed"]),
    ("gitea", f"{GITEA}/webhooks/pull_request_synchronized.json", "gitea:", ["pull_request:synchronized"]),
    ("gitea", f"{GITEA}/webhooks/issues_opened.json", "gitea:", ["issue:opened"]),
    ("gitea", "webhooks-go-playground/gitea/pull-request-review-event.json", "gitea:example/example#2", ["pull_request:reviewed"]),
])  # fmt: skip
def test_what_a_recorded_delivery_tells_has_the_name_of_what_happened(kind: str, name: str, ref: str, events: list[str]) -> None:
    hint = plugin(kind).read_delivery({}, (FIXTURES / name).read_bytes())
    assert str(hint.refs[0]).startswith(ref)
    assert [event.name for event in interpret.events(hint)] == events
    assert MERGED not in [s.state for s in hint.snapshots.values()] or "pull_request:merged" in events


@pytest.mark.skipif(not (SHARED / "specs/forgejo-swagger.json").is_file(), reason="Forgejo's description is not beside the project")
def test_every_request_to_gitea_is_one_that_forgejo_describes() -> None:
    spec = json.loads((SHARED / "specs/forgejo-swagger.json").read_text())
    paths = {re.compile(re.sub(r"\{\w+\}", "[^/]+", path)): verbs["get"] for path, verbs in spec["paths"].items() if "get" in verbs}
    with GiteaHost() as host, client_at("gitea", host) as client:
        pull = an_hour_ago(host, "acme/api")
        pull.inline("alice"), pull.check("ci", "success"), pull.conflict()
        host.issue("acme/api")
        asked = client.plugin
        client.drive(asked.whoami())
        for number in (1, 2):
            one = Watched(canonical(f"gitea:acme/api#{number}"), checks=True)
            client.drive(asked.find(one))
            client.drive(asked.changes("acme/api", [one], None))
        client.drive(asked.of_branch("acme/api", "feature"))  # type: ignore[attr-defined]
        for request in host.requests:
            able = [path for path in paths if path.fullmatch(request.path.removeprefix("/api/v1"))]
            described = paths[min(able, key=lambda path: path.pattern.count("[^/]+"))] if able else None
            assert described is not None, request.path
            assert set(request.query) <= {each["name"] for each in described.get("parameters", [])}, request.target
