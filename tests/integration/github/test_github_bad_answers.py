"""Answers that cannot be: a plugin error that names address and field, and the cycle goes on with the others."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from github_workshop import Workshop

from coro_cli.drills.host.github import GitHubHost
from coro_cli.drills.host.messages import Request, Response

Json = dict[str, Any]


def altered(change: Callable[[Any], Any]) -> Callable[[Response], Response]:
    """An answer with its JSON changed."""

    def alter(response: Response) -> Response:
        found = json.loads(response.body)
        done = change(found)
        return replace(response, body=json.dumps(found if done is None else done).encode())

    return alter


def first_node(**values: Any) -> Callable[[Any], Any]:
    """A GraphQL answer whose first object has these fields instead."""
    return lambda answer: answer["data"]["nodes"][0].update(values)


def graphql(request: Request) -> bool:
    return request.path == "/graphql"


@pytest.fixture
def jobs(host: GitHubHost, shop: Workshop) -> list[str]:
    """Two jobs on two pull requests of one repository, read and quiet; then both get a comment."""
    host.skew = -7200.0
    pulls = [host.pull("acme/api", number) for number in (1, 2)]
    host.skew = 0.0
    made = [shop.park(f"github:acme/api#{pull.number}", on="commented").id for pull in pulls]
    assert shop.poll().errors == []
    for pull in pulls:
        pull.comment("alice")
    return made


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (first_node(number="one"), "number"),
        (first_node(number=None), "number"),
        (first_node(updatedAt="yesterday"), "updated_at"),
        (first_node(updatedAt=["x"]), "updated_at"),
        (first_node(createdAt=None), "created_at"),
        (first_node(closed="perhaps"), "state"),
        (lambda a: a["data"]["nodes"][0]["comments"]["nodes"][0].update(fullDatabaseId="x1"), "fullDatabaseId"),
        (lambda a: a["data"]["nodes"][0]["reviews"].update(nodes=[{"state": "ENDORSED", "fullDatabaseId": "5", "submittedAt": None}]),
         "reviews.state"),
    ],
    ids=["wrong type", "null", "no time", "a list", "missing", "not a truth", "no number", "unknown word"],
)  # fmt: skip
def test_one_object_that_makes_no_sense_is_named_and_read_by_rest_and_holds_up_no_other(
    change: Callable[[Any], Any], field: str, host: GitHubHost, shop: Workshop, jobs: list[str]
) -> None:
    host.faults.alter(altered(change), when=graphql)
    report = shop.poll()
    assert len(report.errors) == 1 and f"`{field}`" in report.errors[0] and "/graphql" in report.errors[0]
    assert [shop.state(job) for job in jobs] == ["completed"] * 2
    assert shop.poll().errors == []


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a["data"].update(nodes=None),
        lambda a: a["data"].update(nodes=[]),
        lambda a: a["data"]["nodes"].__setitem__(0, None),
        lambda a: a["data"]["nodes"].__setitem__(0, "text"),
        lambda a: a["data"]["nodes"].__setitem__(0, {"__typename": "Discussion"}),
        lambda a: a.update(errors=[{"message": "partial", "path": ["nodes", 0, "reviews"]}]),
        lambda a: a["data"]["nodes"][0].pop("comments") and None,
        lambda a: a["data"]["nodes"][0].pop("timelineItems") and None,
        lambda a: a["data"]["nodes"][1].update(reviews=None),
        lambda a: {"data": None},
        lambda a: {"errors": [{"message": "Something else"}]},
        lambda a: {"errors": [{"message": "gone", "type": "RESOURCE_LIMITS_EXCEEDED"}]},
        lambda a: {"data": None, "errors": "no list"},
        lambda a: [],
        lambda a: {"errors": [{"message": "no", "extensions": {"code": "undefinedField"}}]},
    ],
)
def test_what_graphql_leaves_open_rest_tells_in_the_same_cycle(
    change: Callable[[Any], Any], host: GitHubHost, shop: Workshop, jobs: list[str]
) -> None:
    host.faults.alter(altered(change), when=graphql)
    assert shop.poll().errors == []
    assert [shop.state(job) for job in jobs] == ["completed"] * 2
    assert len(shop.told("pull_request:commented")) == 2


def test_answers_in_the_wrong_order_mislead_nobody(host: GitHubHost, shop: Workshop, jobs: list[str]) -> None:
    host.faults.alter(altered(lambda a: a["data"]["nodes"].reverse()), when=graphql)
    report = shop.poll()
    assert len(report.errors) == 2 and "another object" in report.errors[0] and report.events == []
    assert shop.poll().errors == []
    assert [shop.state(job) for job in jobs] == ["completed"] * 2


def test_null_authors_names_and_bodies_are_read_over(host: GitHubHost, shop: Workshop, jobs: list[str]) -> None:
    def bare(answer: Any) -> None:
        for node in answer["data"]["nodes"]:
            node.update(author=None, body=None, title=None, labels=None, assignees={"nodes": None}, mergedBy=None)
            node["comments"]["nodes"].append(None)

    host.faults.alter(altered(bare), when=graphql)
    assert shop.poll().errors == []
    assert [shop.state(job) for job in jobs] == ["completed"] * 2


def test_single_sign_on_is_named_for_the_one_it_concerns(host: GitHubHost, shop: Workshop, jobs: list[str]) -> None:
    error = {"type": "FORBIDDEN", "path": ["nodes", 0], "extensions": {"saml_failure": True}, "message": "Resource protected by SAML"}

    def saml(answer: Json) -> None:
        answer["data"]["nodes"][0] = None
        answer["errors"] = [error]

    host.faults.alter(altered(saml), when=graphql)
    report = shop.poll()
    assert len(report.errors) == 1 and "single sign-on" in report.errors[0]
    assert [shop.state(job) for job in jobs] == ["parked", "completed"]
    assert "single sign-on" in shop.job(jobs[0])["attention"]


def test_a_token_that_may_not_see_teams_asks_without_them(host: GitHubHost, shop: Workshop, jobs: list[str]) -> None:
    error = {"type": "INSUFFICIENT_SCOPES", "message": "The 'slug' field requires one of the following scopes: ['read:org']"}
    host.faults.alter(altered(lambda a: {"errors": [error]}), when=lambda r: graphql(r) and r.json()["variables"].get("teams") is True)
    host.clear()
    assert shop.poll().errors == []
    assert [shop.state(job) for job in jobs] == ["completed"] * 2
    assert [r.json()["variables"]["teams"] for r in host.requests if graphql(r)] == [True, False]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda a: {"message": "hm"}, "without a list"),
        (lambda a: a[0].update(number="one"), "`number`"),
        (lambda a: a[0].update(updated_at=None), "`updated_at`"),
    ],
)
def test_a_list_that_makes_no_sense_is_that_repositorys_trouble(
    change: Callable[[Any], Any], said: str, host: GitHubHost, shop: Workshop, jobs: list[str]
) -> None:
    host.faults.alter(altered(change), when=lambda r: r.path.endswith("/pulls"))
    report = shop.poll()
    assert len(report.errors) == 1 and said in report.errors[0] and "/repos/acme/api/pulls" in report.errors[0]
    assert shop.poll().errors == []
    assert [shop.state(job) for job in jobs] == ["completed"] * 2


def test_an_endless_list_of_changes_is_given_up_for_the_objects_themselves(host: GitHubHost, shop: Workshop, jobs: list[str]) -> None:
    def endless(response: Response) -> Response:
        page = json.loads(response.body)
        for item in page:
            item.update(number=item["number"] + 1000)
        onward = f'<{host.url}/repos/acme/api/pulls?state=all&sort=updated&direction=desc&per_page=100&page=1>; rel="next"'
        return replace(response, body=json.dumps(page).encode(), headers={**response.headers, "link": onward})

    host.faults.alter(endless, 99, when=lambda r: r.path.endswith("/pulls"))
    host.clear()
    assert shop.poll().errors == []
    assert [shop.state(job) for job in jobs] == ["completed"] * 2
    assert len(host.requests) < 6


def test_a_pull_request_with_ten_thousand_comments_is_read_by_what_is_new(host: GitHubHost, shop: Workshop) -> None:
    host.skew = -7200.0
    pull = host.pull("acme/api", 1)
    for _ in range(10_000):
        pull.comment("eve", "me too")
    for _ in range(300):
        pull.review_comment("eve", body="hm")
    host.skew = 0.0
    job = shop.park("github:acme/api#1", on="commented").id
    assert shop.state(job) == "parked"
    for number in range(60):
        pull.comment("eve", f"again {number}")
    pull.inline("alice", "here")
    host.clear()
    report = shop.poll()
    assert report.errors == []
    assert len([e for e in report.events if e.name == "pull_request:commented"]) == 61
    assert shop.state(job) == "completed"
    assert len(host.requests) < 20


def _first(**values: Any) -> Callable[[Any], Any]:
    return lambda found: found[0].update(values)


@pytest.mark.parametrize(
    ("tail", "change", "field"),
    [
        ("/issues/1/comments", _first(id=None), "id"),
        ("/issues/1/comments", _first(id="xyz"), "id"),
        ("/issues/1/comments", _first(created_at=None), "created_at"),
        ("/issues/1/comments", _first(user="alice"), "user"),
        ("/pulls/1/reviews", _first(id=None), "id"),
        ("/pulls/1/reviews", _first(submitted_at=["x"]), "submitted_at"),
        ("/pulls/1", lambda a: a.update(merged_at="yesterday", state="closed"), "merged_at"),
        ("/pulls/1", lambda a: a.update(head=None), "sha"),
        ("/pulls/1", lambda a: a.update(user=7), "user"),
    ],
)  # fmt: skip
def test_what_rest_says_amiss_is_named_and_read_again(
    tail: str, change: Callable[[Any], Any], field: str, host: GitHubHost, make: Callable[..., Workshop]
) -> None:
    shop = make(graphql=False)
    host.skew = -7200.0
    pulls = [host.pull("acme/api", number) for number in (1, 2)]
    host.skew = 0.0
    jobs = [shop.park(f"github:acme/api#{pull.number}", on="commented").id for pull in pulls]
    assert shop.poll().errors == []
    for pull in pulls:
        pull.comment("alice")
        pull.review_comment("alice", body="")
    host.faults.alter(altered(change), when=lambda r: r.path.endswith(tail))
    report = shop.poll()
    assert len(report.errors) == 1 and f"`{field}`" in report.errors[0] and "/repos/acme/api/pulls/1" in report.errors[0]
    assert [shop.state(job) for job in jobs] == ["parked", "completed"]
    assert shop.poll().errors == []
    assert shop.state(jobs[0]) == "completed"


def test_a_spoilt_entry_of_a_list_hides_no_other(host: GitHubHost, shop: Workshop, jobs: list[str]) -> None:
    host.faults.alter(altered(_first(number="one")), when=lambda r: r.path.endswith("/pulls"))
    report = shop.poll()
    assert len(report.errors) == 1 and "`number`" in report.errors[0]
    assert [shop.state(job) for job in jobs] == ["completed"] * 2


def test_one_object_that_the_host_always_fails_over_does_not_starve_the_others(host: GitHubHost, make: Callable[..., Workshop]) -> None:
    shop = make(graphql=False)
    jobs = []
    for number in range(1, 6):
        host.pull("acme/api", number)
        jobs.append(shop.park(f"github:acme/api#{number}", on="commented").id)
    for number in range(1, 6):
        host.pull("acme/api", number).comment("alice")
    host.faults.next(99, status=502, when=lambda r: r.path.endswith("/pulls/2/reviews"))
    assert len(shop.poll().errors) == 1
    assert [shop.state(job) for job in jobs] == ["completed", "parked", "completed", "completed", "completed"]


def test_pages_that_lead_on_and_bring_nothing_new_are_not_followed(host: GitHubHost, make: Callable[..., Workshop]) -> None:
    shop = make(graphql=False)
    host.pull("acme/api", 1)
    shop.park("github:acme/api#1", on="commented")
    host.pull("acme/api", 1).comment("alice")

    def onward(request: Request) -> Response:
        page = int(dict(request.query).get("page", "1"))
        return Response(body=[], headers={"link": f'<{host.url}{request.path}?page={page + 1}>; rel="next"'})

    host.routes.add("GET", "/repos/acme/api/issues/1/comments", onward)
    host.routes._routes.insert(0, host.routes._routes.pop())
    host.clear()
    (error,) = shop.poll().errors
    assert "/issues/1/comments" in error and len(host.requests) < 8


@pytest.mark.parametrize("elsewhere", ["http://localhost:9", "ftp://localhost"])
def test_a_list_that_leads_to_a_dead_host_is_its_repositorys_trouble(
    elsewhere: str, host: GitHubHost, shop: Workshop, jobs: list[str]
) -> None:
    host.skew = -7200.0
    host.pull("acme/web", 1)
    host.skew = 0.0
    other = shop.park("github:acme/web#1", on="commented").id
    host.faults.next(
        1, status=301, headers={"location": f"{elsewhere}/repos/acme/web/pulls"}, when=lambda r: r.path == "/repos/acme/web/pulls"
    )
    assert len(shop.poll().errors) == 1
    assert [shop.state(job) for job in jobs] == ["completed"] * 2
    assert shop.job(other)["attention"]


def test_checks_hidden_from_the_token_cost_no_request_a_pull_request(host: GitHubHost, shop: Workshop) -> None:
    host.skew = -7200.0
    pulls = [host.pull("acme/api", number) for number in range(1, 6)]
    host.skew = 0.0

    def hidden(answer: Any) -> None:
        errors = []
        for place, node in enumerate(answer["data"]["nodes"]):
            node["commits"]["nodes"][0]["commit"]["statusCheckRollup"] = None
            path = ["nodes", place, "commits", "nodes", 0, "commit", "statusCheckRollup"]
            errors.append({"type": "FORBIDDEN", "path": path, "message": "Resource not accessible by personal access token"})
        answer["errors"] = errors

    jobs = [shop.park(f"github:acme/api#{pull.number}", on="approved,checks_passed").id for pull in pulls]
    shop.poll()
    host.faults.alter(altered(hidden), 99, when=graphql)
    host.clear()
    assert "not accessible" in shop.poll().errors[0] and "not accessible" in shop.job(jobs[0])["attention"]
    assert len(host.requests) == 2
    pulls[0].approve("alice")
    shop.poll()
    assert [shop.state(job) for job in jobs] == ["completed", *["parked"] * 4]
