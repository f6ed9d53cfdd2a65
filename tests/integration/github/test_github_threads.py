"""Resolved threads, of which GitHub tells no time."""

from __future__ import annotations

from collections.abc import Callable

from github_workshop import Workshop

from coro_cli.drills.host.github import GitHubHost


def test_a_thread_that_is_resolved_a_second_time_is_told_a_second_time(host: GitHubHost, shop: Workshop) -> None:
    host.skew = -7200.0
    pull = host.pull("acme/api", 1)
    thread = pull.inline("alice")
    host.skew = 0.0
    shop.park("github:acme/api#1", on="thread_resolved", repeat=True, command=("true",))
    shop.poll()
    for number in (1, 2):
        host.advance(5)
        pull.resolve(thread, "dev")
        assert [e.name for e in shop.poll().events] == ["pull_request:thread_resolved"], number
        host.advance(5)
        pull.unresolve(thread, "dev")
        assert shop.poll().events == []
    assert len(set(shop.told("pull_request:thread_resolved"))) == 2


def test_the_oldest_of_many_threads_is_watched_too(host: GitHubHost, shop: Workshop) -> None:
    host.skew = -7200.0
    pull = host.pull("acme/api", 1)
    threads = [pull.inline("alice") for _ in range(160)]
    host.skew = 0.0
    job = shop.park("github:acme/api#1", on="thread_resolved").id
    shop.poll()
    assert shop.state(job) == "parked"
    pull.resolve(threads[0], "dev")
    assert shop.poll().errors == []
    assert shop.state(job) == "completed"


def test_threads_resolved_while_only_rest_was_to_be_had_are_no_news_afterwards(host: GitHubHost, make: Callable[..., Workshop]) -> None:
    host.skew = -7200.0
    pull = host.pull("acme/api", 1)
    pull.resolve(pull.inline("alice"), "dev")
    host.skew = 0.0
    shop = make(graphql=False)
    job = shop.park("github:acme/api#1", on="thread_resolved").id
    shop.poll()
    shop.graphql = True
    shop.fleet.renew("github")
    pull.label("x")
    assert [e.name for e in shop.poll().events] == ["pull_request:labeled"]
    assert shop.state(job) == "parked"
