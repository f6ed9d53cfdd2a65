"""Hosts whose lists do not tell everything: what a cycle asks for, and what bad answers do, on each of the three."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import Bench, benches
from world_azure import AzureWorld
from world_bitbucket import BitbucketWorld
from world_bitbucket_dc import BitbucketDCWorld

from coro_cli.plugins import round_robin
from tests.simulated.azure import AzureHost
from tests.simulated.bitbucket import BitbucketHost
from tests.simulated.bitbucket_dc import BitbucketDCHost

World = AzureWorld | BitbucketWorld | BitbucketDCWorld
_WORLDS: dict[str, tuple[Callable[[], Any], Callable[[Any], World], str]] = {
    "bitbucket": (BitbucketHost, BitbucketWorld, "acme/r{}"),
    "bitbucket-dc": (BitbucketDCHost, BitbucketDCWorld, "ACME/r{}"),
    "azure": (AzureHost, AzureWorld, "acme/My Shop/r{}"),
}


@pytest.fixture(params=list(_WORLDS))
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    host_class, world_class, _ = _WORLDS[request.param]
    with host_class() as host:
        yield world_class(host)


@pytest.fixture
def home(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    with benches(world, tmp_path, monkeypatch) as (bench,):
        yield bench


def opened(world: World, count: int = 1, *, places: int = 1) -> list[Any]:
    """So many, an hour ago: what changed within the last seconds is looked at twice."""
    world.host.skew = -3600.0
    pulls = [world.host.pull(_WORLDS[world.name][2].format(n % places)) for n in range(count)]
    for pull in pulls:
        pull.repo.member("alice")
        pull.inline("alice")
    world.host.skew = 0.0
    return pulls


def parked(home: Bench, pulls: list[Any], on: str) -> list[str]:
    return [home.park(home.world.ref(pull), on).id for pull in pulls]


def test_a_cycle_asks_three_times_a_repository_however_many_jobs_there_are(world: World, home: Bench) -> None:
    pulls = opened(world, 24, places=3)
    parked(home, pulls, "approved")
    home.poll()
    world.host.clear()
    report = home.poll()
    assert report.errors == [] and report.requests == 9
    asked = Counter(part for r in world.host.requests for part in r.path.split("/") if part in ("r0", "r1", "r2"))
    assert set(asked.values()) == {3}
    parked(home, pulls, "merged")
    home.poll()
    assert home.poll().requests == 9, "twice the jobs, the same requests"


def test_what_the_list_hides_is_found_when_its_turn_comes(world: World, home: Bench) -> None:
    pulls = opened(world, 6)
    jobs = parked(home, pulls, "comment_edited")
    home.poll()
    for pull in pulls:
        pull.edit_comment(pull.threads[0].comments[0].id, "On second thought …")
    found = []
    for _ in range(len(pulls) // 2):
        report = home.poll()
        assert report.errors == []
        found.append(len([e for e in report.events if e.name == "pull_request:comment_edited"]))
    assert sum(found) == len(pulls) and max(found) <= 2, found
    assert {home.state(job) for job in jobs} == {"completed"}


def test_people_who_talk_on_after_the_end_are_heard(world: World, home: Bench) -> None:
    pull = world.pull()
    job = home.park(world.ref(pull), "commented", only=True).id
    pull.merge("bob")
    home.poll()
    assert home.state(job) == "parked"
    pull.comment("alice" if world.name != "azure" else "dev", "and now?")
    home.poll()
    assert home.state(job) == "completed"


def test_one_that_is_gone_does_not_hold_up_the_others(world: World, home: Bench) -> None:
    gone, stays = world.pull(), world.pull()
    jobs = parked(home, [gone, stays], "approved")
    del stays.repo.pulls[gone.number]
    stays.approve("alice")
    report = home.poll()
    assert len(report.errors) == 1 and f"{gone.number}" in report.errors[0]
    assert [home.state(job) for job in jobs] == ["parked", "completed"]


def test_one_whose_closer_look_fails_does_not_hold_up_the_others(world: World, home: Bench) -> None:
    pulls = [world.pull() for _ in range(4)]
    jobs = parked(home, pulls, "commented")
    home.poll()
    word = {"azure": "threads", "bitbucket": "comments", "bitbucket-dc": "activities"}[world.name]
    broken = {"content-type": "application/json"}
    world.host.faults.next(50, status=200, headers=broken, body=b"{}", when=lambda r: f"/1/{word}" in r.path)
    pulls[3].comment("alice")
    for _ in range(3):
        home.poll()
    assert home.state(jobs[3]) == "completed"
    world.host.faults.clear()
    pulls[0].comment("alice")
    for _ in range(3):
        home.poll()
    assert home.state(jobs[0]) == "completed"


@pytest.mark.parametrize("spoil", ["html", "truncate", "cut", "drop", "fail", "null", "limit"])
def test_a_bad_answer_is_told_and_costs_no_event(world: World, home: Bench, spoil: str) -> None:
    pull = world.pull()
    job = home.park(world.ref(pull), "approved").id
    pull.approve("alice")
    faults, of_json = world.host.faults, {"content-type": "application/json"}
    orders: dict[str, Callable[[], object]] = {
        "html": lambda: faults.html(2), "truncate": lambda: faults.truncate(2),
        "cut": lambda: faults.cut(2), "drop": lambda: faults.drop(2),
        "fail": lambda: faults.next(2, status=503), "null": lambda: faults.next(2, status=200, headers=of_json, body=b"null"),
        "limit": lambda: faults.next(2, status=429, headers={"retry-after": "0"}),
    }  # fmt: skip
    orders[spoil]()
    report = home.poll()
    assert report.errors != [] and home.state(job) == "parked"
    faults.clear()
    again = home.poll()
    assert again.errors == [] and home.state(job) == "completed"


def test_a_revoked_token_makes_a_stub_that_comes_back(world: World, home: Bench) -> None:
    pull = world.pull()
    job = home.park(world.ref(pull), "approved").id
    pull.approve("alice")
    world.host.revoke()
    assert "refuses" in " ".join(home.poll().errors) or "sign-in" in " ".join(home.poll().errors)
    assert home.state(job) == "parked"
    world.host.restore()
    home.poll()
    assert home.state(job) == "completed"


def test_what_was_missed_for_a_day_is_found_in_one_cycle(world: World, home: Bench) -> None:
    world.host.skew = -86_400
    pull = world.pull()
    home.park(world.ref(pull), "review_dismissed")
    for number in range(5):
        pull.comment("alice", f"number {number}")
    pull.push()
    pull.approve("alice")
    world.host.skew = 0.0
    names = Counter(event.name.partition(":")[2] for event in home.poll().events)
    assert names == {"commented": 5, "synchronized": 1, "approved": 1}


def test_the_turn_goes_round() -> None:
    assert [round_robin.few_of([3, 1, 2, 5], last, 2) for last in (None, "2", "5", "4")] == [[1, 2], [3, 5], [1, 2], [5, 1]]
    assert round_robin.few_of([], "3", 2) == [] and round_robin.few_of([4], "4", 2) == [4]


def test_builds_that_run_are_asked_about_in_turn_and_each_is_found(world: World, home: Bench) -> None:
    pulls = opened(world, 4)
    for pull in pulls:
        pull.check("build")
    jobs = parked(home, pulls, "checks_passed")
    home.poll()
    counts = [home.poll().requests for _ in range(3)]
    assert max(counts) <= (5 if world.name == "azure" else 3), counts
    for pull in pulls:
        pull.check("build", "success")
    for _ in pulls:
        assert home.poll().errors == []
    assert [home.state(job) for job in jobs] == ["completed"] * 4
