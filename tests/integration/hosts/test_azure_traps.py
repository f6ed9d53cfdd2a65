"""What is peculiar to Azure DevOps, over real HTTP against its simulated host."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asked import Asked

from coro_cli.domain.conditions import latest_reviews
from coro_cli.domain.events import Actor
from coro_cli.plugins.azure import parse
from coro_cli.plugins.azure.parse import People
from coro_cli.plugins.history import Branch
from coro_cli.plugins.protocol import Broken, Denied, Gone, Limited
from tests.simulated.azure import AzureHost

Make = Callable[..., Asked]
PLACE = "acme/My Shop/api"
ANYONE = lambda actor: True  # noqa: E731


@pytest.fixture
def host() -> Iterator[AzureHost]:
    with AzureHost() as host:
        yield host


@pytest.fixture
def make(host: AzureHost) -> Iterator[Make]:
    made: list[Asked] = []

    def one(scope: str = PLACE, **words: Any) -> Asked:
        made.append(Asked.of(host, "azure", scope, **words))
        return made[-1]

    yield one
    for each in made:
        each.close()


def opened(host: AzureHost, **words: Any) -> Any:
    return host.pull(PLACE, **words)


@pytest.mark.parametrize(("number", "state"), [(10, "approved"), (5, "approved"), (-5, "changes_requested"), (-10, "changes_requested")])
def test_votes_are_verdicts(host: AzureHost, make: Make, number: int, state: str) -> None:
    opened(host).vote("alice", number)
    assert [r.state for r in make().look().reviews] == [state]


def test_a_vote_of_nothing_takes_the_verdict_back(host: AzureHost, make: Make) -> None:
    pull = opened(host)
    pull.vote("alice", 10)
    ask = make()
    before = ask.look()
    pull.vote("alice", 0)
    assert ask.moved(before)
    after = ask.look()
    assert ask.events(before, after) == ["review_dismissed"] and latest_reviews(after.reviews, ANYONE) == {}


def test_votes_that_a_policy_reset_without_a_word_do_not_stand(host: AzureHost, make: Make) -> None:
    pull = opened(host)
    pull.vote("alice", 10)
    ask = make()
    before = ask.look()
    pull.push()
    pull.reset_votes()
    after = ask.look()
    assert latest_reviews(after.reviews, ANYONE) == {} and set(ask.events(before, after)) == {"synchronized", "review_dismissed"}


def test_a_groups_vote_is_that_of_its_member_and_counts_once() -> None:
    person = {"id": "a-1", "uniqueName": "alice", "vote": 10, "votedFor": [{"id": "g-1", "vote": 10}]}
    group = {"id": "g-1", "displayName": "[shop]\\Team", "isContainer": True, "vote": 10}
    found = {"reviewers": [person, group], "lastMergeSourceCommit": {"commitId": "abc"}}
    (review,) = parse.reviews([], found, Branch("abc"), 5.0, People())
    assert (review.actor.login, review.state, review.key) == ("alice", "approved", "vote:a1:10:abc")


def test_people_are_known_by_number_or_by_id(host: AzureHost, make: Make) -> None:
    pull = opened(host)
    pull.vote("alice", 10)
    pull.push()
    new = make().look()
    host.threads.old = True
    old = make().look()
    assert [r.actor.login for r in new.reviews] == [r.actor.login for r in old.reviews] == ["alice"]
    assert {c.actor.login for c in new.changes} == {"dev"}


def test_a_service_account_does_not_count_and_people_do() -> None:
    people = People("me1")
    assert people.actor({"id": "b-1", "uniqueName": "Build\\1234", "displayName": "Build Service"}).trust == "none"
    assert people.actor({"id": "a-1", "uniqueName": "alice@acme.example"}) == Actor("alice@acme.example", "user", "member")
    assert people.actor({"id": "ME-1", "uniqueName": "me@acme.example"}).trust == "self"
    assert people.actor(None).kind == "ghost"


def test_ones_own_words_are_known_by_the_accounts_id(host: AzureHost, make: Make) -> None:
    pull = opened(host)
    host.forms.names = {"me": "me@acme.example"}
    pull.comment("me")
    ask = make()
    assert ask.look().comments[0].actor.trust == "self"
    ask.look()
    assert len([r for r in host.requests if r.path.endswith("/connectionData")]) == 1


def test_the_host_has_no_updated_date_so_the_list_and_the_threads_tell(host: AzureHost, make: Make) -> None:
    pull = opened(host)
    ask = make()
    for change in (
        lambda: pull.vote("alice", -5), lambda: pull.comment("alice"), lambda: pull.push(), lambda: pull.draft(),
        lambda: pull.label("ship"), lambda: pull.conflict(), lambda: pull.edit_comment(pull.comments[0].id, "rather not"),
        lambda: pull.request_review("bob"), lambda: pull.merge("bob"),
    ):  # fmt: skip
        seen = ask.look()
        assert not ask.moved(seen)
        change()
        assert ask.moved(seen)


def test_a_like_is_no_edit() -> None:

    item = {"id": 1, "publishedDate": "2026-01-01T00:00:00Z", "lastUpdatedDate": "2026-01-02T00:00:00Z", "commentType": "text"}
    found = parse.comment({**item, "lastContentUpdatedDate": "2026-01-01T00:00:00.01Z"}, {"id": 3}, People(), "")
    assert found is not None and found.edited_at is None
    edited = parse.comment({**item, "lastContentUpdatedDate": "2026-01-01T00:05:00Z"}, {"id": 3}, People(), "")
    assert edited is not None and edited.edited_at is not None and edited.key == "thread:3:comment:1"


@pytest.mark.parametrize("status", ["fixed", "wontFix", "closed", "byDesign"])
def test_a_threads_status_says_that_it_is_over(status: str) -> None:

    assert parse.thread({"id": 1, "status": status}).resolved
    assert not parse.thread({"id": 1, "status": "pending"}).resolved


def test_what_the_host_itself_writes_is_no_comment(host: AzureHost, make: Make) -> None:
    pull = opened(host)
    pull.push()
    pull.vote("alice", 10)
    seen = make().look()
    assert seen.comments == () and seen.threads == ()


def test_a_merge_that_was_only_tried_is_no_merge(host: AzureHost, make: Make) -> None:
    pull = opened(host)
    ask = make()
    before = ask.look()
    assert before.merge_commit == "" and before.merged_at is None
    sha = pull.merge("bob")
    after = ask.look()
    assert (after.state, after.merge_commit, after.closed_by.login) == ("merged", sha, "bob")


def test_an_abandoned_one_can_be_reactivated(host: AzureHost, make: Make) -> None:
    pull = opened(host)
    ask = make()
    first = ask.look()
    pull.close("bob")
    assert ask.moved(first)
    second = ask.look()
    pull.reopen("alice")
    assert ask.moved(second)
    third = ask.look()
    assert (ask.events(first, second), ask.events(second, third)) == (["closed"], ["reopened"])


def test_an_approval_before_the_last_push_is_not_at_the_head(host: AzureHost, make: Make) -> None:
    pull = opened(host)
    pull.vote("alice", 10)
    pull.push()
    pull.vote("bob", 10)
    seen = make().look()
    assert {r.actor.login: r.commit == seen.head for r in seen.reviews} == {"alice": False, "bob": True}


def test_names_with_blanks_are_quoted(host: AzureHost, make: Make) -> None:
    opened(host)
    assert make().look().url == f"{host.url}/acme/My%20Shop/_git/api/pullrequest/1"
    assert host.requests[0].path == "/acme/My%20Shop/_apis/git/repositories/api/pullRequests/1"


@pytest.mark.parametrize("place", ["Ärger/Süd #1/a&b", "acme/a%20b/c?d"])
def test_no_name_leads_to_another_address(host: AzureHost, make: Make, place: str) -> None:
    host.pull(place)
    assert make(place).look().renamed_to == place


def test_a_servers_root_may_end_in_its_collection(make: Make) -> None:
    for root, path in (
        ("https://tfs.example/tfs/Main", "/Shop/_apis/git/repositories/api"),
        ("https://tfs.example/tfs", "/Main/Shop/_apis/git/repositories/api"),
        ("https://dev.azure.com/main/", "/Shop/_apis/git/repositories/api"),
    ):
        plugin: Any = make("Main/Shop/api", api_url=root, web_url=root.rstrip("/")).plugin
        assert plugin.places.repository("Main/Shop/api") == path
        assert plugin.places.page("Main/Shop/api", "7").startswith(root.rstrip("/"))


@pytest.mark.parametrize("sends", [203, 302])
def test_a_bad_token_is_sent_to_sign_in_and_that_is_a_refusal(host: AzureHost, make: Make, sends: int) -> None:
    opened(host)
    host.sends = sends
    with pytest.raises(Denied, match="sign-in page") as caught:
        make(token="stale").look()
    assert caught.value.whole and "Code (Read)" in (caught.value.hint or "")


def test_a_sign_in_page_of_another_host_is_a_refusal_too(host: AzureHost, make: Make) -> None:
    with AzureHost() as elsewhere:
        host.sends, host.signs_in = 302, elsewhere.url.replace("127.0.0.1", "localhost")
        with pytest.raises(Denied, match="sign-in page"):
            make(token="stale").look()
        assert elsewhere.requests == []


def test_a_token_stands_where_a_password_would_and_an_entra_token_is_a_bearer(host: AzureHost, make: Make) -> None:
    opened(host)
    make().look()
    assert host.requests[-1].headers["authorization"].startswith("Basic ")
    assert make(token="eyJh.eyJz.c2ln").plugin.headers()["Authorization"] == "Bearer eyJh.eyJz.c2ln"


def test_a_pause_beside_a_good_answer_is_kept_and_the_answer_taken(host: AzureHost, make: Make) -> None:
    from coro_cli.polling.interval import interval

    opened(host)
    host.busy = 90
    ask = make()
    assert ask.look().state == "open"
    now = ask.client.clock()
    chosen = interval(60, charged=3, budget=ask.client.budget, share=0.5, now=now, limited_until=None, failures=0)
    assert chosen == pytest.approx(91, abs=2)


def test_a_limit_says_how_long(host: AzureHost, make: Make) -> None:
    opened(host)
    host.pause = 30
    ask = make()
    with pytest.raises(Limited) as caught:
        ask.look()
    assert caught.value.until - ask.client.clock() == pytest.approx(30, abs=2)


def test_an_older_server_is_told_how_to_be_asked(host: AzureHost, make: Make) -> None:
    opened(host)
    host.newest = "5.1"
    with pytest.raises(Broken, match="older version") as caught:
        make().look()
    assert 'api_version = "5.1"' in (caught.value.hint or "")
    assert make(api_version="5.1").look().state == "open"


@pytest.mark.parametrize("tail", ["/acme/_apis", "/acme/My%20Shop/_git/api"])
def test_an_address_with_too_much_is_told_the_right_one(host: AzureHost, make: Make, tail: str) -> None:
    opened(host)
    with pytest.raises(Broken) as caught:
        make(api_url=host.url + tail).look()
    assert f'api_url = "{host.url}{tail.partition("/_")[0]}"' in (caught.value.hint or "")


def test_what_is_not_there_is_gone(host: AzureHost, make: Make) -> None:
    with pytest.raises(Gone, match=r"there is no `.*#99`, or the token may not see it") as caught:
        make().look(99)
    assert caught.value.hint is not None and "coro doctor" in caught.value.hint


def test_statuses_count_by_iteration(host: AzureHost, make: Make) -> None:
    pull = opened(host)
    pull.check("build", "success")
    pull.push()
    ask = make()
    assert ask.look(checks=True).checks.state == "none"  # type: ignore[union-attr]
    pull.check("build", "success")
    assert ask.look(checks=True).checks.state == "passed"  # type: ignore[union-attr]


def test_build_policies_are_checks_and_those_about_reviewers_are_none(host: AzureHost, make: Make) -> None:
    pull = opened(host)
    ask = make()
    assert ask.look(checks=True).checks.state == "none"  # type: ignore[union-attr]
    pull.policy("CI", "running")
    assert ask.look(checks=True).checks.state == "pending"  # type: ignore[union-attr]
    pull.policy("CI", "approved")
    assert ask.look(checks=True).checks.state == "passed"  # type: ignore[union-attr]
    host.advance(60)
    pull.push()
    assert ask.look(checks=True).checks.state == "pending", "it was settled before the push"  # type: ignore[union-attr]
    pull.policy("CI", "rejected")
    checks = ask.look(checks=True).checks
    assert checks is not None and (checks.state, checks.failing) == ("failed", ("CI",))


def test_policies_that_may_not_be_seen_do_not_hide_the_rest(host: AzureHost, make: Make) -> None:
    pull = opened(host)
    pull.check("build", "success")
    host.faults.next(1, status=403, headers={"content-type": "application/json"}, body=b"{}", when=lambda r: "policy" in r.path)
    assert make().look(checks=True).checks.state == "passed"  # type: ignore[union-attr]


def test_lists_without_labels_do_not_call_for_looks_for_ever(host: AzureHost, make: Make) -> None:
    opened(host).label("ship")
    ask = make()
    host.mute = True
    seen = ask.look()
    assert seen.labels == ("ship",)
    told = ask.changes([seen])
    assert set(told.marks.values()) == {seen.native}
    host.clear()
    again = ask.changes([seen], told.cursor)
    assert set(again.marks.values()) == {seen.native}
    assert not [r for r in host.requests if r.path.endswith("/labels")], "asked once, and remembered"


def test_the_branch_of_a_checkout_leads_to_its_pull_request(host: AzureHost, make: Make) -> None:
    opened(host, branch="feature/x").close()
    current = opened(host, branch="feature/x")
    ask = make()
    assert ask.client.drive(ask.plugin.of_branch(PLACE, "feature/x")) == str(current.number)  # type: ignore[attr-defined]
    assert ask.client.drive(ask.plugin.of_branch(PLACE, "nowhere")) is None  # type: ignore[attr-defined]


def test_the_account_is_named_where_the_root_names_an_organisation(host: AzureHost, make: Make) -> None:
    above, below = make(), make(api_url=f"{host.url}/acme")
    assert above.client.drive(above.plugin.whoami()) == ""
    assert below.client.drive(below.plugin.whoami()) == "me"
    opened(host)
    assert below.look().state == "open"


def message(**resource: Any) -> bytes:
    return json.dumps({"id": "e-1", "eventType": "git.pullrequest.updated", "resource": resource}).encode()


def test_a_message_says_what_to_look_at(make: Make) -> None:
    home = {"id": "r-1", "name": "api", "project": {"name": "My Shop"}, "remoteUrl": "https://dev.azure.com/acme/My%20Shop/_git/api"}
    plugin = make(api_url="https://dev.azure.com", web_url="https://dev.azure.com").plugin
    hint = plugin.read_delivery({}, message(pullRequestId=7, repository=home))
    assert [str(ref) for ref in hint.refs] == ["azure:acme/My%20Shop/api#7"]
    assert (hint.event, hint.delivery) == ("git.pullrequest.updated", "e-1")
    about = plugin.read_delivery({}, message(comment={"id": 1}, pullRequest={"pullRequestId": 7, "repository": home}))
    assert list(about.refs) == list(hint.refs)


def test_the_old_name_of_the_host_is_understood(make: Make) -> None:
    home = {"name": "api", "project": {"name": "Shop"}, "remoteUrl": "https://acme.visualstudio.com/DefaultCollection/_git/api"}
    hint = make(api_url="https://dev.azure.com").plugin.read_delivery({}, message(pullRequestId=7, repository=home))
    assert [str(ref) for ref in hint.refs] == ["azure:acme/Shop/api#7"]


def test_a_minimal_message_is_understood_for_what_was_looked_at(host: AzureHost, make: Make) -> None:
    opened(host)
    ask = make()
    ask.look()
    home = host.forms.guid(host.repo(PLACE).id)
    url = f"https://dev.azure.com/acme/_apis/git/repositories/{home}/pullRequests/1"
    assert [str(ref) for ref in ask.plugin.read_delivery({}, message(url=url)).refs] == ["azure:acme/My%20Shop/api#1"]
    assert list(make().plugin.read_delivery({}, message(url=url)).refs) == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{"])
def test_a_message_that_is_no_json_object_is_broken(make: Make, body: bytes) -> None:
    with pytest.raises(Broken):
        make().plugin.read_delivery({}, body)


def test_no_message_is_signed(make: Make) -> None:
    assert make().plugin.descriptor.algorithm == "none"


@pytest.mark.parametrize("body", [b"[]", b"null", b'{"pullRequestId": 1}', b'{"pullRequestId": "1"}'])
def test_an_answer_without_what_it_promises_is_broken(host: AzureHost, make: Make, body: bytes) -> None:
    opened(host)
    host.faults.next(1, status=200, headers={"content-type": "application/json"}, body=body, when=lambda r: r.path.endswith("/1"))
    with pytest.raises(Broken):
        make().look()


def test_a_203_is_a_refusal_whatever_it_holds(host: AzureHost, make: Make) -> None:
    opened(host)
    host.faults.next(1, status=203, headers={"content-type": "application/json"}, body=b"{}")
    with pytest.raises(Denied):
        make().look()
