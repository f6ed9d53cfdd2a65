"""What Jira does to those who take it at its word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from coro_cli.domain.prompts import prompt
from coro_cli.errors import NotFound
from coro_cli.store import rows

Bench = Any
Open = Callable[..., Bench]


def parked(b: Bench, on: str = "commented", project: str = "PROJ", **words: Any) -> tuple[Any, str]:
    """An issue that is an hour old, and the id of a job that waits for it."""
    b.world.host.skew = -3600.0
    issue = b.world.issue(project)
    b.world.host.skew = 0.0
    return issue, b.park(b.world.ref(issue), on, **words).id


def bodies(b: Bench) -> list[str]:
    return [row["body"] for row in b.recorded() if row["name"] == "issue:commented"]


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


@pytest.mark.parametrize("kind", ["jira-cloud", "jira-server"])
def test_bad_credentials_that_get_everybodys_view_make_a_stub_that_comes_back(open_bench: Open, kind: str) -> None:
    b = open_bench(kind)
    issue, job = parked(b)
    host = b.world.host
    host.anonymous_fallback, host.revoked = True, True
    host.public.add("PROJ")
    issue.comment("alice", "While nobody could see.")
    report = b.poll()
    assert report.errors and b.state(job) == "parked"
    row = b.db.one("job_get", id=job)
    assert row["attention"].startswith("unavailable: ")
    host.revoked = False
    assert b.poll().errors == [] and b.state(job) == "completed"


def test_a_login_page_at_the_park_parks_with_a_warning(open_bench: Open) -> None:
    b = open_bench("jira-cloud")
    b.world.host.skew = 0.0
    b.world.host.faults.html(50)
    issue = b.world.issue()
    made = b.park(b.world.ref(issue), "commented")
    assert "web page" in made.warnings[0] and b.state(made.id) == "parked"
    b.world.host.faults.clear()
    issue.comment("alice", "After the login.")
    assert b.poll().errors == [] and b.state(made.id) == "completed"


def test_a_site_that_is_no_jira_is_said_to_be_none(open_bench: Open) -> None:
    b = open_bench("jira-server")
    b.world.host.faults.next(50, status=404, body=b"{}")
    made = b.park("jira:PROJ-1", "commented")
    assert "there is no Jira at" in made.warnings[0]


def test_a_captcha_is_told_as_one(open_bench: Open) -> None:
    b = open_bench("jira-server")
    b.world.host.faults.next(9, status=403, headers={"x-seraph-loginreason": "AUTHENTICATION_DENIED"}, body=b"{}")
    assert "captcha" in b.park("jira:PROJ-1", "commented").warnings[0]


def test_an_unknown_issue_and_a_hidden_project_cannot_be_parked_on(open_bench: Open) -> None:
    b = open_bench("jira-cloud")
    issue = b.world.issue()
    with pytest.raises(NotFound, match="there is no `jira:PROJ-99`"):
        b.park("jira:PROJ-99", "commented")
    b.world.host.forbid("PROJ")
    with pytest.raises(NotFound, match="may not see it"):
        b.park(b.world.ref(issue), "commented")


def test_a_project_that_was_hidden_for_a_while_is_caught_up_with(open_bench: Open) -> None:
    b = open_bench("jira-cloud")
    issue, job = parked(b)
    b.world.host.forbid("PROJ")
    assert b.poll().errors and b.state(job) == "parked"
    issue.comment("alice", "Behind the curtain.")
    b.world.host.forbid("PROJ", False)
    assert b.poll().errors == [] and b.state(job) == "completed"


@pytest.mark.parametrize(
    ("status", "headers"),
    [(429, {"retry-after": "7", "ratelimit-reason": "jira-burst-based"}), (503, {"retry-after": "7"})],
)
def test_a_limit_is_obeyed_and_says_its_reason(open_bench: Open, status: int, headers: dict[str, str]) -> None:
    b = open_bench("jira-cloud")
    _, job = parked(b)
    b.world.host.faults.next(1, status=status, headers=headers, body=b"{}")
    report = b.poll()
    assert report.limited_until is not None and "7 s" in report.errors[0]
    assert headers.get("ratelimit-reason", "") in report.errors[0]
    assert b.state(job) == "parked"


def test_many_comments_and_a_long_history_hide_nothing(open_bench: Open) -> None:
    b = open_bench("jira-cloud")
    for (issue, _) in (parked(b, "closed"), parked(b, "closed")):
        for number in range(60):
            issue.transition("In Progress" if number % 2 else "In Review")
        for number in range(130):
            issue.comment("alice", str(number))
        b.world.host.advance(1)
        issue.edit_comment(issue.comments[3].id, "edited")
    assert b.poll().errors == []
    told = [row["name"] for row in b.recorded()]
    assert (told.count("issue:commented"), told.count("issue:comment_edited"), told.count("issue:transitioned")) == (260, 2, 120)


def test_an_epic_link_that_the_history_does_not_tell_is_found_by_comparing(open_bench: Open) -> None:
    b = open_bench("jira-server")
    issue, job = parked(b, "epic_linked")
    epic = b.world.host.issue("EPIC", 7)
    issue.link_epic(epic)
    issue.history.clear()
    assert b.poll().errors == [] and b.state(job) == "completed"


def test_a_parent_beside_the_old_field_wins_and_needs_no_field(open_bench: Open) -> None:
    b = open_bench("jira-server")
    b.world.host.forms.epic_by_field = False
    issue, job = parked(b, "epic_linked", match="EPIC-7")
    issue.link_epic(b.world.host.issue("EPIC", 7))
    b.poll()
    assert b.state(job) == "completed"


def test_a_megabyte_of_description_and_text_from_right_to_left_pass_unharmed(open_bench: Open) -> None:
    b = open_bench("jira-cloud")
    issue, job = parked(b)
    issue.edit("ß" * 1_000_000)
    words = "\u05e9\u05dc\u05d5\u05dd \u202eabc\u202c \u0645\u0631\u062d\u0628\u0627 🦄"
    issue.comment("alice", words)
    assert b.poll().errors == []
    assert bodies(b) == [words] and b.state(job) == "completed"


def test_a_deleted_account_is_nobody(open_bench: Open) -> None:
    for kind in ("jira-cloud", "jira-server"):
        b = open_bench(kind)
        issue, job = parked(b)
        issue.comment("alice", "Farewell.")
        b.world.host.world.delete_user("alice")
        b.poll()
        (event,) = [row for row in b.recorded() if row["name"] == "issue:commented"]
        assert (event["login"], event["kind"], event["trust"]) == ("ghost", "ghost", "none")
        assert b.state(job) == "parked"


def test_an_app_is_a_bot_that_counts_only_for_anyone(open_bench: Open) -> None:
    b = open_bench("jira-cloud")
    issue, job = parked(b)
    issue.comment("ci[bot]", "Built.")
    b.poll()
    (event,) = [row for row in b.recorded() if row["name"] == "issue:commented"]
    assert (event["kind"], event["trust"], b.state(job)) == ("bot", "none", "parked")


def test_an_address_is_the_login_where_cloud_shows_it_and_the_name_is_told_beside(open_bench: Open) -> None:
    b = open_bench("jira-cloud")
    b.world.host.user("5f0-alice", name="Alice Doe")
    b.world.host.forms.emails = True
    issue, job = parked(b, "transitioned", who="5f0-alice@example.org")
    epic = b.world.host.issue("EPIC", 7)
    issue.link_epic(epic, "5f0-alice")
    issue.assign("5f0-alice", "5f0-alice")
    issue.transition("In Review", "5f0-alice")
    b.poll()
    event = next(rows.event(row) for row in b.recorded() if row["name"] == "issue:transitioned")
    text = prompt("", [event], [], satisfied=True)
    assert text.startswith("Alice Doe (5f0-alice@example.org) moved jira:PROJ-1 (Something is wrong)\n")
    for line in ("From: To Do", "To: In Review", "Status: In Review", "Assignee: Alice Doe", "Parent: EPIC-7", "URL: "):
        assert line in text
    assert b.state(job) == "completed"
