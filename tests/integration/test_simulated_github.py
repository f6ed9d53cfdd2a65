"""The simulated GitHub over REST: what moves, what does not, and the traps of the real one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from coro_cli.drills.host.github import GitHubHost
from coro_cli.drills.host.github.pull import Pull

NOON = 1_800_000_000.0


@pytest.fixture
def host() -> Iterator[GitHubHost]:
    with GitHubHost(clock=lambda: NOON) as host:
        yield host


@pytest.fixture
def client(host: GitHubHost) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {host.token}"}
    with httpx.Client(base_url=host.url, headers=headers, timeout=5, verify=False) as client:
        yield client


@pytest.fixture
def pr(host: GitHubHost) -> Pull:
    pr = host.pull("acme/api", 42)
    host.advance(60)
    return pr


def get(client: httpx.Client, path: str, **query: str | int) -> Any:
    answer = client.get(path, params=query, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_token_names_its_user_and_its_limits(host: GitHubHost, client: httpx.Client) -> None:
    assert get(client, "/user")["login"] == host.me
    answer = client.get("/user")
    assert answer.headers["x-ratelimit-limit"] == "5000" and answer.headers["x-ratelimit-used"] == "2"
    assert int(answer.headers["x-ratelimit-reset"]) == NOON + 3600
    assert get(client, "/rate_limit")["resources"]["core"]["remaining"] == 4998


def test_a_revoked_token_is_bad_credentials_until_it_is_restored(host: GitHubHost, client: httpx.Client) -> None:
    host.revoke()
    refused = client.get("/user")
    assert (refused.status_code, refused.json()["message"]) == (401, "Bad credentials")
    host.restore()
    assert client.get("/user").status_code == 200
    assert httpx.get(f"{host.url}/user", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_without_a_token_sixty_requests_an_hour_and_private_things_are_not_there(host: GitHubHost, pr: Pull) -> None:
    answer = httpx.get(f"{host.url}/repos/acme/api/pulls/42")
    assert (answer.status_code, answer.headers["x-ratelimit-limit"]) == (200, "60")
    tagged = httpx.get(f"{host.url}/repos/acme/api/pulls/42", headers={"If-None-Match": answer.headers["etag"]})
    assert (tagged.status_code, host.requests[-1].charged) == (304, 1)
    pr.repo.private = True
    assert httpx.get(f"{host.url}/repos/acme/api/pulls/42").status_code == 404
    assert httpx.post(f"{host.url}/graphql", json={"query": "{viewer{login}}"}).status_code == 401


def test_a_tag_holds_for_one_token_only(host: GitHubHost, client: httpx.Client, pr: Pull) -> None:
    tag = client.get("/repos/acme/api/pulls/42").headers["etag"]
    assert client.get("/repos/acme/api/pulls/42", headers={"If-None-Match": tag}).status_code == 304
    assert httpx.get(f"{host.url}/repos/acme/api/pulls/42", headers={"If-None-Match": tag}).status_code == 200


def test_the_primary_limit_bites_until_it_is_reset(host: GitHubHost, client: httpx.Client) -> None:
    host.limit(remaining=1, reset_in=30)
    assert client.get("/user").headers["x-ratelimit-remaining"] == "0"
    refused = client.get("/user")
    assert (refused.status_code, refused.headers["x-ratelimit-remaining"]) == (403, "0")
    host.advance(31)
    assert client.get("/user").headers["x-ratelimit-remaining"] == "4999"


def test_the_secondary_limit_says_how_long_to_wait(host: GitHubHost, client: httpx.Client) -> None:
    host.secondary(retry_after=20)
    refused = client.get("/user")
    assert (refused.status_code, refused.headers["retry-after"]) == (403, "20")
    assert "secondary rate limit" in refused.json()["message"]
    host.advance(20)
    assert client.get("/user").status_code == 200


@pytest.mark.parametrize(
    "act",
    [
        lambda pr: pr.approve("alice"), lambda pr: pr.request_changes("alice"), lambda pr: pr.review_comment("alice"),
        lambda pr: pr.comment("alice"), lambda pr: pr.inline("alice"), lambda pr: pr.label("bug"),
        lambda pr: pr.assign("alice"), lambda pr: pr.push(), lambda pr: pr.merge(), lambda pr: pr.close(),
        lambda pr: pr.draft(), lambda pr: pr.request_review("alice"), lambda pr: pr.enqueue(),
        lambda pr: pr.rename("New"), lambda pr: pr.edit("New"),
    ],
)
def test_what_people_do_moves_updated_at(client: httpx.Client, pr: Pull, act: Any) -> None:
    before = get(client, "/repos/acme/api/pulls/42")["updated_at"]
    act(pr)
    assert get(client, "/repos/acme/api/pulls/42")["updated_at"] > before


@pytest.mark.parametrize(
    "act",
    [lambda pr: pr.check("build", "failure"), lambda pr: pr.status("ci", "error"), lambda pr: pr.conflict(),
     lambda pr: pr.resolve(pr.threads[0]), lambda pr: pr.pending("alice")],
)
def test_checks_conflicts_and_resolved_threads_do_not_move_updated_at(
    host: GitHubHost, client: httpx.Client, pr: Pull, act: Any
) -> None:
    pr.inline("alice")
    before = get(client, "/repos/acme/api/pulls/42")["updated_at"]
    host.advance(60)
    act(pr)
    assert get(client, "/repos/acme/api/pulls/42")["updated_at"] == before


def test_reviews_are_listed_in_capitals_and_pending_ones_only_for_their_author(
    host: GitHubHost, client: httpx.Client, pr: Pull
) -> None:
    first = pr.approve("alice", commit="a" * 40)
    hidden = pr.pending("bob")
    pr.pending(host.me)
    path = "/repos/acme/api/pulls/42/reviews"
    assert [(r["user"]["login"], r["state"]) for r in get(client, path)] == [("alice", "APPROVED"), ("me", "PENDING")]
    pr.publish(hidden, "CHANGES_REQUESTED")
    pr.dismiss(first)
    reviews = get(client, path)
    assert [r["state"] for r in reviews] == ["DISMISSED", "CHANGES_REQUESTED", "PENDING"]
    assert (reviews[0]["commit_id"], reviews[0]["author_association"]) == ("a" * 40, "MEMBER")
    assert "submitted_at" not in reviews[2]


def test_an_inline_comment_makes_a_review_of_its_own(client: httpx.Client, pr: Pull) -> None:
    thread = pr.inline("alice", "Why?", path="a.py", line=3)
    pr.reply(thread, "dev", "Because")
    comments = get(client, "/repos/acme/api/pulls/42/comments")
    assert [c["body"] for c in comments] == ["Why?", "Because"]
    assert (comments[0]["path"], comments[0]["line"], comments[1]["in_reply_to_id"]) == ("a.py", 3, comments[0]["id"])
    reviews = get(client, "/repos/acme/api/pulls/42/reviews")
    assert [(r["id"], r["state"], r["body"]) for r in reviews] == [
        (c["pull_request_review_id"], "COMMENTED", "") for c in comments
    ]


def test_the_test_merge_commit_is_no_sign_of_a_merge(client: httpx.Client, pr: Pull) -> None:
    before = get(client, "/repos/acme/api/pulls/42")
    assert (before["merged"], before["merged_at"]) == (False, None) and before["merge_commit_sha"]
    sha = pr.merge("alice")
    after = get(client, "/repos/acme/api/pulls/42")
    assert (after["merged"], after["state"], after["merged_by"]["login"]) == (True, "closed", "alice")
    assert after["merge_commit_sha"] == sha != before["merge_commit_sha"]


def test_closed_and_reopened_without_a_merge(client: httpx.Client, pr: Pull) -> None:
    pr.close("alice")
    closed = get(client, "/repos/acme/api/pulls/42")
    assert (closed["state"], closed["merged"], bool(closed["closed_at"])) == ("closed", False, True)
    pr.reopen("alice")
    assert get(client, "/repos/acme/api/pulls/42")["closed_at"] is None
    assert [e["event"] for e in get(client, "/repos/acme/api/issues/42/events")] == ["closed", "reopened"]


def test_mergeable_is_null_while_it_is_worked_out(client: httpx.Client, pr: Pull) -> None:
    pr.puzzled = 1
    pr.conflict()
    seen = [get(client, "/repos/acme/api/pulls/42") for _ in range(2)]
    assert [(p["mergeable"], p["mergeable_state"]) for p in seen] == [(None, "unknown"), (False, "dirty")]


def test_pulls_are_sorted_and_filtered_and_have_no_since(host: GitHubHost, client: httpx.Client) -> None:
    for number in (1, 2, 3):
        host.pull("acme/api", number)
        host.advance(10)
    host.pull("acme/api", 1).comment("alice")
    host.advance(10)
    host.pull("acme/api", 2).close()
    path, by = "/repos/acme/api/pulls", {"state": "all", "sort": "updated", "direction": "desc"}
    assert [p["number"] for p in get(client, path, **by)] == [2, 1, 3]
    assert [p["number"] for p in get(client, path)] == [3, 1]
    assert [p["number"] for p in get(client, path, **by, since="2099-01-01T00:00:00Z")] == [2, 1, 3]
    answer = client.get(path, params={**by, "per_page": "2"})
    assert [p["number"] for p in client.get(answer.links["next"]["url"]).json()] == [3]


def test_issues_hold_pull_requests_too_under_another_id(host: GitHubHost, client: httpx.Client, pr: Pull) -> None:
    host.issue("acme/api", 7).comment("alice")
    listed = {i["number"]: i for i in get(client, "/repos/acme/api/issues", state="all")}
    assert "pull_request" in listed[42] and "pull_request" not in listed[7]
    assert listed[42]["id"] != get(client, "/repos/acme/api/pulls/42")["id"]
    assert listed[42]["node_id"] == get(client, "/repos/acme/api/pulls/42")["node_id"]
    assert listed[7]["comments"] == 1
    assert client.get("/repos/acme/api/pulls/7").status_code == 404


def test_since_counts_edits_and_a_deleted_comment_is_simply_gone(
    host: GitHubHost, client: httpx.Client, pr: Pull
) -> None:
    first, second = pr.comment("alice", "one"), pr.comment("bob", "two", association="OWNER")
    host.advance(3600)
    pr.edit_comment(first.id, "one, edited")
    since = "2027-01-15T09:00:00Z"
    for path in ("/repos/acme/api/issues/42/comments", "/repos/acme/api/issues/comments"):
        assert [c["body"] for c in get(client, path, since=since)] == ["one, edited"]
        assert [c["author_association"] for c in get(client, path)] == ["NONE", "OWNER"]
    pr.delete_comment(second.id)
    assert [c["id"] for c in get(client, "/repos/acme/api/issues/42/comments")] == [first.id]
