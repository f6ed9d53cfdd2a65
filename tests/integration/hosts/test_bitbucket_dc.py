"""Bitbucket Data Center through the table of situations that all hosts share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import benches, check_already_so, check_found_by_a_poll, check_one_key_by_both_doors
from situations import PULLS, Situation
from world_bitbucket_dc import BitbucketDCWorld

from tests.simulated.bitbucket_dc import BitbucketDCHost


@pytest.fixture
def world() -> Iterator[BitbucketDCWorld]:
    with BitbucketDCHost() as host:
        yield BitbucketDCWorld(host)


@pytest.mark.parametrize("situation", PULLS, ids=str)
def test_what_happens_while_a_job_waits_is_found(
    situation: Situation, world: BitbucketDCWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with benches(world, tmp_path, monkeypatch) as (bench,):
        check_found_by_a_poll(bench, situation)


@pytest.mark.parametrize("situation", PULLS, ids=str)
def test_what_had_happened_before_the_park_counts_if_it_is_a_state(
    situation: Situation, world: BitbucketDCWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with benches(world, tmp_path, monkeypatch) as (bench,):
        check_already_so(bench, situation)


@pytest.mark.parametrize("situation", [s for s in PULLS if s.event], ids=str)
def test_a_poll_and_a_park_give_it_one_key(
    situation: Situation, world: BitbucketDCWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with benches(world, tmp_path, monkeypatch, 2) as (found, parked):
        check_one_key_by_both_doors(found, parked, situation)
