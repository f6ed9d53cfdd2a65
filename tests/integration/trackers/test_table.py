"""Every tracker through the table of situations: found by a poll, already so at the park, one key by both doors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from harness import HOUR, benches, check_already_so, check_found_by_a_poll, check_one_key_by_both_doors
from situations import Situation
from table import TRACKERS
from worlds import WORLDS


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
