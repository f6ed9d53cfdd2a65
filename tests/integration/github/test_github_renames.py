"""Repositories that move: jobs go on under the old ref, events keep their keys, and a name that was given away misleads nobody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from github_workshop import Workshop

from coro_cli.drills.host.github import GitHubHost

WAYS = pytest.mark.parametrize("graphql", [True, False], ids=["graphql", "rest"])


@pytest.fixture
def old(host: GitHubHost) -> GitHubHost:
    """acme/api#1, opened hours ago."""
    host.skew = -7200.0
    host.pull("acme/api", 1)
    host.skew = 0.0
    return host


@WAYS
@pytest.mark.parametrize("name", ["acme/renamed", "other/api"], ids=["renamed", "transferred"])
def test_events_go_on_after_a_move_with_the_same_keys(name: str, graphql: bool, old: GitHubHost, make: Callable[..., Workshop]) -> None:
    shop = make(graphql=graphql)
    job = shop.park("github:acme/api#1", on="approved").id
    shop.poll()
    comment = old.pull("acme/api", 1).comment("alice")
    assert len(shop.poll().events) == 1
    old.rename("acme/api", name)
    assert shop.poll().events == []
    pull = old.pull(name, 1)
    review = pull.approve("alice", association="MEMBER")
    report = shop.poll()
    assert report.errors == [] and shop.state(job) == "completed"
    ends = [key.partition(f":{pull.repo.id}:1:")[2] for key in shop.told()]
    assert ends == [f"ic:{comment.id}", f"review:{review.id}:approved"]


def test_once_the_new_name_is_known_a_quiet_cycle_is_free_again(old: GitHubHost, shop: Workshop) -> None:
    shop.park("github:acme/api#1", on="approved")
    shop.poll()
    old.rename("acme/api", "acme/renamed")
    for _ in range(3):
        assert shop.poll().errors == []
        shop.fleet.renew("github")  # a new process has not followed any redirect yet
    report = shop.poll()
    assert (report.requests, report.not_modified, report.charged) == (1, 1, 0)


def test_a_name_that_now_belongs_to_another_repository_misleads_nobody(old: GitHubHost, shop: Workshop) -> None:
    job = shop.park("github:acme/api#1", on="approved").id
    shop.poll()
    moved = old.pull("acme/api", 1)
    old.rename("acme/api", "acme/renamed")
    old.repo("acme/api").member("alice")
    old.pull("acme/api", 1, title="Another").approve("alice")
    assert shop.poll().errors == []
    assert shop.state(job) == "parked"
    moved.approve("bob", association="MEMBER")
    assert shop.poll().errors == [] and shop.poll().errors == []
    assert shop.state(job) == "completed"


def test_a_park_by_the_old_name_is_one_on_the_new(old: GitHubHost, shop: Workshop) -> None:
    old.rename("acme/api", "acme/renamed")
    parked = shop.park("github:acme/api#1", on="approved")
    assert [w["refs"] for w in parked.job["waits"]] == [["github:acme/renamed#1"]]


def test_a_deleted_fork_changes_nothing(old: GitHubHost, shop: Workshop) -> None:
    pull = old.pull("acme/api", 2, fork="dev/api")
    job = shop.park("github:acme/api#2", on="approved").id
    pull.delete_fork()
    pull.approve("alice")
    assert shop.poll().errors == []
    assert shop.state(job) == "completed"
