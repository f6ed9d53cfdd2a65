"""The table of `github_cases`, over real HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from github_cases import ALL, HOUR, Case
from github_workshop import Workshop, snapshot

from coro_cli.domain import diff
from coro_cli.drills.host.github import GitHubHost

Make = Callable[..., Workshop]
SAME = (
    "id", "native", "state", "draft", "head", "labels", "assignees", "requested", "reviews", "comments", "checks", "conflicted",
    "merged_at", "closed_at", "closed_by", "updated_at", "status", "epic", "merge_commit", "url", "title", "author",
)  # fmt: skip


def subject(host: GitHubHost, case: Case) -> Any:
    """The row's object, opened and prepared hours ago."""
    host.skew = -3 * HOUR
    thing = host.pull("acme/api", 42) if case.family == "pull_request" else host.issue("acme/api", 42)
    host.advance(60)
    case.before(host, thing)
    host.skew = 0.0
    return thing


@pytest.mark.parametrize("case", ALL, ids=str)
def test_it_is_found_by_the_next_cycle_and_only_once(case: Case, host: GitHubHost, shop: Workshop) -> None:
    thing = subject(host, case)
    job = shop.park("github:acme/api#42", on=case.on, **case.words).id
    assert shop.state(job) == "parked"
    case.act(host, thing)
    report = shop.poll()
    assert report.errors == []
    assert not case.event or case.event in [event.name for event in report.events]
    assert shop.state(job) == ("completed" if case.wakes else "parked")
    assert shop.poll().events == []


@pytest.mark.parametrize("case", ALL, ids=str)
def test_a_state_that_holds_wakes_at_the_park_and_an_edge_that_is_over_does_not(case: Case, host: GitHubHost, shop: Workshop) -> None:
    thing = subject(host, case)
    host.skew = -HOUR
    case.act(host, thing)
    host.skew = 0.0
    job = shop.park("github:acme/api#42", on=case.on, **case.words).id
    assert shop.state(job) == ("completed" if case.level else "parked")
    assert shop.poll().errors == []
    assert shop.state(job) == ("completed" if case.level else "parked")


@pytest.mark.parametrize("case", ALL, ids=str)
def test_graphql_and_rest_read_the_same(case: Case, host: GitHubHost) -> None:
    thing = subject(host, case)
    case.act(host, thing)
    both = [snapshot(host, 42, graphql=graphql) for graphql in (True, False)]
    found = [list(diff.found(None, s, "r", since=0.0)) for s in both]
    one, other = ([(e.key, e.name, e.actor, e.occurred_at, e.body) for e in events] for events in found)
    assert one == other
    # REST leaves out who was linked to what: what it does tell is the same.
    assert all({**e.data, **{k: v for k, v in f.data.items() if v}} == e.data for e, f in zip(*found, strict=True))
    assert [name for name in SAME if getattr(both[0], name) != getattr(both[1], name)] == []


@pytest.mark.parametrize("case", [c for c in ALL if not c.threads], ids=str)
def test_without_graphql_the_same_is_found_under_the_same_key(case: Case, host: GitHubHost, make: Make) -> None:
    shops, thing = [make(graphql=True), make(graphql=False)], subject(host, case)
    jobs = [shop.park("github:acme/api#42", on=case.on, **case.words).id for shop in shops]
    case.act(host, thing)
    for shop, job in zip(shops, jobs, strict=True):
        assert shop.poll().errors == []
        assert shop.state(job) == ("completed" if case.wakes else "parked")
    one, other = (set(shop.told(case.event)) for shop in shops)
    assert one == other and (one or not case.event)
