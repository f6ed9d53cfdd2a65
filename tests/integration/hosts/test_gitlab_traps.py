"""Where GitLab is not what one expects: times that stand still, approvals on Free, prose, names that change, wrong addresses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from asking_plugins import found
from desks import an_hour_ago, client_at, desk_of
from harness import Bench, check_already_so, check_found_by_a_poll
from situations import PULLS
from world_gitlab import PROJECT, GitLabWorld

from coro_cli.domain.snapshot import OPEN
from coro_cli.plugins.client import Client
from coro_cli.plugins.gitlab import parse
from tests.simulated.gitlab import GitLabHost
from tests.simulated.gitlab import forms as host_forms

BY_NAME = {situation.name: situation for situation in PULLS}
VERDICTS = ["an approval", "a change of mind", "an approval that was taken back", "a request for changes", "a dismissal"]


@pytest.fixture
def host() -> Iterator[GitLabHost]:
    with GitLabHost() as host:
        for login in ("alice", "bob"):
            host.repo(PROJECT).member(login)
        yield host


@pytest.fixture
def client(host: GitLabHost) -> Iterator[Client]:
    with client_at("gitlab", host) as client:
        yield client


@pytest.fixture
def desk(host: GitLabHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    with desk_of(GitLabWorld(host), tmp_path, monkeypatch) as desk:
        yield desk


@pytest.mark.parametrize("name", VERDICTS)
@pytest.mark.parametrize("approvals", ["plain", "missing"])
def test_verdicts_are_told_without_dates_and_without_the_approvals_of_paid_tiers(
    desk: Bench, host: GitLabHost, approvals: str, name: str
) -> None:
    host.approvals = approvals
    check_found_by_a_poll(desk, BY_NAME[name])


def test_an_undated_approval_is_one_event_through_any_number_of_pushes_and_parks(desk: Bench, host: GitLabHost) -> None:
    host.approvals = "plain"
    mr = an_hour_ago(host, PROJECT)
    ref = f"gitlab:{PROJECT}!{mr.number}"
    desk.park(ref, "synchronized")
    mr.approve("alice")
    desk.poll()
    for _ in range(2):
        mr.push()
        desk.poll()
        desk.park(ref, "labeled")
    assert [row["name"] for row in desk.recorded()].count("pull_request:approved") == 1


def test_an_undated_approval_before_an_unseen_push_is_not_taken_for_one_of_the_head(desk: Bench, host: GitLabHost) -> None:
    host.approvals = "plain"
    mr = an_hour_ago(host, PROJECT)
    mr.approve("alice")
    mr.push()
    job = desk.park(f"gitlab:{PROJECT}!{mr.number}", "approved", at_head=True).id
    assert desk.state(job) == "parked"


def test_a_push_that_resets_approvals_takes_the_approval_back(desk: Bench, host: GitLabHost) -> None:
    mr = an_hour_ago(host, PROJECT)
    host.repo(PROJECT).reset = True
    ref = f"gitlab:{PROJECT}!{mr.number}"
    mr.approve("alice")
    told, waiting = desk.park(ref, "review_dismissed", who="anyone").id, desk.park(ref, "approved", at_head=True).id
    assert desk.state(waiting) == "completed"
    mr.push()
    desk.poll()
    assert desk.state(told) == "completed"
    assert desk.state(desk.park(ref, "approved").id) == "parked"


def test_what_gitlab_writes_itself_is_no_comment_in_any_language(desk: Bench, host: GitLabHost) -> None:
    mr = an_hour_ago(host, PROJECT)
    job = desk.park(f"gitlab:{PROJECT}!{mr.number}", "commented", who="anyone").id
    mr.assign("bob")
    mr.label("ship")
    mr.push()
    desk.poll()
    assert desk.state(job) == "parked"
    assert "pull_request:commented" not in [row["name"] for row in desk.recorded()]


def test_a_second_assignment_of_the_same_person_is_told_again_though_no_time_moves(desk: Bench, host: GitLabHost) -> None:
    mr = an_hour_ago(host, PROJECT)
    desk.park(f"gitlab:{PROJECT}!{mr.number}", "merged")
    for second in (0, 3):
        host.skew = second  # the version of such an event is the second of the look
        mr.assign("bob")
        desk.poll()
        mr.unassign("bob")
        desk.poll()
    assert [row["name"] for row in desk.recorded()] == ["pull_request:assigned", "pull_request:unassigned"] * 2


def test_a_merge_request_and_an_issue_of_one_number_are_two_things(desk: Bench, host: GitLabHost) -> None:
    mr, issue = an_hour_ago(host, PROJECT), host.issue(PROJECT, 1)
    assert mr.number == issue.number
    jobs = [desk.park(f"gitlab:{PROJECT}{mark}1", "labeled").id for mark in "!#"]
    issue.label("bug")
    desk.poll()
    assert [desk.state(job) for job in jobs] == ["parked", "completed"]


@pytest.mark.parametrize("ref", ["refs/merge-requests/1/merge", "refs/merge-requests/1/train"])
def test_a_pipeline_for_the_merged_result_counts_though_its_commit_is_another(client: Client, host: GitLabHost, ref: str) -> None:
    mr = an_hour_ago(host, PROJECT)
    mr.check("build", "success", sha="f" * 40, ref=ref)
    checks = found(client, f"gitlab:{PROJECT}!1", checks=True).checks
    assert (checks.state, checks.sha) == ("passed", mr.head_sha)
    mr.push()
    assert found(client, f"gitlab:{PROJECT}!1", checks=True).checks.state == "none"


@pytest.mark.parametrize(("status", "state"), [("skipped", "none"), ("manual", "pending"), ("canceled", "failed"), ("success", "passed")])
def test_pipeline_states_count_as_they_do_for_a_merge(client: Client, host: GitLabHost, status: str, state: str) -> None:
    an_hour_ago(host, PROJECT).check("build", status)
    assert found(client, f"gitlab:{PROJECT}!1", checks=True).checks.state == state


def test_failed_jobs_are_named_and_those_that_may_fail_are_not(client: Client, host: GitLabHost) -> None:
    an_hour_ago(host, PROJECT).check("lint", "failure")
    assert found(client, f"gitlab:{PROJECT}!1", checks=True).checks.failing == ("lint",)


def test_a_merge_request_in_the_moment_of_merging_is_still_open(client: Client, host: GitLabHost, monkeypatch: pytest.MonkeyPatch) -> None:
    an_hour_ago(host, PROJECT)
    monkeypatch.setitem(host_forms.STATES, "open", "locked")
    assert found(client, f"gitlab:{PROJECT}!1").state == OPEN


def test_a_deleted_fork_is_no_obstacle(client: Client, host: GitLabHost) -> None:
    mr = an_hour_ago(host, PROJECT, fork="eve/api")
    mr.delete_fork()
    assert found(client, f"gitlab:{PROJECT}!1").head == mr.head_sha


def test_a_forks_pipeline_stands_in_no_list_of_the_project_and_is_found_all_the_same(desk: Bench, host: GitLabHost) -> None:
    mr = an_hour_ago(host, PROJECT, fork="eve/api")
    job = desk.park(f"gitlab:{PROJECT}!1", "checks_passed").id
    mr.check("build")
    assert desk.poll().events == []
    mr.check("build", "success")
    desk.poll()
    assert desk.state(job) == "completed"


def test_pipelines_that_are_switched_off_do_not_hide_the_rest_of_the_project(desk: Bench, host: GitLabHost) -> None:
    mr = an_hour_ago(host, PROJECT)
    checks, words = (desk.park(f"gitlab:{PROJECT}!1", on).id for on in ("checks_passed", "commented"))
    host.faults.next(9, status=403, body=b'{"message": "403 Forbidden"}', when=lambda r: r.path.endswith("/pipelines"))
    mr.comment("alice")
    assert desk.poll().errors == []
    assert desk.state(words) == "completed"
    mr.check("build", "success")
    assert desk.poll().errors == []
    assert desk.state(checks) == "completed"


@pytest.mark.parametrize("beside", ["commented", "checks_passed"])
def test_an_approval_that_moves_no_time_is_found_when_its_turn_comes(
    desk: Bench, host: GitLabHost, beside: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mrs = [an_hour_ago(host, PROJECT) for _ in range(2)]
    jobs = [desk.park(f"gitlab:{PROJECT}!{mr.number}", on).id for mr in mrs for on in ("approved", beside)]
    monkeypatch.setattr(host.ground, "still", host.still | {"reviewed"})
    mrs[1].approve("alice")
    desk.poll(), desk.poll()
    assert desk.state(jobs[2]) == "completed"
    host.clear()
    assert desk.poll().errors == []
    assert len(host.requests) <= 3


def test_who_approves_is_a_member_where_members_may_not_be_listed(client: Client, host: GitLabHost) -> None:
    mr = an_hour_ago(host, PROJECT)
    mr.approve("alice"), mr.comment("alice")
    host.faults.next(1, status=403, body=b"{}", when=lambda request: request.path.endswith("/members/all"))
    seen = found(client, f"gitlab:{PROJECT}!1")
    assert (seen.reviews[0].actor.trust, seen.comments[0].actor.trust) == ("member", "none")


def test_a_token_that_is_taken_back_during_a_look_takes_no_approval_back(desk: Bench, host: GitLabHost) -> None:
    mr = an_hour_ago(host, PROJECT)
    desk.park(f"gitlab:{PROJECT}!1", "review_dismissed")
    mr.approve("alice")
    desk.poll()
    mr.comment("bob")
    host.faults.next(1, status=401, body=b"{}", when=lambda request: request.path.endswith("/approvals"))
    assert desk.poll().events == []
    assert [row["name"] for row in desk.recorded()] == ["pull_request:approved"]


def test_what_was_said_is_read_note_by_note_where_there_are_no_discussions(client: Client, host: GitLabHost) -> None:
    an_hour_ago(host, PROJECT).comment("alice", "hello")
    host.faults.next(1, status=404, body=b"{}", when=lambda request: request.path.endswith("/discussions"))
    assert [c.body for c in found(client, f"gitlab:{PROJECT}!1").comments] == ["hello"]


def test_a_deleted_account_is_nobody_and_counts_for_nothing(client: Client, host: GitLabHost) -> None:
    mr = an_hour_ago(host, PROJECT)
    mr.comment("alice")
    host.delete_user("alice")
    actor = found(client, f"gitlab:{PROJECT}!1").comments[0].actor
    assert (actor.kind, actor.trust) == ("ghost", "none")


def test_a_draft_is_known_by_its_title_where_an_old_instance_has_no_field_for_it(host: GitLabHost) -> None:
    entry = host_forms.pull(an_hour_ago(host, PROJECT, title="Draft: try it"), host.url, whole=False)
    assert not parse.facts(entry, "")["draft"], "the field decides where there is one"
    for word in ("draft", "work_in_progress"):
        del entry[word]
    assert parse.facts(entry, "")["draft"]


def test_notes_for_members_only_are_comments_like_others(client: Client, host: GitLabHost) -> None:
    an_hour_ago(host, PROJECT).comment("alice", "between us", internal=True)
    assert [c.body for c in found(client, f"gitlab:{PROJECT}!1").comments] == ["between us"]


def test_a_renamed_project_is_still_watched_by_its_number(desk: Bench, host: GitLabHost) -> None:
    mr = an_hour_ago(host, PROJECT)
    job = desk.park(f"gitlab:{PROJECT}!1", "commented").id
    host.rename(PROJECT, "acme/tools/api-two")
    host.ground.moved.clear()  # another project took the old path
    mr.comment("alice")
    assert desk.poll().errors == []
    assert desk.state(job) == "completed"


def test_an_epic_and_a_related_issue_are_told_with_their_addresses(desk: Bench, host: GitLabHost) -> None:
    issue, other, epic = (host.issue(PROJECT, author=author) for author in ("dev", "alice", "bob"))
    jobs = [desk.park(f"gitlab:{PROJECT}#1", on).id for on in ("linked", "epic_linked")]
    issue.link(other)
    issue.parent(epic)
    desk.poll()
    assert [desk.state(job) for job in jobs] == ["completed", "completed"]
    data = {row["name"]: row["data"] for row in desk.recorded()}
    assert "/-/issues/2" in data["issue:linked"] and "/epics/3" in data["issue:epic_linked"]
    job = desk.park(f"gitlab:{PROJECT}#1", "epic_unlinked").id
    issue.unparent()
    desk.poll()
    assert desk.state(job) == "completed"


def test_what_had_happened_long_ago_counts_for_an_old_instance_too(desk: Bench, host: GitLabHost) -> None:
    host.approvals = "missing"
    check_already_so(desk, BY_NAME["an approval"])
