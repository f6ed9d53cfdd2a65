"""What GitLab is asked and how often, and what its refusals mean: limits, wrong addresses, missing rights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from asking_plugins import changes, client_of, found, watched
from desks import an_hour_ago, client_at
from world_gitlab import PROJECT

from coro_cli.plugins.base import Settings
from coro_cli.plugins.client import Client
from coro_cli.plugins.gitlab import GitLab
from coro_cli.plugins.protocol import Broken, Denied, Gone, Limited
from tests.simulated.gitlab import GitLabHost


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


def test_a_reporter_does_not_count_and_an_owner_does(client: Client, host: GitLabHost) -> None:
    mr = an_hour_ago(host, PROJECT)
    host.repo(PROJECT).member("reporter", role="reader")
    host.repo(PROJECT).member("boss", role="owner")
    for login in ("reporter", "boss", "eve", "dev"):
        mr.comment(login)
    trust = {c.actor.login: c.actor.trust for c in found(client, f"gitlab:{PROJECT}!1").comments}
    assert trust == {"reporter": "contributor", "boss": "owner", "eve": "none", "dev": "author"}


def test_the_members_of_a_project_are_asked_for_once_for_all_its_merge_requests(client: Client, host: GitLabHost) -> None:
    for _ in range(3):
        an_hour_ago(host, PROJECT)
    client.drive(client.plugin.look([watched(f"gitlab:{PROJECT}!{number}") for number in (1, 2, 3)]))
    assert sum(r.path.endswith("/members/all") for r in host.requests) == 1


def test_more_than_two_hundred_in_one_project_are_watched_by_time_and_in_turn(client: Client, host: GitLabHost) -> None:
    mrs = [an_hour_ago(host, PROJECT) for _ in range(230)]
    group = [watched(f"gitlab:{PROJECT}!{mr.number}", looked_at=host.now()) for mr in mrs]
    first = changes(client, *group)
    host.clear()
    mrs[228].comment("alice")
    host.skew = 0.0005  # the cursor has milliseconds: what happens in the rest of one must not fall between two questions
    mrs[229].comment("alice")
    second = changes(client, *group, cursor=first.cursor)
    assert {f"gitlab:{PROJECT}!{n}" for n in (229, 230)} <= set(second.marks)
    assert len(host.requests) == 2
    times = [r.query["updated_after"] for r in host.requests if "updated_after" in r.query]
    assert len(times) == 1 and "." not in times[0]


def test_three_hundred_merge_requests_of_one_page_each_have_the_mark_of_their_look(client: Client, host: GitLabHost) -> None:
    mr = an_hour_ago(host, PROJECT)
    mr.assign("bob"), mr.label("b"), mr.label("a"), mr.request_review("alice")
    ref = f"gitlab:{PROJECT}!1"
    listed = changes(client, watched(ref)).marks[ref]
    assert listed == client.plugin.mark(found(client, ref))


def test_an_answer_without_a_scope_would_be_ones_own_merge_requests_only(host: GitLabHost, client: Client) -> None:
    an_hour_ago(host, PROJECT)
    ref = f"gitlab:{PROJECT}!1"
    assert changes(client, watched(ref)).marks.keys() == {ref}
    assert all(r.query.get("scope") == "all" for r in host.requests)


def test_a_limit_told_in_plain_text_is_a_pause_also_without_a_header(client: Client, host: GitLabHost) -> None:
    host.faults.next(1, status=429, body=b"Retry later\n", headers={"content-type": "text/plain"})
    with pytest.raises(Limited):
        client.drive(client.plugin.whoami())
    host.pause = 17
    with pytest.raises(Limited, match="17 s"):
        client.drive(client.plugin.whoami())


def test_the_minutes_limit_is_known_from_each_answer(client: Client, host: GitLabHost) -> None:
    host.spent = 1500
    client.drive(client.plugin.whoami())
    assert client.budget["limit"] == 2000 and client.budget["remaining"] == 499


def test_a_project_the_token_may_not_see_is_not_there_and_the_hint_says_what_to_check(client: Client, host: GitLabHost) -> None:
    an_hour_ago(host, PROJECT)
    host.forbid(PROJECT)
    with pytest.raises(Gone, match="may not see it") as caught:
        found(client, f"gitlab:{PROJECT}!1")
    assert "groups" in str(caught.value.hint)


def test_an_address_without_the_apis_root_gets_the_right_one_as_a_hint(host: GitLabHost) -> None:
    client = client_of("gitlab", host.url, host.token)
    with pytest.raises(Broken, match="web page") as caught:
        client.drive(client.plugin.whoami())
    client.close()
    assert f'api_url = "{host.url}/api/v4"' in str(caught.value.hint)


def test_a_sign_in_page_in_place_of_json_is_told_as_what_it_is(client: Client, host: GitLabHost) -> None:
    host.faults.html(1)
    with pytest.raises(Broken, match="web page"):
        client.drive(client.plugin.whoami())


def test_a_revoked_token_and_one_without_the_scope_are_told_apart(client: Client, host: GitLabHost) -> None:
    host.faults.next(1, status=403, body=b'{"error":"insufficient_scope","scope":"read_api"}', headers={"content-type": "application/json"})
    with pytest.raises(Denied) as caught:
        client.drive(client.plugin.whoami())
    assert "read_api" in str(caught.value.hint)
    host.revoke()
    with pytest.raises(Denied, match="refuses the token"):
        client.drive(client.plugin.whoami())


def test_the_branchs_own_merge_request_is_found_open_ones_first(client: Client, host: GitLabHost) -> None:
    an_hour_ago(host, PROJECT, branch="topic")
    host.pull(PROJECT, branch="topic").close()
    assert client.drive(GitLab(client.plugin.settings).of_branch(PROJECT, "topic")) == "1"
    assert client.drive(GitLab(client.plugin.settings).of_branch(PROJECT, "none")) is None


def test_members_that_may_not_be_listed_leave_only_the_author_and_oneself_known(client: Client, host: GitLabHost) -> None:
    mr = an_hour_ago(host, PROJECT)
    mr.comment("alice"), mr.comment("me")
    client.drive(client.plugin.whoami())
    client.plugin.me = "me"  # type: ignore[attr-defined]
    host.faults.next(1, status=403, body=b"{}", when=lambda request: request.path.endswith("/members/all"))
    assert [c.actor.trust for c in found(client, f"gitlab:{PROJECT}!1").comments] == ["none", "self"]


def test_a_page_that_is_cut_or_empty_is_an_error_that_names_its_address(client: Client, host: GitLabHost) -> None:
    an_hour_ago(host, PROJECT)
    host.faults.truncate(1)
    with pytest.raises(Broken, match=f"{PROJECT.replace('/', '%2F')}"):
        found(client, f"gitlab:{PROJECT}!1")


def test_a_settled_snapshot_keeps_its_mark_when_it_is_looked_at_again(client: Client, host: GitLabHost) -> None:
    an_hour_ago(host, PROJECT)
    first = found(client, f"gitlab:{PROJECT}!1")
    assert client.plugin.mark(first) == client.plugin.mark(replace(first, looked_at=0.0))


def test_the_settings_of_gitlab_com_need_no_configuration() -> None:
    assert GitLab.defaults()["api_url"] == "https://gitlab.com/api/v4"
    assert "glpat" not in repr(Settings("gitlab", "gitlab", "", "", "glpat-secret"))
