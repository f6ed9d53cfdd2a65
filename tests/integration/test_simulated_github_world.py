"""The simulated GitHub over REST: renames, access, ghosts, checks, timelines, families, size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from coro_cli.drills.host.github import GitHubHost
from coro_cli.drills.host.github.pull import Pull


@pytest.fixture
def host() -> Iterator[GitHubHost]:
    with GitHubHost() as host:
        yield host


@pytest.fixture
def client(host: GitHubHost) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {host.token}"}
    with httpx.Client(base_url=host.url, headers=headers, timeout=5, verify=False) as client:
        yield client


@pytest.fixture
def pr(host: GitHubHost) -> Pull:
    return host.pull("acme/api", 42)


def get(client: httpx.Client, path: str, **query: str | int) -> Any:
    answer = client.get(path, params=query, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_renamed_repository_redirects_to_its_id_with_the_query(
    host: GitHubHost, client: httpx.Client, pr: Pull
) -> None:
    host.rename("acme/api", "acme/core")
    moved = client.get("/repos/acme/api/pulls?state=all&per_page=5")
    assert moved.status_code == 301
    assert moved.headers["location"] == f"{host.url}/repositories/{pr.repo.id}/pulls?per_page=5&state=all"
    assert get(client, "/repos/acme/api/pulls/42")["base"]["repo"]["full_name"] == "acme/core"
    assert get(client, "/repos/acme/api")["id"] == pr.repo.id
    host.pull("acme/api", 1)
    assert get(client, "/repos/acme/api")["id"] != pr.repo.id


def test_a_forbidden_and_a_deleted_repository_are_not_found(host: GitHubHost, client: httpx.Client, pr: Pull) -> None:
    host.forbid("acme/api")
    refused = client.get("/repos/acme/api/pulls/42")
    assert (refused.status_code, refused.json()["message"]) == (404, "Not Found")
    host.forbid("acme/api", False)
    assert client.get("/repos/acme/api/pulls/42").status_code == 200
    host.rename("acme/api", "acme/core")
    host.delete_repo("acme/core")
    for path in ("/repos/acme/core", "/repos/acme/api", f"/repositories/{pr.repo.id}"):
        assert client.get(path).status_code == 404


def test_a_deleted_user_a_deleted_fork_and_a_bot(host: GitHubHost, client: httpx.Client) -> None:
    pr = host.pull("acme/api", 5, author="gone", fork="gone/api")
    pr.comment("gone")
    pr.comment("ci[bot]")
    assert get(client, "/repos/acme/api/pulls/5")["head"]["repo"]["full_name"] == "gone/api"
    host.delete_user("gone")
    pr.delete_fork()
    seen = get(client, "/repos/acme/api/pulls/5")
    assert (seen["user"], seen["head"]["repo"]) == (None, None)
    users = [c["user"] for c in get(client, "/repos/acme/api/issues/5/comments")]
    assert users[0] is None and users[1]["type"] == "Bot"


def test_checks_and_statuses_are_two_lists_by_commit(client: httpx.Client, pr: Pull) -> None:
    runs, status = f"/repos/acme/api/commits/{pr.head_sha}/check-runs", f"/repos/acme/api/commits/{pr.head_sha}/status"
    assert get(client, runs)["total_count"] == 0 and get(client, status)["state"] == "pending"
    pr.check("build")
    assert get(client, runs)["check_runs"][0]["status"] == "in_progress"
    assert get(client, runs, status="completed")["check_runs"] == []
    first = pr.check("build", "success")
    again = pr.check("build", "failure")
    assert again.id != first.id
    assert [(r["id"], r["conclusion"]) for r in get(client, runs)["check_runs"]] == [(again.id, "failure")]
    pr.status("ci", "success")
    pr.status("lint", "error")
    assert get(client, status)["state"] == "failure" and get(client, status)["total_count"] == 2
    pr.push()
    assert get(client, f"/repos/acme/api/commits/{pr.head_sha}/check-runs")["total_count"] == 0


def test_the_timeline_tells_all_in_order_and_events_only_what_has_no_text(client: httpx.Client, pr: Pull) -> None:
    pr.label("bug", by="alice")
    pr.comment("bob")
    pr.approve("alice")
    pr.push(force=True)
    pr.rename("Better")
    pr.request_team("core")
    told = get(client, "/repos/acme/api/issues/42/timeline")
    assert [e["event"] for e in told] == [
        "committed", "labeled", "commented", "reviewed", "committed", "head_ref_force_pushed", "renamed",
        "review_requested",
    ]
    assert (told[1]["label"]["name"], told[1]["actor"]["login"], told[3]["state"]) == ("bug", "alice", "approved")
    assert told[-1]["requested_team"]["slug"] == "core"
    names = ["labeled", "head_ref_force_pushed", "renamed", "review_requested"]
    assert [e["event"] for e in get(client, "/repos/acme/api/issues/42/events")] == names
    everywhere = get(client, "/repos/acme/api/issues/events")
    assert [e["event"] for e in everywhere] == names[::-1] and everywhere[0]["issue"]["number"] == 42


def test_issues_have_parents_and_children(host: GitHubHost, client: httpx.Client) -> None:
    epic, child = host.issue("acme/api", 1, title="Epic"), host.issue("acme/api", 2)
    assert client.get("/repos/acme/api/issues/2/parent").status_code == 404
    child.parent(epic)
    assert get(client, "/repos/acme/api/issues/2/parent")["title"] == "Epic"
    assert [i["number"] for i in get(client, "/repos/acme/api/issues/1/sub_issues")] == [2]
    child.unparent()
    assert client.get("/repos/acme/api/issues/2/parent").status_code == 404
    kinds = [e["event"] for e in get(client, "/repos/acme/api/issues/2/timeline")]
    assert kinds == ["parent_issue_added", "parent_issue_removed"]


def test_an_issue_is_closed_for_a_reason_and_reopened(host: GitHubHost, client: httpx.Client) -> None:
    issue = host.issue("acme/api", 1)
    issue.close(reason="not_planned")
    seen = get(client, "/repos/acme/api/issues/1")
    assert (seen["state"], seen["state_reason"]) == ("closed", "not_planned")
    issue.reopen()
    assert get(client, "/repos/acme/api/issues/1")["state_reason"] == "reopened"


def test_a_permission_is_a_coarse_word_and_a_role(host: GitHubHost, client: httpx.Client, pr: Pull) -> None:
    pr.repo.member("alice", role="maintain")
    host.user("stranger")
    path = "/repos/acme/api/collaborators/{}/permission"
    assert get(client, path.format("alice"))["permission"] == "write"
    assert get(client, path.format("alice"))["role_name"] == "maintain"
    assert get(client, path.format("stranger"))["permission"] == "read"
    assert client.get(path.format("nobody")).status_code == 404


def test_asked_reviewers_leave_the_list_when_they_answer(client: httpx.Client, pr: Pull) -> None:
    pr.request_review("alice")
    asked = "/repos/acme/api/pulls/42/requested_reviewers"
    assert [u["login"] for u in get(client, asked)["users"]] == ["alice"]
    pr.approve("alice")
    assert get(client, asked)["users"] == []
    pr.request_review("alice")
    assert [u["login"] for u in get(client, "/repos/acme/api/pulls/42")["requested_reviewers"]] == ["alice"]
    assert get(client, "/repos/acme/api/pulls/42/reviews")[0]["state"] == "APPROVED"


def test_a_push_dismisses_approvals_where_the_branch_asks_for_it(client: httpx.Client, pr: Pull) -> None:
    pr.repo.dismiss_stale = True
    pr.approve("alice")
    pr.push()
    assert [r["state"] for r in get(client, "/repos/acme/api/pulls/42/reviews")] == ["DISMISSED"]


def test_ids_are_large_and_grow(pr: Pull) -> None:
    first, second = pr.comment("alice"), pr.comment("alice")
    assert 2**31 < first.id < second.id and first.node_id.startswith("IC_kwDO")


def test_a_list_that_was_kept_is_made_anew_after_a_change(host: GitHubHost, client: httpx.Client, pr: Pull) -> None:
    assert get(client, "/repos/acme/api/issues")[0]["comments"] == 0
    pr.comment("alice")
    assert get(client, "/repos/acme/api/issues")[0]["comments"] == 1
    host.delete_user("dev")
    assert get(client, "/repos/acme/api/issues")[0]["user"] is None
