"""Where Gitea and Forgejo are not what one expects: nulls, requests among reviews, drafts that seem to conflict, flavours."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asking_plugins import changes, client_of, found, watched
from desks import an_hour_ago, client_at, desk_of
from harness import Bench
from world_gitea import REPOSITORY, GiteaWorld

from coro_cli.plugins.client import Client
from coro_cli.plugins.gitea import Gitea
from coro_cli.plugins.protocol import Broken, Denied, Gone, Limited
from coro_cli.webhooks.signature import Secret
from coro_cli.webhooks.verify import verify
from tests.simulated.gitea import GiteaHost

REF = f"gitea:{REPOSITORY}#1"
BODY = json.dumps(
    {
        "action": "reviewed", "number": 1, "pull_request": {"id": 9, "number": 1}, "repository": {"id": 61, "full_name": REPOSITORY},
        "review": {"type": "pull_request_review_approved", "content": "fine"},
    }
).encode()  # fmt: skip


@pytest.fixture
def host() -> Iterator[GiteaHost]:
    with GiteaHost() as host:
        for login in ("alice", "bob"):
            host.repo(REPOSITORY).member(login)
        yield host


@pytest.fixture
def client(host: GiteaHost) -> Iterator[Client]:
    with client_at("gitea", host) as client:
        yield client


@pytest.fixture
def desk(host: GiteaHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    with desk_of(GiteaWorld(host), tmp_path, monkeypatch) as desk:
        yield desk


def test_nulls_in_lists_and_in_place_of_lists_are_read_over(client: Client, host: GiteaHost) -> None:
    an_hour_ago(host, REPOSITORY, branch="topic")
    assert client.drive(Gitea(client.plugin.settings).of_branch(REPOSITORY, "topic")) == "1"
    assert found(client, REF, checks=True).assignees == ()


def test_a_request_for_a_review_and_a_pending_one_are_no_verdicts(client: Client, host: GiteaHost) -> None:
    pull = an_hour_ago(host, REPOSITORY)
    pull.request_review("alice"), pull.pending("bob")
    snapshot = found(client, REF)
    assert snapshot.reviews == () and snapshot.requested == ("alice",)


def test_a_stale_approval_stands_but_not_at_the_head(desk: Bench, host: GiteaHost) -> None:
    pull = an_hour_ago(host, REPOSITORY)
    pull.approve("alice")
    pull.push()
    at_head, at_any = desk.park(REF, "approved", at_head=True).id, desk.park(REF, "approved").id
    assert (desk.state(at_head), desk.state(at_any)) == ("parked", "completed")


def test_a_dismissal_keeps_the_reviews_id_and_is_found_though_nobody_sends_it(desk: Bench, host: GiteaHost) -> None:
    pull = an_hour_ago(host, REPOSITORY)
    review = pull.approve("alice")
    job = desk.park(REF, "review_dismissed").id
    pull.dismiss(review)
    desk.poll()
    assert desk.state(job) == "completed"
    keys = [row["key"] for row in desk.recorded() if row["name"].endswith("dismissed")]
    assert len(keys) == 1 and keys[0].endswith(f":review:{review.id}:dismissed")


def test_a_draft_is_not_mergeable_and_yet_conflicts_with_nothing(client: Client, host: GiteaHost) -> None:
    pull = an_hour_ago(host, REPOSITORY)
    pull.draft()
    assert (found(client, REF).draft, found(client, REF).conflicted) == (True, False)
    pull.ready(), pull.conflict()
    assert found(client, REF).conflicted


def test_a_push_that_is_still_worked_out_is_no_conflict(client: Client, host: GiteaHost) -> None:
    pull = an_hour_ago(host, REPOSITORY)
    pull.conflicting = True  # as `mergeable` shows it while the server checks
    asked = [0]

    def settles(request: Any) -> None:
        asked[0] += request.path.endswith("/pulls/1")
        pull.conflicting = asked[0] < 2

    host.before(settles)
    assert not found(client, REF).conflicted and asked[0] == 2


def test_lists_of_many_pages_are_read_to_their_end(client: Client, host: GiteaHost) -> None:
    pull = an_hour_ago(host, REPOSITORY)
    for number in range(120):
        pull.comment("alice", str(number))
        pull.check(f"job {number}", "success")
    snapshot = found(client, REF, checks=True)
    assert (len(snapshot.comments), snapshot.checks.total, snapshot.checks.state) == (120, 120, "passed")


def test_one_failed_status_among_many_pages_is_seen(client: Client, host: GiteaHost) -> None:
    pull = an_hour_ago(host, REPOSITORY)
    for number in range(60):
        pull.check(f"job {number}", "failure" if number == 59 else "success")
    assert found(client, REF, checks=True).checks.failing == ("job 59",)


@pytest.mark.parametrize(("status", "state"), [("warning", "passed"), ("error", "failed"), ("skipped", "passed"), (None, "pending")])
def test_statuses_count_as_the_host_counts_them(client: Client, host: GiteaHost, status: str | None, state: str) -> None:
    an_hour_ago(host, REPOSITORY).check("ci", status)
    assert found(client, REF, checks=True).checks.state == state


def test_a_comment_edited_after_the_look_is_found_though_no_time_of_the_pull_request_moves(client: Client, host: GiteaHost) -> None:
    pull = an_hour_ago(host, REPOSITORY)
    comment = pull.comment("alice")
    looked = host.now() + 5
    assert changes(client, watched(REF, looked_at=looked)).unknown == []
    host.skew = 60.0
    pull.edit_comment(comment.id, "changed")
    assert changes(client, watched(REF, looked_at=looked)).unknown == [REF]


def test_asking_for_the_statuses_alone_does_not_hide_an_edit_from_the_next_detection(desk: Bench, host: GiteaHost) -> None:
    pull = an_hour_ago(host, REPOSITORY)
    comment = pull.comment("alice")
    edits, _ = (desk.park(REF, on).id for on in ("comment_edited", "checks_passed"))

    def edit(request: Any) -> bool:  # while the statuses are asked for, after the detection
        if request.path.endswith("/status"):
            host.skew = 60.0
            pull.edit_comment(comment.id, "changed")
            host.skew = 70.0
        return False

    host.faults.next(1, when=edit)
    assert desk.poll().events == []
    host.faults.clear()
    desk.poll()
    assert desk.state(edits) == "completed"


def test_a_list_may_be_null(client: Client, host: GiteaHost) -> None:
    an_hour_ago(host, REPOSITORY).comment("alice")
    nothing = ("/timeline", "/reviews", "/assignees")
    host.faults.next(3, status=200, body=b"null", when=lambda request: request.path.endswith(nothing))
    assert found(client, REF).comments == ()


def test_a_repository_without_issues_has_pull_requests(client: Client, host: GiteaHost) -> None:
    an_hour_ago(host, REPOSITORY)
    host.faults.next(1, status=404, body=b"{}", when=lambda request: request.path.endswith("/issues/1"))
    assert found(client, REF).family == "pull_request"


def test_an_official_approval_is_a_members_where_members_may_not_be_listed(client: Client, host: GiteaHost) -> None:
    pull = an_hour_ago(host, REPOSITORY)
    pull.approve("alice"), pull.approve("eve")
    host.faults.next(2, status=404, body=b"{}", when=lambda request: request.path.endswith(("/assignees", "/collaborators")))
    trust = {review.actor.login: review.actor.trust for review in found(client, REF).reviews}
    assert trust == {"alice": "member", "eve": "none"}


def test_the_collaborators_count_where_nobody_can_be_assigned(client: Client, host: GiteaHost) -> None:
    an_hour_ago(host, REPOSITORY).comment("bob")
    host.faults.next(1, status=404, body=b"{}", when=lambda request: request.path.endswith("/assignees"))
    host.faults.next(1, status=200, body=b'[{"login": "Bob"}]', when=lambda request: request.path.endswith("/collaborators"))
    assert found(client, REF).comments[0].actor.trust == "member"


def test_a_number_is_a_pull_request_or_an_issue_whatever_the_ref_says(client: Client, host: GiteaHost) -> None:
    an_hour_ago(host, REPOSITORY), host.issue(REPOSITORY)
    assert [found(client, f"gitea:{REPOSITORY}#{number}").family for number in (1, 2)] == ["pull_request", "issue"]
    web = client.plugin.settings.web_url
    assert found(client, f"{web}/{REPOSITORY}/issues/1").family == "pull_request"


def test_what_was_parked_without_a_look_turns_out_to_be_a_pull_request_or_an_issue(desk: Bench, host: GiteaHost) -> None:
    an_hour_ago(host, REPOSITORY).approve("alice")
    host.issue(REPOSITORY).close()
    jobs = [desk.park(f"gitea:{REPOSITORY}#{number}", on, check=False).id for number, on in ((1, "approved"), (2, "closed"))]
    assert desk.poll().errors == []
    assert [desk.state(job) for job in jobs] == ["completed", "completed"]


def test_a_renamed_repository_is_followed_by_its_redirect(desk: Bench, host: GiteaHost) -> None:
    pull = an_hour_ago(host, REPOSITORY)
    job = desk.park(REF, "commented").id
    host.rename(REPOSITORY, "acme/api-two")
    pull.comment("alice")
    assert desk.poll().errors == []
    assert desk.state(job) == "completed"


def test_a_deleted_fork_and_a_deleted_account_are_no_obstacle(client: Client, host: GiteaHost) -> None:
    pull = an_hour_ago(host, REPOSITORY, fork="eve/api")
    pull.comment("eve")
    pull.delete_fork()
    host.delete_user("eve")
    assert [c.actor.kind for c in found(client, REF).comments] == ["ghost"]


def test_who_may_write_counts_and_the_rest_do_not(client: Client, host: GiteaHost) -> None:
    pull = an_hour_ago(host, REPOSITORY)
    host.repo(REPOSITORY).member("reader", role="reader")
    for login in ("alice", "reader", "acme", "dev"):
        pull.comment(login)
    assert {c.actor.login: c.actor.trust for c in found(client, REF).comments} == {
        "alice": "member", "reader": "none", "acme": "owner", "dev": "author",
    }  # fmt: skip


def test_no_forbidden_and_unlistable_things_stop_a_look(client: Client, host: GiteaHost) -> None:
    an_hour_ago(host, REPOSITORY).comment("alice")
    host.faults.next(1, status=403, body=b"{}", when=lambda request: request.path.endswith("/assignees"))
    assert [c.actor.trust for c in found(client, REF).comments] == ["none"]


def test_refusals_are_told_for_what_they_are(client: Client, host: GiteaHost) -> None:
    host.pause = 9
    with pytest.raises(Limited, match="9 s"):
        client.drive(client.plugin.whoami())
    host.pause = 0
    with pytest.raises(Gone, match="may not see it"):
        found(client, REF)
    body = b'{"message":"token does not have at least one of required scope(s): [read:user]"}'
    host.faults.next(1, status=403, body=body, headers={"content-type": "application/json"})
    with pytest.raises(Denied, match="lacks a scope"):
        client.drive(client.plugin.whoami())
    host.revoke()
    with pytest.raises(Denied, match="refuses the token"):
        client.drive(client.plugin.whoami())


def test_an_address_without_the_apis_root_gets_the_right_one_as_a_hint(host: GiteaHost) -> None:
    client = client_of("gitea", host.url, host.token)
    with pytest.raises(Broken, match="web page") as caught:
        client.drive(client.plugin.whoami())
    client.close()
    assert f'api_url = "{host.url}/api/v1"' in str(caught.value.hint)


@pytest.mark.parametrize("flavour", ["Gitea", "Forgejo", "Gogs"])
def test_a_review_without_an_id_is_read_again_whatever_the_flavour(client: Client, flavour: str) -> None:
    headers = {f"x-{flavour}-event".lower(): "pull_request_approved", f"x-{flavour}-delivery".lower(): "d-1"}
    hint = client.plugin.read_delivery(headers, BODY)
    assert [str(ref) for ref in hint.refs] == [REF] and hint.natives == ["61:1"]
    assert (hint.event, hint.delivery, hint.snapshots) == ("pull_request_approved.reviewed", "d-1", {})


@pytest.mark.parametrize("header", ["X-Gitea-Signature", "X-Forgejo-Signature", "X-Hub-Signature-256"])
def test_a_signature_is_accepted_under_each_of_its_names_and_never_empty(header: str) -> None:
    secret = Secret("s", b"secret")
    prefix = "sha256=" if header.startswith("X-Hub") else ""
    signed = prefix + hmac.new(b"secret", BODY, hashlib.sha256).hexdigest()
    assert verify(Gitea.descriptor, [secret], [(header, signed)], BODY, now=0).valid
    empty = verify(Gitea.descriptor, [secret], [(header, prefix)], BODY, now=0)
    assert (empty.valid, empty.reason) == (False, "empty-signature")
