"""What watching costs: requests grow with repositories and with what changed, never with jobs."""

from __future__ import annotations

from typing import Any

import pytest
from github_workshop import Workshop

from coro_cli.drills.host.github import GitHubHost
from coro_cli.plugins.github import graphql
from coro_cli.polling import watching

REPOS, PULLS = 4, 15


@pytest.fixture
def many(host: GitHubHost, shop: Workshop) -> Workshop:
    """A job on each of sixty pull requests in four repositories, all read and quiet."""
    host.skew = -7200.0
    for repo in range(REPOS):
        for number in range(1, PULLS + 1):
            host.pull(f"acme/r{repo}", number)
    host.skew = 0.0
    for repo in range(REPOS):
        for number in range(1, PULLS + 1):
            shop.park(f"github:acme/r{repo}#{number}", on="approved,commented,merged", check=False)
    for _ in range(2):
        assert shop.poll().errors == []
    host.clear()
    return shop


def paths(host: GitHubHost) -> list[Any]:
    """What was asked, and what it cost."""
    return [(request.method, request.status, request.charged) for request in host.requests]


def test_a_quiet_cycle_asks_once_a_repository_and_nothing_is_charged(host: GitHubHost, many: Workshop) -> None:
    report = many.poll()
    assert (report.requests, report.not_modified, report.charged) == (REPOS, REPOS, 0)
    assert paths(host) == [("GET", 304, 0)] * REPOS


def test_more_jobs_on_the_same_pull_requests_cost_nothing_more(host: GitHubHost, many: Workshop) -> None:
    for number in range(1, PULLS + 1):
        many.park(f"github:acme/r0#{number}", on="changes_requested", check=False)
    many.poll()
    host.clear()
    assert many.poll().charged == 0
    assert paths(host) == [("GET", 304, 0)] * REPOS


def test_what_changed_is_read_25_a_query(host: GitHubHost, many: Workshop) -> None:
    for repo in range(REPOS):
        for number in range(1, 11):
            host.pull(f"acme/r{repo}", number).comment("eve")
    report = many.poll()
    assert len(report.events) == 40
    assert report.requests == REPOS + 2
    assert report.charged == sum(request.charged for request in host.requests)


def test_a_park_asks_one_question(host: GitHubHost, many: Workshop) -> None:
    host.pull("acme/api", 1)
    host.clear()
    many.park("github:acme/api#1", on="approved")
    assert [(r.method, r.path) for r in host.requests] == [("POST", "/graphql")]


def test_heads_whose_checks_run_cost_one_small_query_for_25_and_settled_ones_nothing(host: GitHubHost, shop: Workshop) -> None:
    host.skew = -7200.0
    pulls = [host.pull("acme/api", number) for number in range(1, 31)]
    for pull in pulls:
        pull.check("build")
    host.skew = 0.0
    for pull in pulls:
        shop.park(f"github:acme/api#{pull.number}", on="checks_failed", check=False)
    shop.poll()
    shop.poll()
    report = shop.poll()
    assert (report.requests, report.charged) == (3, 2)
    for pull in pulls:
        pull.check("build", "success")
    assert len(shop.poll().events) == 30
    report = shop.poll()
    assert (report.requests, report.charged) == (1, 0)


def test_the_price_is_what_the_host_charges(host: GitHubHost, shop: Workshop) -> None:
    for number in range(1, 41):
        host.pull("acme/api", number)
        shop.park(f"github:acme/api#{number}", on="approved", check=False)
    host.clear()
    shop.poll()
    watched = watching.watched_of(shop.db, "github")
    charged = [request.charged for request in host.requests if request.path == "/graphql"]
    assert charged == [graphql.price(watched[:25]), graphql.price(watched[25:])]


def test_validators_are_of_one_token_and_outlive_the_process(host: GitHubHost, many: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    many.fleet.close()
    many.fleet.members.clear()
    assert many.poll().charged == 0
    host.token = "ghp_another"
    monkeypatch.setenv("WORKSHOP_TOKEN", host.token)
    many.fleet.close()
    many.fleet.members.clear()
    assert many.poll().not_modified == 0


def test_a_job_that_parks_between_two_cycles_is_not_hidden_by_a_list_that_did_not_change(host: GitHubHost, many: Workshop) -> None:
    pull = host.pull("acme/r0", 99)
    many.poll()
    # It changed after the park's look and before the next list was read; since then the list stands still.
    many.park("github:acme/r0#99", on="commented")
    with many.db.transaction():
        many.db.run("object_marked", ref="github:acme/r0#99", marker="0")
        many.db._connection.execute("UPDATE objects SET dirty = 0 WHERE ref = 'github:acme/r0#99'")
    host.clear()
    many.poll()
    assert ("POST", 200) in [(r.method, r.status) for r in host.requests]
    assert pull.number == 99


def test_a_cycle_for_one_job_hides_nothing_from_the_others(host: GitHubHost, many: Workshop) -> None:
    one = many.park("github:acme/r0#1", on="closed").id
    other = many.park("github:acme/r0#2", on="closed").id
    host.advance(10)
    host.pull("acme/r0", 2).close()
    many.poll(job=one)
    assert many.state(other) == "parked"
    many.poll()
    assert many.state(other) == "completed"
