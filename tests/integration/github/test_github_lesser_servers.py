"""Servers that have less than GitHub: no GraphQL, few endpoints, short objects, lists as they like. What they have is enough."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from github_workshop import TOKEN, Workshop

from coro_cli.drills.host.github import GitHubHost
from coro_cli.drills.host.messages import Request, Response
from coro_cli.plugins.github import fetch

ALWAYS = 10_000
CLASSIC = r"/repos/[^/]+/[^/]+/(pulls/\d+(/reviews|/comments)?|issues/\d+(/comments)?|commits/\w+/(check-runs|status))"
COMMON = ("number", "state", "title", "html_url", "created_at", "updated_at", "merged_at", "closed_at", "draft")
NOT_FOUND = b'{"message": "Not Found"}'
FORBIDDEN = b'{"message": "Resource not accessible by personal access token"}'

Act = Callable[[Any], object]
SITUATIONS: dict[str, Act] = {
    "approved": lambda p: p.approve("alice"),
    "changes_requested": lambda p: p.request_changes("alice"),
    "commented": lambda p: p.comment("alice"),
    "reviewed": lambda p: p.review_comment("alice"),
    "merged": lambda p: p.merge("alice"),
    "closed": lambda p: p.close("alice"),
    "synchronized": lambda p: p.push(),
    "labeled": lambda p: p.label("ship"),
    "assigned": lambda p: p.assign("bob"),
    "converted_to_draft": lambda p: p.draft(),
    "review_requested": lambda p: p.request_review("bob"),
    "checks_passed": lambda p: p.check("build", "success"),
    "checks_failed": lambda p: p.status("ci", "failure"),
}


def graphql(request: Request) -> bool:
    return request.path == "/graphql"


def below(tail: str) -> Callable[[Request], bool]:
    return lambda request: request.path.endswith(tail)


def altered(change: Callable[[Any], Any]) -> Callable[[Response], Response]:
    """An answer (a good one) with its JSON changed."""

    def alter(response: Response) -> Response:
        return replace(response, body=json.dumps(change(json.loads(response.body))).encode()) if response.status == 200 else response

    return alter


def park_all(host: GitHubHost, shop: Workshop) -> dict[str, str]:
    """A job for each situation, on a pull request of its own, all quiet."""
    host.skew = -7200.0
    for number in range(1, len(SITUATIONS) + 1):
        host.pull("acme/api", number)
    host.skew = 0.0
    jobs = {name: shop.park(f"github:acme/api#{number}", on=name).id for number, name in enumerate(SITUATIONS, 1)}
    shop.poll()
    assert {shop.state(job) for job in jobs.values()} == {"parked"}
    return jobs


def happen(host: GitHubHost) -> None:
    for number, act in enumerate(SITUATIONS.values(), 1):
        act(host.pull("acme/api", number))


@pytest.mark.parametrize("status", [401, 405, 502], ids=str)
def test_whatever_graphql_answers_instead_rest_does_all(status: int, host: GitHubHost, shop: Workshop) -> None:
    host.faults.next(ALWAYS, status=status, body=NOT_FOUND, when=graphql)
    jobs = park_all(host, shop)
    happen(host)
    assert shop.poll().errors == []
    assert [name for name, job in jobs.items() if shop.state(job) != "completed"] == []
    assert sum(graphql(r) for r in host.requests) <= 2


@pytest.mark.parametrize("page", [True, False], ids=["a page", "half an answer"])
def test_nonsense_from_graphql_is_said_and_rest_does_all(page: bool, host: GitHubHost, shop: Workshop) -> None:
    jobs = park_all(host, shop)
    happen(host)
    (host.faults.html if page else host.faults.truncate)(1, when=graphql)
    report = shop.poll()
    assert len(report.errors) == 1 and "/graphql answered with" in report.errors[0]
    assert [name for name, job in jobs.items() if shop.state(job) != "completed"] == []


def test_where_graphql_is_down_two_objects_are_enough_to_see_it(host: GitHubHost, shop: Workshop) -> None:
    park_all(host, shop)
    happen(host)
    host.faults.next(ALWAYS, status=502, when=graphql)
    host.clear()
    assert shop.poll().errors == []
    assert sum(graphql(r) for r in host.requests) <= 7


def test_graphql_that_was_away_is_tried_again(host: GitHubHost, shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "LOOKS_WITHOUT", 2)
    host.faults.next(1, status=404, body=NOT_FOUND, when=graphql)
    host.pull("acme/api", 1)
    for _ in range(4):
        shop.park("github:acme/api#1", on="closed")
    assert [r.status for r in host.requests if graphql(r)] == [404, 200]


@pytest.mark.parametrize("short", [False, True], ids=["whole objects", "short objects"])
def test_the_classical_endpoints_are_enough(short: bool, host: GitHubHost, shop: Workshop) -> None:
    host.faults.next(ALWAYS, status=404, body=NOT_FOUND, when=lambda r: not re.fullmatch(CLASSIC, r.path))
    if short:
        more = (*COMMON, "user", "head", "labels", "assignees", "requested_reviewers")
        host.faults.alter(
            altered(lambda pull: {name: pull[name] for name in more}), ALWAYS, when=lambda r: bool(re.search(r"/pulls/\d+$", r.path))
        )
    jobs = park_all(host, shop)
    happen(host)
    assert shop.poll().errors == []
    assert [name for name, job in jobs.items() if shop.state(job) != "completed"] == []
    keys = shop.told()
    assert shop.poll().events == [] and shop.told() == keys


def test_a_repository_that_is_gone_is_gone_there_too(host: GitHubHost, shop: Workshop) -> None:
    host.faults.next(ALWAYS, status=404, body=NOT_FOUND, when=lambda r: not re.fullmatch(CLASSIC, r.path))
    host.pull("acme/api", 1)
    job = shop.park("github:acme/api#1", on="approved").id
    host.delete_repo("acme/api")
    assert len(shop.poll().errors) == 1
    assert shop.state(job) == "parked" and shop.object("github:acme/api#1")["gone_since"] is not None


def test_a_list_that_is_whole_and_lacks_a_watched_issue_says_that_it_is_gone(host: GitHubHost, make: Callable[..., Workshop]) -> None:
    shop = make(graphql=False)
    host.skew = -7200.0
    issue = host.issue("acme/api", 1)
    host.issue("acme/api", 2)
    host.skew = 0.0
    job = shop.park("github:acme/api#1", on="closed").id
    assert shop.poll().errors == []
    issue.repo.items.pop(1)
    host.issue("acme/api", 2).label("x")
    assert shop.poll().errors and "does not exist" in shop.job(job)["attention"]
    assert shop.object("github:acme/api#1")["gone_since"] is not None


def test_a_list_in_another_order_is_read_to_its_end(host: GitHubHost, shop: Workshop) -> None:
    host.skew = -7200.0
    for number in range(1, 251):
        host.pull("acme/api", number)
    host.skew = 0.0
    jobs = [shop.park(f"github:acme/api#{number}", on="commented", check=False).id for number in (*range(1, 26), 250)]
    shop.poll()
    shop.poll()
    host.pull("acme/api", 250).comment("alice")

    def by_number(request: Request) -> Response:
        page = int(dict(request.query).get("page", "1"))
        found = [pull for pull in everything if (page - 1) * 100 < pull["number"] <= page * 100]
        onward = f'<{host.url}/repos/acme/api/pulls?state=all&per_page=100&page={page + 1}>; rel="next"'
        return Response(body=found, headers={"link": onward} if page < 3 else {})

    everything = []
    for page in (1, 2, 3):
        answer = shop.fleet.member("github").ready()[1].send(_list(page))
        everything += answer.json()
    everything.sort(key=lambda pull: pull["number"])
    host.routes.add("GET", "/repos/acme/api/pulls", by_number)
    host.routes._routes.insert(0, host.routes._routes.pop())
    assert shop.poll().errors == []
    assert [shop.state(job) for job in jobs].count("completed") == 1 and shop.state(jobs[-1]) == "completed"


def _list(page: int) -> Any:
    from coro_cli.plugins.protocol import Request as Asked

    return Asked("/repos/acme/api/pulls", query=[("state", "all"), ("per_page", "100"), ("page", str(page))])


def test_checks_that_the_token_may_not_see_hide_no_approval(host: GitHubHost, make: Callable[..., Workshop]) -> None:
    shop = make(graphql=False)
    host.faults.next(ALWAYS, status=403, body=FORBIDDEN, when=below("/check-runs"))
    host.skew = -7200.0
    pull = host.pull("acme/api", 1)
    host.skew = 0.0
    pull.status("ci", "success")
    jobs = [shop.park("github:acme/api#1", on=on).id for on in ("approved", "checks_passed", "checks_failed")]
    shop.poll()
    assert "check-runs forbids it" in shop.job(jobs[1])["attention"]
    pull.approve("alice")
    shop.poll()
    assert [shop.state(job) for job in jobs] == ["completed", "parked", "parked"], "what is hidden may be red"
    pull.status("ci", "failure")
    shop.poll()
    assert [shop.state(job) for job in jobs[1:]] == ["parked", "completed"]


@pytest.mark.parametrize("status", [403, 404], ids=str)
def test_comments_that_were_hidden_for_a_while_are_all_told(status: int, host: GitHubHost, make: Callable[..., Workshop]) -> None:
    shop = make(graphql=False)
    host.skew = -7200.0
    pull = host.pull("acme/api", 1)
    host.skew = -600.0
    job = shop.park("github:acme/api#1", on="commented").id
    shop.poll()
    host.faults.next(ALWAYS, status=status, body=FORBIDDEN, when=below("/issues/1/comments"))
    for skew in (-500.0, -300.0):
        host.skew = skew
        pull.comment("alice", f"at {skew}")
        pull.label(f"at {skew}")
        assert any("/issues/1/comments" in error for error in shop.poll().errors)
    assert shop.state(job) == "parked" and len(shop.told("pull_request:labeled")) == 2
    host.faults.clear()
    host.skew = 0.0
    pull.label("visible")
    assert shop.poll().errors == []
    assert shop.state(job) == "completed" and len(shop.told("pull_request:commented")) == 2


def test_of_a_check_that_was_run_again_the_last_run_counts_though_all_are_listed(host: GitHubHost, make: Callable[..., Workshop]) -> None:
    shop = make(graphql=False)
    host.pull("acme/api", 1)
    runs = [{"id": 1, "name": "build", "status": "completed", "conclusion": "failure", "completed_at": "2026-01-01T00:00:00Z"},
            {"id": 2, "name": "build", "status": "completed", "conclusion": "success", "completed_at": "2026-01-01T00:01:00Z"}]  # fmt: skip
    answer = json.dumps({"total_count": 2, "check_runs": runs[::-1]}).encode()
    host.faults.next(ALWAYS, status=200, body=answer, when=below("/check-runs"))
    assert shop.state(shop.park("github:acme/api#1", on="checks_passed").id) == "completed"


def test_a_list_that_is_full_and_names_no_next_page_is_asked_for_more(host: GitHubHost, make: Callable[..., Workshop]) -> None:
    shop = make(graphql=False)
    pull = host.pull("acme/api", 1)
    for _ in range(100):
        pull.review_comment("bob")
    pull.approve("alice")
    host.faults.alter(lambda r: replace(r, headers={k: v for k, v in r.headers.items() if k != "link"}), ALWAYS, when=below("/reviews"))
    assert shop.state(shop.park("github:acme/api#1", on="approved").id) == "completed"


def test_a_conflict_is_looked_for_in_one_request(host: GitHubHost, make: Callable[..., Workshop]) -> None:
    shop = make(graphql=False)
    host.skew = -7200.0
    pull = host.pull("acme/api", 1)
    host.skew = 0.0
    job = shop.park("github:acme/api#1", on="conflicted").id
    shop.poll()
    host.clear()
    shop.poll()
    assert [r.path for r in host.requests] == ["/repos/acme/api/pulls", "/repos/acme/api/pulls/1"]
    pull.conflict()
    shop.poll()
    assert shop.state(job) == "completed"


def test_threads_that_cannot_be_seen_are_not_waited_for_in_silence(host: GitHubHost, make: Callable[..., Workshop]) -> None:
    shop = make(graphql=False)
    host.pull("acme/api", 1)
    job = shop.park("github:acme/api#1", on="thread_resolved").id
    shop.poll()
    assert "GraphQL" in shop.job(job)["attention"]


def test_a_token_without_a_login_is_not_asked_for_it_at_every_cycle(host: GitHubHost, shop: Workshop) -> None:
    host.faults.next(ALWAYS, status=404, body=NOT_FOUND, when=lambda r: r.path in ("/user", "/graphql"))
    host.skew = -7200.0
    host.pull("acme/api", 1)
    host.skew = 0.0
    shop.park("github:acme/api#1", on="approved")
    shop.poll()
    host.clear()
    assert shop.poll().errors == []
    assert [r.path for r in host.requests] == ["/repos/acme/api/pulls"]


@pytest.mark.parametrize("graphql", [True, False], ids=["graphql", "rest"])
def test_an_address_may_call_it_the_other_thing(graphql: bool, host: GitHubHost, make: Callable[..., Workshop]) -> None:
    shop = make(graphql=graphql)
    host.skew = -7200.0
    host.pull("acme/api", 1).approve("alice")
    host.issue("acme/api", 2).close("alice")
    host.skew = 0.0
    web = host.url.removesuffix("/api/v3")
    jobs = [shop.park(f"{web}/acme/api/issues/1", on="*").id, shop.park(f"{web}/acme/api/pull/2", on="*").id]
    assert [shop.state(job) for job in jobs] == ["completed"] * 2
    assert [row["family"] for row in (shop.object("github:acme/api#1"), shop.object("github:acme/api#2"))] == ["pull_request", "issue"]


def test_another_token_is_not_taken_for_the_account_of_the_last_one(
    host: GitHubHost, shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.pull("acme/api", 1)
    shop.park("github:acme/api#1", on="approved")
    host.token = "ghs_nameless"
    monkeypatch.setenv(TOKEN, host.token)
    shop.fleet.renew("github")
    host.faults.next(ALWAYS, status=403, body=FORBIDDEN, when=lambda r: r.path in ("/user", "/graphql"))
    assert shop.poll().errors == []
    row = shop.db.one("plugin_get", name="github")
    assert row is not None and row["me"] == ""
