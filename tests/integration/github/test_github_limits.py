"""Limits are obeyed, kept over the process, and never news."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from email.utils import formatdate

import pytest
from github_workshop import Workshop

from coro_cli.drills.host.github import GitHubHost
from coro_cli.jobs import status
from coro_cli.polling import interval
from coro_cli.runner.poller import Pollster
from coro_cli.system import locks


@pytest.fixture
def job(host: GitHubHost, shop: Workshop) -> str:
    """A job on a pull request, read and quiet."""
    host.skew = -7200.0
    host.pull("acme/api", 1)
    host.skew = 0.0
    identity = shop.park("github:acme/api#1", on="commented").id
    shop.poll()
    host.clear()
    return identity


def test_a_secondary_limit_is_waited_out_and_told(host: GitHubHost, shop: Workshop, job: str) -> None:
    host.secondary(retry_after=120)
    report = shop.poll()
    assert report.limited_until is not None and report.errors
    assert shop.state(job) == "parked"
    assert "pause" in shop.job(job)["attention"]
    host.clear()
    again = shop.poll()
    assert host.requests == [] and again.limited_until == pytest.approx(report.limited_until, abs=1)


def test_after_the_pause_all_comes_back_by_itself(
    host: GitHubHost, shop: Workshop, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.secondary(retry_after=1)
    report = shop.poll()
    host.pull("acme/api", 1).comment("alice")
    host.skew += 2
    monkeypatch.setattr("coro_cli.polling.unavailable.paused_until", lambda *_: None)
    assert report.limited_until is not None
    assert shop.poll().errors == []
    assert shop.state(job) == "completed"


def test_a_spent_primary_limit_pauses_until_its_reset(host: GitHubHost, shop: Workshop, job: str) -> None:
    host.limit(remaining=0, reset_in=900)
    report = shop.poll()
    assert report.limited_until is not None
    assert 880 < report.limited_until - host.now() < 905


def test_a_graphql_limit_that_comes_with_200_is_a_limit(host: GitHubHost, shop: Workshop, job: str) -> None:
    host.pull("acme/api", 1).comment("alice")
    host.limit(remaining=0, reset_in=600, resource="graphql")
    report = shop.poll()
    assert report.limited_until is not None and "pause" in report.errors[0]
    assert shop.state(job) == "parked"


def test_what_was_read_before_the_limit_is_kept(host: GitHubHost, shop: Workshop) -> None:
    host.skew = -7200.0
    jobs = []
    for number in range(1, 41):
        host.pull("acme/api", number)
        jobs.append(shop.park(f"github:acme/api#{number}", on="commented", check=False).id)
    host.skew = 0.0
    shop.poll()
    shop.poll()
    for number in range(1, 41):
        host.pull("acme/api", number).comment("alice")
    host.limit(remaining=8, reset_in=600, resource="graphql")
    report = shop.poll()
    assert report.limited_until is not None
    assert sum(shop.state(job) == "completed" for job in jobs) == 25


def test_without_graphql_a_limit_in_the_middle_keeps_what_was_read(host: GitHubHost, make: object) -> None:
    shop: Workshop = make(graphql=False)  # type: ignore[operator]
    host.skew = -7200.0
    for number in range(1, 6):
        host.pull("acme/api", number)
        shop.park(f"github:acme/api#{number}", on="closed")
    host.skew = 0.0
    shop.poll()
    for number in range(1, 6):
        host.pull("acme/api", number).comment("alice")
    host.limit(remaining=13, reset_in=600)
    shop.poll()
    assert len(shop.told("pull_request:commented")) == 2


@pytest.mark.parametrize(
    ("remaining", "low", "high"),
    [(4900, 60, 60), (2550, 1000, 1300), (2490, 3600, 3600)],
    ids=["plenty", "little of our share", "our share is spent"],
)
def test_the_interval_stretches_before_the_budget_breaks(remaining: int, low: float, high: float) -> None:
    for mark in ("", "graphql_"):
        budget = {f"{mark}limit": 5000.0, f"{mark}remaining": float(remaining), f"{mark}reset_at": 3600.0}
        chosen = interval.interval(60, charged=16, budget=budget, share=0.5, now=0.0, limited_until=None, failures=0)
        assert low <= chosen <= high, mark


def test_an_idle_plugin_is_not_stretched_because_somebody_else_spends() -> None:
    budget = {"limit": 5000.0, "remaining": 10.0, "reset_at": 3600.0}
    assert interval.interval(60, charged=0, budget=budget, share=0.5, now=0.0, limited_until=None, failures=0) == 60


def test_a_stretched_interval_is_said_by_status(host: GitHubHost, shop: Workshop, job: str) -> None:
    told: list[str] = []
    pollster = Pollster(shop.db.path, shop.home.doorbell, shop.fleet, 60.0, lambda kind, _: told.append(kind))
    host.pull("acme/api", 1).label("x")
    host.limit(remaining=2510, reset_in=1800)
    pause = pollster._cycle(shop.db, "github")
    plugin = status.status(shop.db, shop.home, shop.fleet.settings)["plugins"]["github"]
    assert pause > 60 * 1.2 and "stretched" in told
    assert plugin["interval"] * 0.94 < pause <= plugin["interval"] + 0.1, "a little early, so that runners spread out"
    assert plugin["state"] == "ok" and "less often" in plugin["reason"]


def test_a_runner_that_looks_more_often_than_configured_promises_more(host: GitHubHost, shop: Workshop, job: str) -> None:
    pollster = Pollster(shop.db.path, shop.home.doorbell, shop.fleet, 2.0, lambda *_: None)
    pollster._cycle(shop.db, "github")
    assert status.status(shop.db, shop.home, shop.fleet.settings)["detection"]["promised"] >= 60
    lock = locks.take(shop.home.lock)
    assert lock is not None
    try:
        with shop.db.transaction():
            shop.db.run("runner_put", pid=1, now=0.0, parallel=1, interval=2.0)
        assert 2 <= status.status(shop.db, shop.home, shop.fleet.settings)["detection"]["promised"] < 10
    finally:
        os.close(lock)


@pytest.mark.parametrize(
    ("status", "after", "low", "high"),
    [
        (429, "30", 28, 31), (503, "45", 43, 46), (403, "a date", 590, 601), (429, "99999999999", 80_000, 86_400),
        (429, "soon", 58, 61), (429, "\u00b2", 58, 61),
    ],
)  # fmt: skip
def test_every_spelling_of_retry_after_is_obeyed(
    status: int, after: str, low: float, high: float, host: GitHubHost, shop: Workshop, job: str
) -> None:
    after = formatdate(time.time() + 600, usegmt=True) if after == "a date" else after
    host.faults.next(1, status=status, body=b'{"message": "slow down"}', headers={"retry-after": after})
    report = shop.poll()
    assert report.limited_until is not None and low < report.limited_until - time.time() < high
    host.clear()
    shop.poll()
    assert host.requests == []


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "9" * 400, "1e300", "99999999999999", "many"])
def test_limits_that_make_no_sense_are_not_kept(value: str, host: GitHubHost, shop: Workshop, job: str) -> None:
    nonsense = {f"x-ratelimit-{word}": value for word in ("limit", "remaining", "reset")}
    host.faults.alter(lambda r: replace(r, headers={**r.headers, **nonsense}), 99)
    host.pull("acme/api", 1).comment("alice")
    assert shop.poll().errors == []
    budget = status.status(shop.db, shop.home, shop.fleet.settings)["plugins"]["github"]["budget"]
    json.dumps(budget, allow_nan=False)
    assert shop.state(job) == "completed"
