"""What idle cycles of two hundred waits in ten projects ask: at most two questions a project, none a job."""

from __future__ import annotations

import pytest
from acting import Open, parked


def measured(open_bench: Open, tracker: str, *, issues: int, projects: int) -> tuple[int, int]:
    """Requests of an idle cycle with so many issues in so many projects, and the events of one in which five of them moved."""
    b = open_bench(tracker)
    waiting = [parked(b, "issue:*", f"P{number % projects}", match="never")[0] for number in range(issues)]
    b.poll()
    idle = b.poll()
    for issue in waiting[:5]:
        issue.transition("In Review")
        issue.comment("alice", "hm")
    busy = b.poll()
    assert idle.errors == busy.errors == []
    return idle.requests, len(busy.events)


@pytest.mark.parametrize("tracker", ["jira-cloud", "jira-server", "linear", "redmine"])
@pytest.mark.parametrize("projects", [1, 10])
def test_an_idle_cycle_asks_by_the_project_not_by_the_job(tracker: str, projects: int, open_bench: Open) -> None:
    few, told_of_few = measured(open_bench, tracker, issues=20, projects=projects)
    many, told_of_many = measured(open_bench, tracker, issues=200, projects=projects)
    assert many <= 2 * projects
    assert many <= 2 * few, "ten times the jobs may fill a second page, not more"
    assert told_of_many == told_of_few == 10


@pytest.mark.parametrize("tracker", ["jira-cloud", "jira-server", "linear", "redmine"])
def test_a_new_process_asks_no_more_in_an_idle_cycle(open_bench: Open, tracker: str) -> None:
    b = open_bench(tracker)
    parked(b, project="P")
    b.poll()
    b.fleet.renew(b.world.name)
    assert b.poll().requests == 1, "what a site is was known: the cursor and the store keep it"
