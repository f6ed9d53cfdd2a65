"""What Jira does to those who take an issue at its word: cut lists, epics by other roads, odd texts and people."""

from __future__ import annotations

from acting import Open, bodies, parked

from coro_cli.domain.prompts import prompt
from coro_cli.store import rows


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


def test_a_prompt_says_how_issues_are_linked_and_no_former_assignee_as_the_present_one(open_bench: Open) -> None:
    b = open_bench("jira-cloud")
    issue, _ = parked(b, "issue:*")
    b.world.host.skew = -1800.0
    issue.assign("alice", "alice")
    b.world.host.skew = 0.0
    b.poll()
    issue.assign("bob", "alice")
    issue.link(b.world.host.issue("EPIC", 8))
    b.poll()
    told = {row["name"]: prompt("", [rows.event(row)], [], satisfied=True) for row in b.recorded()}
    assert "From: alice\nTo: bob\n" in told["issue:unassigned"] and "Assignee" not in told["issue:unassigned"]
    assert "\nTo: EPIC-8\nLink: " in told["issue:linked"]
