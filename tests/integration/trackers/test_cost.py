"""What idle cycles of two hundred waits in ten projects ask: at most two questions a project, none a job."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from acting import Open, parked


def bench() -> Any:
    """The measurement, which is a script of its own."""
    spec = importlib.util.spec_from_file_location("tracker_cost", Path(__file__).parents[2] / "bench" / "tracker_cost.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("tracker", ["jira-cloud", "jira-server", "linear", "redmine"])
@pytest.mark.parametrize("projects", [1, 10])
def test_an_idle_cycle_asks_by_the_project_not_by_the_job(
    tracker: str, projects: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH_TOKEN", "")
    few, many = (bench().measure(tracker, projects=projects, issues=n, changed=5, home=str(tmp_path / str(n))) for n in (20, 200))
    assert many["errors"] == [] and many["idle_requests"] <= 2 * projects
    assert many["idle_requests"] <= 2 * few["idle_requests"], "ten times the jobs may fill a second page, not more"
    assert many["busy_events"] == few["busy_events"] == 10


@pytest.mark.parametrize("tracker", ["jira-cloud", "jira-server", "linear", "redmine"])
def test_a_new_process_asks_no_more_in_an_idle_cycle(open_bench: Open, tracker: str) -> None:
    b = open_bench(tracker)
    parked(b, project="P")
    b.poll()
    b.fleet.renew(b.world.name)
    assert b.poll().requests == 1, "what a site is was known: the cursor and the store keep it"
