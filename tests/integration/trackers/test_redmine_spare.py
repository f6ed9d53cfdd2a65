"""Redmines that show little: whose key it is, which statuses close and who is a member stay closed to the key."""

from __future__ import annotations

import json
from typing import Any

import pytest
from acting import Open, parked

REST = ("/users/current.json", "/issue_statuses.json", "/memberships.json")


def shut(b: Any, *, status: int = 404) -> None:
    """These questions are refused from now on."""
    b.world.host.faults.next(10_000, status=status, body=b"", when=lambda request: request.path.endswith(REST))


def test_an_issue_and_its_journals_are_enough(open_bench: Open) -> None:
    b = open_bench("redmine")
    shut(b)
    (issue, closed), (other, moved) = parked(b, "closed", project="api"), parked(b, "transitioned", project="api", match="^In Review$")
    issue.close("alice")
    other.transition("In Review", "bob")
    b.world.host.advance(2)
    assert b.poll().errors == []
    assert (b.state(closed), b.state(moved)) == ("completed", "completed")
    told = {(row["name"], row["ref"]): row for row in b.recorded()}
    step = told["issue:transitioned", f"redmine:{other.id}"]
    said = json.loads(step["data"])
    assert (said["from"], said["to"]) == ("To Do", "In Review")
    assert told["issue:closed", f"redmine:{issue.id}"]["login"] == b.world.login("alice")


def test_a_reopening_is_found_by_comparing(open_bench: Open) -> None:
    b = open_bench("redmine")
    shut(b)
    issue, _ = parked(b, "commented", project="api")
    issue.close("alice")
    b.poll()
    job = b.park(b.world.ref(issue), "reopened").id
    b.world.host.advance(10)
    issue.reopen("bob")
    b.world.host.advance(10)
    b.poll()
    assert b.state(job) == "completed"


@pytest.mark.parametrize("status", [404, 403])
def test_the_list_of_statuses_may_be_closed_alone(open_bench: Open, status: int) -> None:
    b = open_bench("redmine")
    b.world.host.faults.next(10_000, status=status, body=b"", when=lambda request: request.path == "/issue_statuses.json")
    issue, job = parked(b, project="api")
    issue.comment("alice", "Read all the same.")
    assert b.poll().errors == [] and b.state(job) == "completed"
