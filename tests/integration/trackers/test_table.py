"""Every tracker through the table of situations: found by a poll, already so at the park, one key by both doors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from acting import Open, parked
from harness import HOUR, benches, check_already_so, check_found_by_a_poll, check_one_key_by_both_doors
from situations import Situation
from table import TRACKERS
from worlds import WORLDS

from tests.simulated.linear.schema import uid


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest) -> Iterator[Any]:
    with WORLDS[request.param]() as world:
        world.host.skew = -2 * HOUR
        world.host.world.epic = world.host.issue("EPIC", 7)
        world.host.world.other = world.host.issue("EPIC", 8)
        world.host.world.tick = lambda: world.host.advance(1)
        world.host.skew = 0.0
        yield world


def named(world: Any, situation: Situation) -> Situation:
    """The row with accounts and parents called as this tracker calls them."""
    match = situation.match
    for word, parent in (("EPIC", world.host.world.epic), ("OTHER", world.host.world.other)):
        match = match.replace(word, world.epic(parent))
    return replace(situation, actor=world.login(situation.actor) if situation.actor else "", match=match)


@pytest.mark.parametrize("situation", TRACKERS, ids=str)
def test_what_happens_while_a_job_waits_is_found(
    situation: Situation, world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with benches(world, tmp_path, monkeypatch) as (bench,):
        check_found_by_a_poll(bench, named(world, situation))


@pytest.mark.parametrize("situation", TRACKERS, ids=str)
def test_what_had_happened_before_the_park_counts_if_it_is_a_state(
    situation: Situation, world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with benches(world, tmp_path, monkeypatch) as (bench,):
        check_already_so(bench, named(world, situation))


@pytest.mark.parametrize("situation", [s for s in TRACKERS if s.event], ids=str)
def test_a_poll_and_a_park_give_it_one_key(
    situation: Situation, world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with benches(world, tmp_path, monkeypatch, 2) as (found, parked):
        check_one_key_by_both_doors(found, parked, named(world, situation))


@pytest.mark.parametrize("kind", ["jira-cloud", "jira-server", "linear"])
def test_an_assignee_is_matched_by_each_name_and_by_the_whole_id(open_bench: Open, kind: str) -> None:
    b = open_bench(kind)
    if kind == "jira-cloud":
        b.world.host.forms.emails = True
    bob = b.world.host.user("bob", name="Robert Row")
    own = {"jira-cloud": ("^bob@", "bob"), "jira-server": ("^bob$",), "linear": ("^bob$", uid(bob.number))}
    names = ("^Robert Row$", *own[kind])
    issue, other = parked(b, "assigned", match="Somebody Else")
    waiting = [b.park(b.world.ref(issue), "assigned", match=name).id for name in names]
    issue.assign("bob")
    assert b.poll().errors == []
    assert [b.state(job) for job in waiting] == ["completed"] * len(waiting)
    again = [b.park(b.world.ref(issue), "assigned", match=name).id for name in names]
    assert [b.state(job) for job in again] == ["completed"] * len(again) and b.state(other) == "parked"
    assert b.state(b.park(b.world.ref(issue), "assigned", match=uid(bob.number)[:3]).id) == "parked", "a part of an id is no name"
