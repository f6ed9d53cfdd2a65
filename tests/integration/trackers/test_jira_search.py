"""Jira's search: an index that lags, projects of many issues, issues that are gone."""

from __future__ import annotations

from acting import Open, bodies, parked


def test_an_index_that_lags_hides_no_change_of_a_small_project(open_bench: Open) -> None:
    b = open_bench("jira-cloud")
    issue, job = parked(b)
    b.world.host.index_lag = 600.0
    issue.comment("alice", "Now.")
    assert b.poll().errors == []
    assert b.state(job) == "completed"


def test_an_index_that_lags_never_takes_a_mark_back(open_bench: Open) -> None:
    b = open_bench("jira-server")
    issue, _ = parked(b, "closed")
    b.world.host.advance(10)
    issue.comment("alice", "Seen by the look.")
    b.world.host.advance(10)
    b.poll()
    b.world.host.index_lag = 3000.0
    b.poll()
    assert b.poll().requests == 1, "the stale index was taken for a change"


def test_in_a_big_project_a_late_index_and_a_deletion_come_to_light(open_bench: Open) -> None:
    b = open_bench("jira-cloud")
    issues = [parked(b)[0] for _ in range(120)]
    b.world.host.advance(10)
    b.poll()
    b.world.host.index_lag = 60.0
    b.world.host.clear()
    issues[-1].comment("alice", "Late.")
    for _ in range(3):
        b.poll()
    searches = [r for r in b.world.host.requests if r.path.endswith("/search/jql")]
    assert len(searches) <= 6 and bodies(b) == ["Late."], "three turns of fifty see all of a hundred and twenty"
    assert all('"' not in r.json()["jql"].partition("updated")[2] for r in searches), "a date would be read in the account's time zone"
    issues[60].delete()
    assert any("PROJ-61" in error for _ in range(3) for error in b.poll().errors)


def test_the_window_finds_a_change_before_its_turn_comes(open_bench: Open) -> None:
    b = open_bench("jira-cloud")
    issues = [parked(b)[0] for _ in range(120)]
    b.world.host.advance(10)
    b.poll()
    b.world.host.page = 7
    for issue in issues[:60]:
        issue.label("touched")
    issues[-1].comment("alice", "In the window.")
    b.poll()
    assert bodies(b) == ["In the window."]


def test_after_downtime_in_a_busy_project_all_are_asked_for_once(open_bench: Open) -> None:
    b = open_bench("jira-cloud")
    issues = [parked(b)[0] for _ in range(120)]
    b.world.host.advance(10)
    b.poll()
    b.world.host.page = 20
    for issue in issues[:100]:
        issue.label("touched")
    b.world.host.advance(10)
    issues[110].comment("alice", "Far down.")
    for issue in issues[:100]:
        issue.unlabel("touched")
    b.poll()
    assert bodies(b) == ["Far down."]
    b.world.host.advance(400)
    b.poll()
    assert b.poll().requests <= 2 + 20, "the window has moved on"


def test_an_issue_that_is_gone_spoils_no_other(open_bench: Open) -> None:
    b = open_bench("jira-cloud")
    (first, _), (second, job), (third, other) = parked(b), parked(b), parked(b)
    first.delete()
    second.comment("alice", "Still here.")
    third.comment("alice", "Here too.")
    report = b.poll()
    assert [error.partition(":")[2].partition(" ")[0] for error in report.errors] == ["PROJ-1:"]
    assert (b.state(job), b.state(other)) == ("completed", "completed")


def test_a_refusal_that_names_no_issue_is_no_end_either(open_bench: Open) -> None:
    b = open_bench("jira-cloud")
    (one, job), _ = parked(b), parked(b)
    one.comment("alice", "Read one by one.")
    b.world.host.faults.next(20, status=400, body=b'{"errorMessages":["no"]}', when=lambda r: r.path.endswith("/search/jql"))
    assert b.poll().errors == []
    assert b.state(job) == "completed"
