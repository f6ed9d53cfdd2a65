"""What Redmine does to those who take it at its word."""

from __future__ import annotations

import pytest
from acting import Open, bodies, parked

from coro_cli.errors import NotFound


def test_a_closed_issue_is_not_gone(open_bench: Open) -> None:
    b = open_bench("redmine")
    issue, job = parked(b, "reopened", project="api")
    issue.close("alice")
    assert b.poll().errors == []
    b.world.host.advance(5)
    b.poll()
    assert b.poll().requests == 1, "a closed issue is hidden from lists that do not ask for it"
    issue.reopen("alice")
    b.poll()
    assert b.state(job) == "completed"


def test_a_rest_interface_that_is_off_is_told_with_the_way_to_switch_it_on(open_bench: Open) -> None:
    b = open_bench("redmine")
    b.world.host.rest_enabled = False
    issue = b.world.issue("api")
    made = b.park(b.world.ref(issue), "commented")
    assert "REST interface is switched off" in made.warnings[0]
    b.world.host.rest_enabled, b.world.host.skew = True, 0.0
    issue.comment("alice", "Now it is on.")
    b.poll()
    assert b.state(made.id) == "completed"


def test_an_interface_that_is_switched_off_meanwhile_is_no_missing_right(open_bench: Open) -> None:
    b = open_bench("redmine")
    _, job = parked(b, project="api")
    b.world.host.rest_enabled = False
    assert "REST interface is switched off" in b.poll().errors[0]
    assert b.db.one("job_get", id=job)["attention"].startswith("unavailable: ")


def test_a_bad_key_that_gets_everybodys_view_is_found_out(open_bench: Open) -> None:
    b = open_bench("redmine")
    (_, job), (public, _) = parked(b, project="secret"), parked(b, project="open")
    b.world.host.public.add("open")
    b.world.host.revoked = True
    report = b.poll()
    assert "refuses the token" in report.errors[0] and b.state(job) == "parked"
    assert b.db.one("job_get", id=job)["attention"].startswith("unavailable: ")
    assert public.key == "open-1"


def test_private_notes_are_heard_by_those_who_may(open_bench: Open) -> None:
    b = open_bench("redmine")
    issue, job = parked(b, project="api")
    issue.comment("alice", "Between us.", restricted=True)
    b.poll()
    assert b.state(job) == "parked" and bodies(b) == []
    b.world.host.private_notes = True
    b.world.host.advance(3)
    issue.comment("alice", "Again.", restricted=True)
    b.poll()
    assert b.state(job) == "completed"


def test_where_members_are_not_told_every_account_counts(open_bench: Open) -> None:
    b = open_bench("redmine")
    b.world.host.lists_members = False
    issue, job = parked(b, project="api")
    issue.comment("eve", "I have an account.")
    b.poll()
    assert b.state(job) == "completed"


def test_unknown_and_hidden_issues_cannot_be_parked_on(open_bench: Open) -> None:
    b = open_bench("redmine")
    issue = b.world.issue("secret")
    with pytest.raises(NotFound, match="there is no `redmine:99`"):
        b.park("redmine:99", "commented")
    b.world.host.forbid("secret")
    with pytest.raises(NotFound, match="may not see it"):
        b.park(b.world.ref(issue), "commented")


def test_an_issue_that_went_to_another_project_is_the_same(open_bench: Open) -> None:
    b = open_bench("redmine")
    issue, job = parked(b, project="api")
    issue.move("web")
    issue.comment("alice", "Moved.")
    assert b.poll().errors == [] and b.state(job) == "completed"


def test_two_changes_in_one_second_are_both_told(open_bench: Open) -> None:
    b = open_bench("redmine")
    issue, _ = parked(b, "closed", project="api")
    clock = float(int(b.world.host.now())) + 0.2
    b.world.host.clock, b.world.host.skew = (lambda: clock), 0.0
    issue.comment("alice", "one")
    b.poll()
    issue.comment("alice", "two")
    b.poll()
    assert bodies(b) == ["one", "two"]
