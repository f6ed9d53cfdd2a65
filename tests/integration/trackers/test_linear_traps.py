"""What Linear does to those who take it at its word."""

from __future__ import annotations

import json

import pytest
from acting import Open, bodies, parked

from coro_cli.errors import NotFound


def test_its_limit_is_an_http_400_and_tells_when_it_ends(open_bench: Open) -> None:
    b = open_bench("linear")
    _, job = parked(b, project="ENG")
    b.world.host.remaining = 0
    report = b.poll()
    assert report.limited_until is not None and 1700 < report.limited_until - b.world.host.now() < 1900
    assert b.state(job) == "parked"


def test_a_refused_key_makes_a_stub_that_comes_back(open_bench: Open) -> None:
    b = open_bench("linear")
    issue, job = parked(b, project="ENG")
    b.world.host.revoked = True
    issue.comment("alice", "Meanwhile.")
    assert "refuses the key" in b.poll().errors[0] and b.state(job) == "parked"
    b.world.host.revoked = False
    assert b.poll().errors == [] and b.state(job) == "completed"


def test_no_question_is_too_complex_however_much_changed(open_bench: Open) -> None:
    b = open_bench("linear")
    issues = [parked(b, project="ENG")[0] for _ in range(40)]
    costs: list[float] = []
    b.world.host.advance(10)
    for issue in issues:
        issue.comment("alice", "All at once.")
    b.world.host.before(lambda request: costs.append(b.world.host.complexity))
    assert b.poll().errors == []
    assert len(bodies(b)) == 40 and 0 < max(costs) <= 10_000


def test_changes_that_are_folded_into_one_entry_are_all_told(open_bench: Open) -> None:
    b = open_bench("linear")
    b.world.host.fold = True
    issue, _ = parked(b, "closed", project="ENG")
    for status in ("In Progress", "In Review"):
        issue.transition(status, "alice")
        b.poll()
        b.world.host.advance(3)
    told = [json.loads(row["data"])["to"] for row in b.recorded() if row["name"] == "issue:transitioned"]
    assert told == ["In Progress", "In Review"], "the entry had been seen already, with another status"


def test_a_long_history_and_many_comments_are_read_page_by_page(open_bench: Open) -> None:
    b = open_bench("linear")
    issue, _ = parked(b, "closed", project="ENG")
    for number in range(70):
        issue.transition("In Progress" if number % 2 else "In Review")
        issue.comment("alice", str(number))
    assert b.poll().errors == []
    told = [row["name"] for row in b.recorded()]
    assert (told.count("issue:transitioned"), told.count("issue:commented")) == (70, 70)


def test_an_issue_in_the_trash_is_gone(open_bench: Open) -> None:
    b = open_bench("linear")
    issue, _ = parked(b, project="ENG")
    issue.delete()
    assert "there is no `linear:ENG-1`" in b.poll().errors[0]
    with pytest.raises(NotFound):
        b.park("linear:ENG-1", "commented")


def test_an_old_identifier_leads_to_an_issue_that_changed_its_team(open_bench: Open) -> None:
    b = open_bench("linear")
    issue = b.world.issue("ENG")
    issue.move("OPS")
    job = b.park("linear:ENG-1", "commented").id
    b.world.host.skew = 0.0
    issue.comment("alice", "In another team.")
    b.poll()
    assert b.state(job) == "completed"


def test_a_project_is_an_epic_too_also_beside_a_parent(open_bench: Open) -> None:
    b = open_bench("linear")
    issue, job = parked(b, "epic_linked", project="ENG", match="Launch")
    issue.link_epic(b.world.host.issue("ENG", 70))
    b.poll()
    assert b.state(job) == "parked"
    issue.join("Q3 Launch")
    b.poll()
    assert b.state(job) == "completed"
    assert b.state(b.park("linear:ENG-1", "epic_linked", match="Launch").id) == "completed"


def test_an_answer_that_is_a_page_is_an_error_and_no_crash(open_bench: Open) -> None:
    b = open_bench("linear")
    _, job = parked(b, project="ENG")
    b.world.host.faults.html(3)
    assert "web page" in b.poll().errors[0] and b.state(job) == "parked"
