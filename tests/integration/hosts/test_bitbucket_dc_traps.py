"""What is peculiar to Bitbucket Data Center, over real HTTP against its simulated host."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asked import Asked

from coro_cli.domain.conditions import latest_reviews
from coro_cli.plugins.protocol import Broken, Denied, Gone, Limited
from tests.simulated.bitbucket_dc import BitbucketDCHost

Make = Callable[..., Asked]


@pytest.fixture
def host() -> Iterator[BitbucketDCHost]:
    with BitbucketDCHost() as host:
        host.repo("ACME/api").member("alice")
        yield host


@pytest.fixture
def make(host: BitbucketDCHost) -> Iterator[Make]:
    made: list[Asked] = []

    def one(scope: str = "ACME/api", **words: Any) -> Asked:
        made.append(Asked.of(host, "bitbucket-dc", scope, **words))
        return made[-1]

    yield one
    for each in made:
        each.close()


def opened(host: BitbucketDCHost, **words: Any) -> Any:
    return host.pull("ACME/api", **words)


def test_the_server_cuts_pages_as_it_likes(host: BitbucketDCHost, make: Make) -> None:
    host.most = 7
    pull = opened(host)
    for number in range(30):
        pull.comment("alice", f"number {number}")
    ask = make()
    seen = ask.look()
    assert len(seen.comments) == 30
    assert not ask.moved(seen), "a peek and a look must agree on the first page, however short it is"
    pull.comment("alice", "one more")
    assert ask.moved(seen)


def test_a_list_of_many_pages_is_read_until_the_watched_one_was_in_it(host: BitbucketDCHost, make: Make) -> None:
    host.most = 5
    opened(host)
    ask = make()
    seen = ask.look()
    for _ in range(23):
        opened(host)
    assert not ask.moved(seen)


def test_both_words_for_needs_work_mean_a_request_for_changes(host: BitbucketDCHost, make: Make) -> None:
    opened(host).request_changes("alice")
    ask = make()
    before = ask.look()
    host.forms.renamed = True
    after = ask.look()
    assert [r.state for r in before.reviews] == [r.state for r in after.reviews] == ["changes_requested"]
    assert ask.events(before, after) == []


def test_dates_may_be_texts(host: BitbucketDCHost, make: Make) -> None:
    pull = opened(host)
    pull.comment("alice")
    numbers = make().look()
    host.forms.texts = True
    texts = make().look()
    assert int(numbers.created_at) == int(texts.created_at) and int(numbers.comments[0].at) == int(texts.comments[0].at)


def test_a_personal_repository_is_watched(host: BitbucketDCHost, make: Make) -> None:
    host.pull("~dev/tools").approve("alice")
    seen = make("~dev/tools").look()
    assert seen.reviews and seen.renamed_to == "~dev/tools"


def test_a_declined_one_can_be_reopened_with_an_id_of_its_own(host: BitbucketDCHost, make: Make) -> None:
    pull = opened(host)
    ask = make()
    first = ask.look()
    pull.close("bob")
    assert ask.moved(first)
    second = ask.look()
    assert ask.events(first, second) == ["closed"] and second.closed_by.login == "bob"
    pull.reopen("alice")
    assert ask.moved(second)
    third = ask.look()
    assert ask.events(second, third) == ["reopened"]
    assert [change.actor.login for change in third.changes if change.name == "reopened"] == ["alice"]


def test_closing_again_is_another_closing(host: BitbucketDCHost, make: Make) -> None:
    pull = opened(host)
    pull.close()
    first = make().look().closed_at
    pull.reopen()
    host.advance(60)
    pull.close()
    assert make().look().closed_at != first


def test_an_approval_is_noticed_though_it_moves_no_date(host: BitbucketDCHost, make: Make) -> None:
    pull = opened(host)
    ask = make()
    seen = ask.look()
    pull.approve("alice")
    assert pull.updated_at == pull.created_at and ask.moved(seen)


def test_an_approval_that_a_push_took_back_does_not_stand(host: BitbucketDCHost, make: Make) -> None:
    pull = opened(host)
    host.repo("ACME/api").reset = True
    pull.approve("alice")
    ask = make()
    before = ask.look()
    pull.push()
    after = ask.look()
    assert latest_reviews(after.reviews, lambda actor: True) == {}
    assert set(ask.events(before, after)) == {"synchronized", "review_dismissed"}


def test_a_reviewer_who_changes_his_mind_gives_two_verdicts(host: BitbucketDCHost, make: Make) -> None:
    pull = opened(host)
    pull.request_changes("alice")
    ask = make()
    before = ask.look()
    pull.approve("alice")
    after = ask.look()
    assert ask.events(before, after) == ["approved"]
    assert [r.state for r in latest_reviews(after.reviews, lambda actor: True).values()] == ["approved"]


def test_an_answer_in_an_old_thread_is_seen_though_the_count_leaves_it_out(host: BitbucketDCHost, make: Make) -> None:
    pull = opened(host)
    thread = pull.inline("alice")
    ask = make()
    before = ask.look()
    pull.reply(thread, "bob", "Because.")
    assert ask.moved(before)
    assert ask.events(before, ask.look()) == ["commented"]


def test_resolving_a_thread_is_no_edit(host: BitbucketDCHost, make: Make) -> None:
    pull = opened(host)
    thread = pull.inline("alice")
    ask = make()
    before = ask.look()
    pull.resolve(thread, "bob")
    thread.comments[0].updated_at = thread.resolved_at
    assert ask.moved(before)
    assert ask.events(before, ask.look()) == ["thread_resolved"]


def test_conflicts_are_asked_for_where_the_server_has_not_worked_them_out(host: BitbucketDCHost, make: Make) -> None:
    pull = opened(host)
    host.lazy = True
    ask = make()
    before = ask.look()
    pull.conflict()
    pull.push()
    after = ask.look()
    assert "conflicted" in ask.events(before, after)
    assert not ask.moved(after), "a list that does not know must not call for looks for ever"


def test_a_moved_target_is_no_push(make: Make) -> None:
    from coro_cli.plugins.bitbucket_dc import parse

    rescope = {"id": 5, "createdDate": 1, "action": "RESCOPED", "fromHash": "a", "previousFromHash": "a", "toHash": "c"}
    assert parse.branch(parse.entries([rescope]), "a", lambda user: None).changes() == []  # type: ignore[arg-type,return-value]


def test_unknown_actions_are_passed_over(host: BitbucketDCHost, make: Make) -> None:
    opened(host)
    odd = {"id": 5, "createdDate": 1_700_000_000_000, "action": "AUTO_MERGE_REQUESTED", "user": None, "comment": 7}
    body = json.dumps({"values": [odd, None, {"action": "COMMENTED", "createdDate": 1_700_000_000_000}], "isLastPage": True}).encode()
    host.faults.next(1, status=200, headers={"content-type": "application/json"}, body=body, when=lambda r: "activities" in r.path)
    seen = make().look()
    assert (seen.reviews, seen.comments) == ((), ())


def test_a_comment_that_is_deleted_is_none(host: BitbucketDCHost, make: Make) -> None:
    pull = opened(host)
    kept, gone = pull.comment("alice"), pull.comment("alice")
    pull.delete_comment(gone.id)
    assert [c.key for c in make().look().comments] == [f"comment:{kept.id}"]


def test_in_a_public_repository_those_count_who_may_write(host: BitbucketDCHost, make: Make) -> None:
    pull = opened(host)
    pull.approve("alice")
    pull.approve("eve")
    ask = make()
    assert {r.actor.login: r.actor.trust for r in ask.look().reviews} == {"alice": "member", "eve": "none"}
    ask.look()
    asked = [r for r in host.requests if r.path.endswith("/users")]
    assert len(asked) == 1 and asked[0].query["permission"] == "REPO_WRITE"
    host.private.add("ACME/api")
    assert {r.actor.trust for r in make().look().reviews} == {"member"}


def test_the_token_goes_as_a_bearer_and_beside_a_name_as_basic(host: BitbucketDCHost, make: Make) -> None:
    opened(host)
    make().look()
    assert host.requests[-1].headers["authorization"] == f"Bearer {host.token}"
    plugin = make(user="me").plugin
    assert plugin.headers()["Authorization"].startswith("Basic ")


def test_the_header_of_an_answer_says_whose_token_it_is(host: BitbucketDCHost, make: Make) -> None:
    ask = make()
    assert ask.client.drive(ask.plugin.whoami()) == "me"
    host.revoke()
    with pytest.raises(Denied) as caught:
        ask.client.drive(ask.plugin.whoami())
    assert caught.value.whole


@pytest.mark.parametrize("status", [200, 404])
def test_a_header_that_a_proxy_drops_leaves_the_token_without_a_name(host: BitbucketDCHost, make: Make, status: int) -> None:
    host.faults.next(1, status=status, body=b"{}", when=lambda request: request.path.endswith("/application-properties"))
    ask = make()
    assert ask.client.drive(ask.plugin.whoami()) == "access token"


def test_a_401_for_a_known_user_concerns_this_place_alone(host: BitbucketDCHost, make: Make) -> None:
    opened(host)
    body = b'{"errors": [{"message": "You are not permitted to access this resource"}]}'
    host.faults.next(1, status=401, headers={"content-type": "application/json", "x-ausername": "me"}, body=body)
    with pytest.raises(Denied, match="not permitted") as caught:
        make().look()
    assert not caught.value.whole


def test_a_limit_says_how_long(host: BitbucketDCHost, make: Make) -> None:
    opened(host)
    host.pause = 30
    ask = make()
    with pytest.raises(Limited) as caught:
        ask.look()
    assert caught.value.until - ask.client.clock() == pytest.approx(30, abs=2)


def test_the_token_bucket_of_an_administrator_is_a_budget(host: BitbucketDCHost, make: Make) -> None:
    opened(host)
    ask = make()
    told = {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "50", "x-ratelimit-fillrate": "5", "x-ratelimit-interval-seconds": "1"}
    host.faults.next(1, status=200, headers={"content-type": "application/json", **told}, body=b"{}")
    with pytest.raises(Broken):
        ask.look()
    assert ask.client.budget["remaining"] == 50 and ask.client.budget["reset_at"] == pytest.approx(ask.client.clock() + 2, abs=1)


@pytest.mark.parametrize("tail", ["", "/projects/ACME", "/rest"])
def test_an_address_without_the_root_of_the_api_is_told_the_right_one(host: BitbucketDCHost, make: Make, tail: str) -> None:
    opened(host)
    with pytest.raises(Broken) as caught:
        make(api_url=host.url + tail).look()
    assert f'api_url = "{host.url}/rest/api/1.0"' in (caught.value.hint or "")


def test_a_sign_in_page_is_no_answer(host: BitbucketDCHost, make: Make) -> None:
    host.faults.html()
    with pytest.raises(Broken, match="web page"):
        make().look()


def test_what_is_not_there_is_gone(host: BitbucketDCHost, make: Make) -> None:
    with pytest.raises(Gone, match=r"there is no `.*#99`, or the token may not see it") as caught:
        make().look(99)
    assert caught.value.hint is not None and "coro doctor" in caught.value.hint


def test_the_branch_of_a_checkout_leads_to_its_pull_request(host: BitbucketDCHost, make: Make) -> None:
    opened(host, branch="feature/x").close()
    current = opened(host, branch="feature/x")
    ask = make()
    assert ask.client.drive(ask.plugin.of_branch("ACME/api", "feature/x")) == str(current.number)  # type: ignore[attr-defined]
    assert ask.client.drive(ask.plugin.of_branch("ACME/api", "nowhere")) is None  # type: ignore[attr-defined]


def test_builds_are_asked_for_beside_the_main_api_and_count_by_commit(host: BitbucketDCHost, make: Make) -> None:
    pull = opened(host)
    pull.check("old", "success")
    pull.push()
    pull.check("build", "success")
    pull.check("lint")
    checks = make().look(checks=True).checks
    assert checks is not None and (checks.state, checks.total) == ("pending", 2)
    assert host.requests[-1].path == f"/rest/build-status/latest/commits/{pull.head_sha}"


@pytest.mark.parametrize("body", [b"[]", b"null", b'{"id": 1}', b'{"id": 1, "toRef": {"repository": {"id": "1"}}}'])
def test_an_answer_without_what_it_promises_is_broken(host: BitbucketDCHost, make: Make, body: bytes) -> None:
    opened(host)
    host.faults.next(1, status=200, headers={"content-type": "application/json"}, body=body, when=lambda r: r.path.endswith("/1"))
    with pytest.raises(Broken):
        make().look()


def test_a_page_that_leads_back_to_its_beginning_is_broken(host: BitbucketDCHost, make: Make) -> None:
    opened(host)
    body = b'{"values": [], "isLastPage": false, "nextPageStart": 0}'
    host.faults.next(1, status=200, headers={"content-type": "application/json"}, body=body, when=lambda r: "activities" in r.path)
    with pytest.raises(Broken, match="its own beginning"):
        make().look()


def test_the_connection_test_is_about_nothing(make: Make) -> None:
    hint = make().plugin.read_delivery({"x-event-key": "diagnostics:ping", "x-request-id": "r-1"}, b'{"test":true}')
    assert (list(hint.refs), hint.event, hint.delivery) == ([], "diagnostics:ping", "r-1")


def test_a_delivery_says_what_to_look_at(make: Make) -> None:
    home = {"slug": "tools", "project": {"key": "~dev"}}
    body = json.dumps({"eventKey": "pr:reviewer:needs_work", "pullRequest": {"id": 5, "toRef": {"repository": home}}}).encode()
    hint = make().plugin.read_delivery({}, body)
    assert [str(ref) for ref in hint.refs] == ["bitbucket-dc:~dev/tools#5"]
    assert hint.event == "pr:reviewer:changes_requested"
