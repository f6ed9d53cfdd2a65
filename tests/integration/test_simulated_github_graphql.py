"""The simulated GitHub over GraphQL: the fields one watches by, and its refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from coro_cli.drills.host.github import GitHubHost
from coro_cli.drills.host.github.pull import Pull

STATE = """
query($ids: [ID!]!, $last: Int = 20) {
  rateLimit { limit cost remaining used resetAt }
  nodes(ids: $ids) { __typename ...State }
}
fragment State on PullRequest {
  fullDatabaseId databaseId number title state isDraft merged mergedAt closedAt headRefOid mergeable mergeStateStatus
  reviewDecision isInMergeQueue mergedBy { login } mergeCommit { oid }
  author { __typename login ... on User { databaseId } }
  labels(first: 10) { nodes { name } }
  assignees(first: 10) { nodes { login } }
  reviewRequests(first: 10) { nodes { requestedReviewer { __typename ... on User { login } ... on Team { slug } } } }
  reviews(last: $last) { totalCount nodes { fullDatabaseId state author { login } commit { oid } } }
  approvals: reviews(last: 5, states: [APPROVED]) { nodes { state } }
  latestOpinionatedReviews(first: 10) { nodes { state author { login } } }
  comments(last: 20) { nodes { fullDatabaseId body bodyText lastEditedAt } }
  reviewThreads(last: 20) { nodes {
    id isResolved resolvedBy { login } path line comments(first: 5) { nodes { body } }
  } }
  commits(last: 1) { nodes { commit { oid statusCheckRollup { state contexts(first: 10) { totalCount nodes {
    __typename ... on CheckRun { name conclusion status completedAt } ... on StatusContext { context state }
  } } } } } }
  repository { nameWithOwner databaseId id }
}
"""


class Asker:
    """Sends queries and keeps the last answer."""

    def __init__(self, host: GitHubHost) -> None:
        self.client = httpx.Client(base_url=host.url, headers={"Authorization": f"bearer {host.token}"}, timeout=5, verify=False)

    def raw(self, query: str, **variables: Any) -> httpx.Response:
        return self.client.post("/graphql", json={"query": query, "variables": variables})

    def __call__(self, query: str, **variables: Any) -> Any:
        answer = self.raw(query, **variables).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def errors(self, query: str, **variables: Any) -> list[Any]:
        answer = self.raw(query, **variables)
        assert answer.status_code == 200
        return list(answer.json()["errors"])

    def pull(self, fields: str, number: int = 42) -> Any:
        query = "query($n: Int!) { repository(owner: \"acme\", name: \"api\") { pullRequest(number: $n) { %s } } }"
        return self(query % fields, n=number)["repository"]["pullRequest"]


@pytest.fixture
def host() -> Iterator[GitHubHost]:
    with GitHubHost() as host:
        yield host


@pytest.fixture
def ask(host: GitHubHost) -> Iterator[Asker]:
    asker = Asker(host)
    yield asker
    asker.client.close()


@pytest.fixture
def pr(host: GitHubHost) -> Pull:
    return host.pull("acme/api", 42)


def test_one_query_tells_the_whole_state_of_a_pull_request(host: GitHubHost, ask: Asker, pr: Pull) -> None:
    pr.approve("alice")
    pr.request_changes("bob")
    pr.approve("alice")
    pr.review_comment("alice", body="nit")
    comment = pr.comment("carol", "Hello <!-- marker --> there")
    pr.resolve(pr.inline("dave", "Why?", path="a.py", line=3), by="erin")
    pr.label("bug")
    pr.assign("frank")
    pr.request_review("grace")
    pr.request_team("core")
    pr.check("build", "success")
    pr.status("ci", "pending")
    data = ask(STATE, ids=[pr.node_id])
    seen = data["nodes"][0]
    assert (seen["__typename"], seen["fullDatabaseId"], seen["databaseId"]) == ("PullRequest", str(pr.pull_id), None)
    assert (seen["state"], seen["headRefOid"], seen["mergeCommit"]) == ("OPEN", pr.head_sha, None)
    assert (seen["mergeable"], seen["mergeStateStatus"], seen["reviewDecision"]) == ("MERGEABLE", "UNSTABLE", None)
    states = ["APPROVED", "CHANGES_REQUESTED", "APPROVED", "COMMENTED", "COMMENTED"]
    assert [r["state"] for r in seen["reviews"]["nodes"]] == states
    assert [r["state"] for r in seen["approvals"]["nodes"]] == ["APPROVED", "APPROVED"]
    opinions = [(r["author"]["login"], r["state"]) for r in seen["latestOpinionatedReviews"]["nodes"]]
    assert opinions == [("bob", "CHANGES_REQUESTED"), ("alice", "APPROVED")]
    assert seen["comments"]["nodes"][0]["fullDatabaseId"] == str(comment.id)
    assert seen["comments"]["nodes"][0]["bodyText"] == "Hello  there"
    thread = seen["reviewThreads"]["nodes"][0]
    assert (thread["isResolved"], thread["resolvedBy"], thread["line"]) == (True, {"login": "erin"}, 3)
    asked = [r["requestedReviewer"] for r in seen["reviewRequests"]["nodes"]]
    assert asked == [{"__typename": "User", "login": "grace"}, {"__typename": "Team", "slug": "core"}]
    rollup = seen["commits"]["nodes"][0]["commit"]["statusCheckRollup"]
    assert (rollup["state"], rollup["contexts"]["totalCount"]) == ("PENDING", 2)
    assert [c["__typename"] for c in rollup["contexts"]["nodes"]] == ["CheckRun", "StatusContext"]
    assert seen["repository"] == {"nameWithOwner": "acme/api", "databaseId": pr.repo.id, "id": pr.repo.node_id}


def test_merged_is_a_state_with_a_commit_and_somebody_who_did_it(ask: Asker, pr: Pull) -> None:
    sha = pr.merge("alice")
    seen = ask.pull("state merged mergedAt mergedBy { login } mergeCommit { oid } mergeable")
    assert (seen["state"], seen["merged"], seen["mergedBy"]["login"]) == ("MERGED", True, "alice")
    assert (seen["mergeCommit"]["oid"], seen["mergeable"]) == (sha, "UNKNOWN")


def test_the_decision_follows_the_rule_of_the_branch(ask: Asker, pr: Pull) -> None:
    pr.repo.required_reviews = 1
    assert ask.pull("reviewDecision") == {"reviewDecision": "REVIEW_REQUIRED"}
    review = pr.request_changes("alice")
    assert ask.pull("reviewDecision") == {"reviewDecision": "CHANGES_REQUESTED"}
    pr.dismiss(review)
    pr.approve("bob")
    assert ask.pull("reviewDecision mergeStateStatus") == {"reviewDecision": "APPROVED", "mergeStateStatus": "CLEAN"}


def test_an_author_who_is_gone_is_null_and_a_bot_has_a_short_login(host: GitHubHost, ask: Asker) -> None:
    host.pull("acme/api", 42, author="gone").comment("ci[bot]")
    host.delete_user("gone")
    seen = ask.pull("author { login } comments(first: 1) { nodes { author { __typename login } } }")
    assert seen["author"] is None
    assert seen["comments"]["nodes"][0]["author"] == {"__typename": "Bot", "login": "ci"}


def test_the_timeline_gives_each_kind_its_own_type(host: GitHubHost, ask: Asker, pr: Pull) -> None:
    pr.label("bug", by="alice")
    pr.assign("bob")
    pr.dismiss(pr.approve("alice"), message="Too old")
    pr.push(force=True)
    pr.draft()
    pr.ready()
    pr.rename("Better")
    pr.mention_from(host.issue("acme/api", 7))
    pr.merge("alice")
    items = """timelineItems(last: 50, itemTypes: [LABELED_EVENT, ASSIGNED_EVENT, REVIEW_DISMISSED_EVENT, MERGED_EVENT,
        HEAD_REF_FORCE_PUSHED_EVENT, CONVERT_TO_DRAFT_EVENT, READY_FOR_REVIEW_EVENT, RENAMED_TITLE_EVENT,
        CROSS_REFERENCED_EVENT, CLOSED_EVENT, PULL_REQUEST_COMMIT]) { totalCount nodes { __typename
        ... on LabeledEvent { id createdAt actor { login } label { name } }
        ... on AssignedEvent { assignee { ... on User { login } } }
        ... on ReviewDismissedEvent { previousReviewState dismissalMessage review { state } }
        ... on HeadRefForcePushedEvent { beforeCommit { oid } afterCommit { oid } }
        ... on RenamedTitleEvent { previousTitle currentTitle }
        ... on CrossReferencedEvent { source { ... on Issue { number } } }
        ... on MergedEvent { commit { oid } }
        ... on PullRequestCommit { commit { oid committedDate } }
    } }"""
    told = ask.pull(items)["timelineItems"]
    by_kind = {node["__typename"]: node for node in told["nodes"]}
    assert [n["__typename"] for n in told["nodes"]] == [
        "PullRequestCommit", "LabeledEvent", "AssignedEvent", "ReviewDismissedEvent", "PullRequestCommit",
        "HeadRefForcePushedEvent", "ConvertToDraftEvent", "ReadyForReviewEvent", "RenamedTitleEvent",
        "CrossReferencedEvent", "MergedEvent", "ClosedEvent",
    ]
    assert (by_kind["LabeledEvent"]["label"], by_kind["LabeledEvent"]["actor"]) == ({"name": "bug"}, {"login": "alice"})
    assert by_kind["AssignedEvent"]["assignee"] == {"login": "bob"}
    assert by_kind["ReviewDismissedEvent"]["previousReviewState"] == "APPROVED"
    assert by_kind["HeadRefForcePushedEvent"]["afterCommit"]["oid"] == pr.head_sha
    assert by_kind["CrossReferencedEvent"]["source"] == {"number": 7}
    assert by_kind["MergedEvent"]["commit"]["oid"] == pr.merge_sha


def test_the_timeline_can_begin_at_an_instant(host: GitHubHost, ask: Asker, pr: Pull) -> None:
    pr.label("old")
    host.advance(3600)
    pr.label("new")
    since = ask.pull("updatedAt")["updatedAt"]
    items = 'timelineItems(first: 9, since: "%s", itemTypes: [LABELED_EVENT]) {'
    items += ' nodes { ... on LabeledEvent { label { name } } } }'
    assert [n["label"]["name"] for n in ask.pull(items % since)["timelineItems"]["nodes"]] == ["new"]


def test_a_connection_is_paged_from_either_end(ask: Asker, pr: Pull) -> None:
    made = [pr.comment("alice", str(n)) for n in range(5)]
    page = "comments(%s) { totalCount nodes { body } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }"
    first = ask.pull(page % "first: 2")["comments"]
    assert [n["body"] for n in first["nodes"]] == ["0", "1"] and first["totalCount"] == 5
    assert (first["pageInfo"]["hasNextPage"], first["pageInfo"]["hasPreviousPage"]) == (True, False)
    pr.delete_comment(made[1].id)
    after = ask.pull(page % f'first: 2, after: "{first["pageInfo"]["endCursor"]}"')["comments"]
    assert [n["body"] for n in after["nodes"]] == ["2", "3"]
    last = ask.pull(page % "last: 1")["comments"]
    before = ask.pull(page % f'last: 2, before: "{last["pageInfo"]["startCursor"]}"')["comments"]
    assert [n["body"] for n in before["nodes"]] == ["2", "3"] and before["pageInfo"]["hasNextPage"]


def test_issues_have_a_state_a_reason_and_a_parent(host: GitHubHost, ask: Asker) -> None:
    epic, child = host.issue("acme/api", 1, title="Epic"), host.issue("acme/api", 2)
    child.parent(epic, by="alice")
    child.close(reason="not_planned")
    query = """{ repository(owner: "acme", name: "api") { issue(number: 2) { state stateReason parent { number title }
        timelineItems(first: 5, itemTypes: [PARENT_ISSUE_ADDED_EVENT]) { nodes {
            ... on ParentIssueAddedEvent { actor { login } parent { number } } } } } } }"""
    issue = ask(query)["repository"]["issue"]
    assert (issue["state"], issue["stateReason"], issue["parent"]["number"]) == ("CLOSED", "NOT_PLANNED", 1)
    assert issue["timelineItems"]["nodes"] == [{"actor": {"login": "alice"}, "parent": {"number": 1}}]


def test_what_is_not_there_is_null_with_an_error_beside_the_rest(ask: Asker, pr: Pull) -> None:
    answer = ask.raw("query($ids: [ID!]!) { nodes(ids: $ids) { id } viewer { login } }", ids=[pr.node_id, "PR_x"])
    assert answer.status_code == 200
    assert answer.json()["data"] == {"nodes": [{"id": pr.node_id}, None], "viewer": {"login": "me"}}
    error = answer.json()["errors"][0]
    assert (error["type"], error["path"]) == ("NOT_FOUND", ["nodes", 1])
    missing = '{ repository(owner: "acme", name: "api") { issue(number: 42) { id } } }'
    assert "Could not resolve to an Issue" in ask.errors(missing)[0]["message"]


def test_a_renamed_repository_is_followed_and_a_forbidden_one_is_not_there(
    host: GitHubHost, ask: Asker, pr: Pull
) -> None:
    host.rename("acme/api", "acme/core")
    assert ask.pull("repository { nameWithOwner }")["repository"]["nameWithOwner"] == "acme/core"
    host.forbid("acme/core")
    assert ask.errors("query($i: ID!) { node(id: $i) { id } }", i=pr.node_id)[0]["type"] == "NOT_FOUND"


def test_directives_leave_out_what_is_not_wanted(ask: Asker) -> None:
    fields = "login @skip(if: $no) id @include(if: $no) ... @include(if: false) { name }"
    query = "query($no: Boolean!) { viewer { " + fields + " } }"
    assert list(ask(query, no=False)["viewer"]) == ["login"]
    assert list(ask(query, no=True)["viewer"]) == ["id"]


def test_points_are_a_hundredth_of_the_connections_and_a_bucket_of_their_own(host: GitHubHost, ask: Asker) -> None:
    ids = [host.pull("acme/api", n + 1).node_id for n in range(20)]
    rate = ask(STATE, ids=ids)["rateLimit"]
    # for each of 20: nine lists, the comments of 20 threads, the contexts of one commit; all over 100
    assert (rate["cost"], rate["remaining"]) == (6, 4994)
    assert host.requests[-1].charged == 6
    answer = ask.client.get("/rate_limit").json()["resources"]
    assert (answer["graphql"]["used"], answer["core"]["used"]) == (6, 0)
