"""Catching up: what changed is read beside one another, within what the host allows."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import Bench, benches
from world_gitlab import PROJECT, GitLabWorld

from tests.simulated.gitlab import GitLabHost

WHOLE = re.compile(r".*/merge_requests/\d+")
PULLS = 14


@pytest.fixture
def world() -> Iterator[GitLabWorld]:
    with GitLabHost() as host:
        yield GitLabWorld(host)


@pytest.fixture
def bench(world: GitLabWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    with benches(world, tmp_path, monkeypatch) as (bench,):
        yield bench


def changed(world: GitLabWorld, bench: Bench) -> list[str]:
    """Jobs whose merge requests were all commented on since anybody looked."""
    world.host.skew = -3600.0
    pulls = [world.host.pull(PROJECT, number + 1) for number in range(PULLS)]
    world.host.skew = 0.0
    jobs = [bench.park(world.ref(pull), "commented").job["id"] for pull in pulls]
    world.host.advance(2.0)
    for pull in pulls:
        pull.comment("alice", f"please look at {pull.number}")
    return jobs


def test_six_are_read_at_once_and_never_more(world: GitLabWorld, bench: Bench) -> None:
    jobs = changed(world, bench)
    arrived: list[str] = []
    all_there = threading.Event()

    def hold(request: object) -> None:
        if not all_there.is_set() and WHOLE.fullmatch(getattr(request, "path", "")):
            arrived.append("one")
            if len(arrived) == 6:
                all_there.set()
            assert all_there.wait(20), "they were asked for one after the other"
            assert len(arrived) == 6

    world.host.before(hold)
    assert bench.poll().errors == []
    assert all_there.is_set()
    assert {bench.state(job) for job in jobs} == {"completed"}


def test_a_limit_in_the_middle_ends_the_asking_and_loses_nothing(world: GitLabWorld, bench: Bench) -> None:
    jobs = changed(world, bench)
    seen: list[str] = []

    def limit(request: object) -> None:
        if WHOLE.fullmatch(getattr(request, "path", "")):
            seen.append(getattr(request, "path", ""))
            if len(seen) == 9:
                world.host.pause = 30.0

    stop = world.host.before(limit)
    world.host.clear()
    report = bench.poll()
    refused = [request for request in world.host.requests if request.status == 429]
    assert report.limited_until is not None and 1 <= len(refused) <= 6
    assert len(seen) <= 9 + 6

    stop()
    world.host.pause = 0.0
    read_before = sum(bench.state(job) == "completed" for job in jobs)
    bench.db.run("plugin_seen", name="gitlab", me=None, skew=0.0, budget="{}")
    world.host.clear()
    assert bench.poll().errors == []
    again = [request.path for request in world.host.requests if WHOLE.fullmatch(request.path)]
    assert {bench.state(job) for job in jobs} == {"completed"}
    assert len(again) == PULLS - read_before, "what was read before the limit is not asked for again"
    assert sum(row["name"] == "pull_request:commented" for row in bench.recorded()) == PULLS


def test_what_many_ask_for_is_asked_for_once(world: GitLabWorld, bench: Bench) -> None:
    changed(world, bench)
    member = bench.fleet.member("gitlab")
    assert member.plugin is not None
    member.plugin.circles = type(member.plugin.circles)()  # type: ignore[attr-defined]
    world.host.clear()
    bench.poll()
    assert sum("/members" in request.path for request in world.host.requests) == 1
