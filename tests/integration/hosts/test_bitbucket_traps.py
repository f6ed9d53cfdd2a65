"""What is peculiar to Bitbucket Cloud, over real HTTP against its simulated host."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from asked import Asked

from coro_cli.domain.conditions import latest_reviews
from coro_cli.drills.host.messages import Response
from coro_cli.plugins.bitbucket.parse import People
from coro_cli.plugins.protocol import Broken, Denied, Gone, Limited
from tests.simulated.bitbucket import BitbucketHost

Make = Callable[..., Asked]


@pytest.fixture
def host() -> Iterator[BitbucketHost]:
    with BitbucketHost() as host:
        host.repo("acme/api").member("alice")
        yield host


@pytest.fixture
def make(host: BitbucketHost) -> Iterator[Make]:
    made: list[Asked] = []

    def one(**words: Any) -> Asked:
        made.append(Asked.of(host, "bitbucket", "acme/api", **words))
        return made[-1]

    yield one
    for each in made:
        each.close()


def test_the_list_is_asked_for_participants_and_for_every_state(host: BitbucketHost, make: Make) -> None:
    host.pull()
    ask = make()
    seen = ask.look()
    host.clear()
    ask.changes([seen])
    (asked,) = [r for r in host.requests if r.path.endswith("/pullrequests")]
    assert "+values.participants" in asked.query["fields"]
    assert set(asked.values["state"]) == {"OPEN", "MERGED", "DECLINED", "SUPERSEDED"}


def test_an_approval_that_does_not_move_updated_on_is_noticed(host: BitbucketHost, make: Make) -> None:
    pull = host.pull()
    ask = make()
    seen = ask.look()
    assert not ask.moved(seen)
    pull.approve("alice")
    assert pull.updated_at == pull.created_at
    assert ask.moved(seen)


def test_short_and_long_hashes_are_the_same_commit(host: BitbucketHost, make: Make) -> None:
    pull = host.pull()
    ask = make()
    pull.approve("alice")
    before = ask.look()
    host.forms.long = True
    after = ask.look()
    assert before.head == after.head == pull.head_sha[:12]
    assert ask.events(before, after) == []
    assert after.reviews[0].commit == after.head


def test_a_branch_that_is_forced_back_was_pushed_again(host: BitbucketHost, make: Make) -> None:
    pull = host.pull()
    first = pull.head_sha
    ask = make()
    pull.push()
    before = ask.look()
    pull.push(first)
    after = ask.look()
    assert ask.events(before, after) == ["synchronized"]
    assert len({change.key for change in after.changes}) == 2


def test_an_approval_counts_for_the_commit_that_was_the_head_then(host: BitbucketHost, make: Make) -> None:
    pull = host.pull()
    old = pull.head_sha
    pull.approve("alice")
    pull.push()
    pull.approve("bob")
    commits = {review.actor.login: review.commit for review in make().look().reviews}
    assert commits == {"alice": old[:12], "bob": pull.head_sha[:12]}


def test_pages_are_followed_by_their_opaque_address(host: BitbucketHost, make: Make) -> None:
    pull = host.pull()
    for number in range(120):
        pull.comment("alice", f"number {number}")
    seen = make().look()
    assert len(seen.comments) == 120
    onward = [r for r in host.requests if "ctx" in r.query]
    assert {r.path.rpartition("/")[2] for r in onward} == {"activity", "comments"} and all("page" not in r.query for r in onward)


def test_a_page_that_goes_on_at_another_host_is_refused(host: BitbucketHost, make: Make) -> None:
    host.pull()
    body = b'{"values": [], "next": "https://elsewhere.example/2.0/more"}'
    host.faults.next(1, status=200, headers={"content-type": "application/json"}, body=body, when=lambda r: r.path.endswith("/activity"))
    with pytest.raises(Broken, match="another host"):
        make().look()


def test_a_dead_app_password_is_told_what_to_use_instead(host: BitbucketHost, make: Make) -> None:
    host.pull()
    with pytest.raises(Denied) as caught:
        make(user="me", token="app-password").look()
    assert caught.value.whole and "app passwords are dead" in (caught.value.hint or "") and "API token" in (caught.value.hint or "")


def test_an_api_token_goes_with_its_e_mail_and_an_access_token_alone(host: BitbucketHost, make: Make) -> None:
    host.pull()
    make(user="me@acme.example").look()
    make().look()
    schemes = {r.headers["authorization"].partition(" ")[0] for r in host.requests}
    assert schemes == {"Basic", "Bearer"} and {r.status for r in host.requests} == {200}


def test_a_missing_scope_is_named_and_concerns_this_place_alone(host: BitbucketHost, make: Make) -> None:
    host.pull()
    host.scoped = True
    with pytest.raises(Denied, match="privilege scopes") as caught:
        make().look()
    assert not caught.value.whole and "`pullrequest`" in (caught.value.hint or "")


def test_a_tombstone_is_no_comment(host: BitbucketHost, make: Make) -> None:
    pull = host.pull()
    kept, gone = pull.comment("alice", "stays"), pull.comment("alice", "goes")
    pull.delete_comment(gone.id)
    assert [c.key for c in make().look().comments] == [f"comment:{kept.id}"]


def test_a_pending_comment_is_news_only_when_it_is_published(host: BitbucketHost, make: Make) -> None:
    pull = host.pull()
    drafted = pull.comment("alice", "not yet")
    pull.hidden.add(drafted.id)
    ask = make()
    before = ask.look()
    assert before.comments == ()
    pull.hidden.clear()
    assert ask.events(before, ask.look()) == ["commented"]


def test_resolving_a_thread_is_no_edit(host: BitbucketHost, make: Make) -> None:
    pull = host.pull()
    thread = pull.inline("alice")
    ask = make()
    before = ask.look()
    pull.resolve(thread, "bob")
    thread.comments[0].updated_at = thread.resolved_at
    after = ask.look()
    assert ask.events(before, after) == ["thread_resolved"]
    assert after.threads[0].actor.login == "bob"


def test_a_limit_without_a_time_means_minutes(host: BitbucketHost, make: Make) -> None:
    host.pull()
    host.pause = 5
    ask = make()
    with pytest.raises(Limited) as caught:
        ask.look()
    assert caught.value.until - ask.client.clock() > 120


def test_the_near_limit_header_leaves_little_of_the_budget(host: BitbucketHost, make: Make) -> None:
    host.pull()
    ask = make()
    ask.look()
    assert ask.client.budget["remaining"] > 900
    host.near = True
    ask.look()
    assert ask.client.budget["remaining"] == pytest.approx(200) and ask.client.budget["limit"] == 1000


def test_a_superseded_pull_request_is_closed(host: BitbucketHost, make: Make) -> None:
    pull = host.pull()
    ask = make()
    before = ask.look()
    pull.supersede("bob")
    assert ask.moved(before)
    after = ask.look()
    assert ask.events(before, after) == ["closed"] and after.closed_by.login == "bob"


def test_the_time_of_closing_stays_when_people_go_on_talking(host: BitbucketHost, make: Make) -> None:
    pull = host.pull()
    pull.close("bob")
    ask = make()
    before = ask.look()
    host.advance(3600)
    pull.comment("alice", "a pity")
    assert ask.look().closed_at == before.closed_at


def test_namesakes_are_two_people(host: BitbucketHost, make: Make) -> None:
    pull = host.pull()
    host.forms.names = {"anna1": "Anna", "anna2": "Anna"}
    pull.request_changes("anna1")
    pull.approve("anna2")
    seen = make().look()
    assert len({review.actor.login for review in seen.reviews}) == 2
    assert len(latest_reviews(seen.reviews, lambda actor: True)) == 2


def test_a_nickname_with_blanks_is_one_word(host: BitbucketHost, make: Make) -> None:
    pull = host.pull()
    host.forms.names = {"anna": "Anna  Smith"}
    pull.approve("anna")
    assert make().look().reviews[0].actor.login == "Anna_Smith"


def test_another_account_by_the_nickname_of_the_tokens_owner_is_not_oneself(host: BitbucketHost, make: Make) -> None:
    pull = host.pull()
    host.forms.names = {"impostor": "me"}
    ask = make()
    ask.trust(ask.client.drive(ask.plugin.whoami()))
    pull.comment("impostor", "it is me")
    pull.comment("me", "it is really me")
    assert [c.actor.trust for c in sorted(ask.look().comments, key=lambda c: c.at)] == ["none", "self"]


def test_a_host_that_does_not_filter_by_number_is_asked_for_what_is_open(host: BitbucketHost, make: Make) -> None:
    pull = host.pull()
    ask = make()
    seen = ask.look()
    refusal = b'{"type": "error", "error": {"message": "Field \\"id\\" does not support filtering"}}'
    host.faults.next(2, status=400, body=refusal, when=lambda request: "q" in request.query)
    assert not ask.moved(seen)
    pull.approve("alice")
    assert ask.moved(seen)


@pytest.mark.parametrize(("status", "members", "trust"), [(404, True, "none"), (404, False, "member"), (403, False, "none")])
def test_a_repository_that_may_not_be_read_itself_does_not_stop_a_look(
    host: BitbucketHost, make: Make, status: int, members: bool, trust: str
) -> None:
    host.pull().approve("eve")
    host.faults.next(1, status=status, body=b"{}", when=lambda request: request.path.endswith("/repositories/acme/api"))
    if not members:
        host.faults.next(1, status=status, body=b"{}", when=lambda request: request.path.endswith("/members"))
    assert make().look().reviews[0].actor.trust == trust


def test_everybody_counts_in_a_private_repository_and_the_question_is_asked_once(host: BitbucketHost, make: Make) -> None:
    pull = host.pull()
    pull.approve("eve")
    ask = make()
    assert ask.look().reviews[0].actor.trust == "none"
    host.private.add("acme/api")
    assert ask.look().reviews[0].actor.trust == "none"
    assert len([r for r in host.requests if r.path.endswith("/members")]) == 1
    assert make().look().reviews[0].actor.trust == "member"


def test_the_authors_words_count_as_the_authors(host: BitbucketHost, make: Make) -> None:
    pull = host.pull(author="dev")
    pull.comment("dev", "done")
    assert make().look().comments[0].actor.trust == "author"


def test_who_asked_for_changes_and_comments_does_not_ask_again(host: BitbucketHost, make: Make) -> None:
    pull = host.pull()
    pull.request_changes("alice")
    ask = make()
    before = ask.look()
    host.advance(60)
    pull.comment("alice", "and another thing")
    assert ask.events(before, ask.look()) == ["commented"]


def test_an_approval_taken_back_is_a_dismissal_and_a_new_one_is_news(host: BitbucketHost, make: Make) -> None:
    pull = host.pull()
    pull.approve("alice")
    ask = make()
    first = ask.look()
    pull.unapprove("alice")
    assert ask.moved(first)
    second = ask.look()
    assert ask.events(first, second) == ["review_dismissed"]
    host.advance(5)
    pull.approve("alice")
    assert ask.events(second, ask.look()) == ["approved"]


def test_a_pull_request_of_a_deleted_fork_is_read(host: BitbucketHost, make: Make) -> None:
    host.pull(fork="dev/api").delete_fork()
    seen = make().look()
    assert seen.head and seen.state == "open"


def test_an_account_that_is_gone_is_a_ghost(host: BitbucketHost, make: Make) -> None:
    host.pull(author="dev")
    host.delete_user("dev")
    assert make().look().author.kind == "ghost"


def test_an_account_that_shows_nothing_but_a_name_is_neither_ours_nor_the_authors() -> None:
    who = People("coro{11}", frozenset(), author="")
    assert who.actor({"display_name": "Former user"}).trust == "none"


def test_stopped_builds_are_not_green_and_those_of_old_commits_do_not_count(host: BitbucketHost, make: Make) -> None:
    pull = host.pull()
    pull.check("old", "success")
    pull.push()
    ask = make()
    assert ask.look(checks=True).checks.state == "none"  # type: ignore[union-attr]
    pull.check("build", "cancelled")
    checks = ask.look(checks=True).checks
    assert checks is not None and checks.state == "failed" and checks.failing == ("build",)


def test_a_build_that_names_no_commit_counts_if_it_is_as_new_as_the_head(host: BitbucketHost, make: Make) -> None:
    def nameless(response: Response) -> Response:
        told = json.loads(response.body)
        return replace(response, body=json.dumps({"values": [{**s, "commit": None} for s in told["values"]]}).encode())

    pull = host.pull()
    pull.check("build", "success")
    host.advance(10)
    pull.push()
    ask = make()
    host.faults.alter(nameless, 2, when=lambda request: request.path.endswith("/statuses"))
    assert ask.look(checks=True).checks.state == "none"  # type: ignore[union-attr]
    host.advance(10)
    pull.check("build", "success")
    assert ask.look(checks=True).checks.state == "passed"  # type: ignore[union-attr]


def test_a_quick_look_asks_for_the_builds_alone(host: BitbucketHost, make: Make) -> None:
    pull = host.pull()
    ask = make()
    before = ask.look(checks=True)
    pull.check("build", "success")
    host.clear()
    after = ask.look(checks=True, quick=True, previous=before)
    assert after.checks is not None and after.checks.state == "passed"
    assert [r.path.rpartition("/")[2] for r in host.requests] == ["statuses"]


def test_the_branch_of_a_checkout_leads_to_its_pull_request(host: BitbucketHost, make: Make) -> None:
    host.pull(branch="feature/x").close()
    host.pull(branch='odd "name"')
    current = host.pull(branch="feature/x")
    ask = make()
    assert ask.client.drive(ask.plugin.of_branch("acme/api", "feature/x")) == str(current.number)  # type: ignore[attr-defined]
    assert ask.client.drive(ask.plugin.of_branch("acme/api", "nowhere")) is None  # type: ignore[attr-defined]


@pytest.mark.parametrize("tail", ["", "/", "/acme"])
def test_an_address_without_the_root_of_the_api_is_told_the_right_one(host: BitbucketHost, make: Make, tail: str) -> None:
    host.pull()
    with pytest.raises(Broken) as caught:
        make(api_url=host.url + tail).look()
    assert f'api_url = "{host.url}{tail.rstrip("/")}/2.0"' in (caught.value.hint or "")


def test_a_sign_in_page_is_no_answer(host: BitbucketHost, make: Make) -> None:
    host.pull()
    host.faults.html()
    with pytest.raises(Broken, match="web page") as caught:
        make().look()
    assert "sign-in page" in (caught.value.hint or "")


def test_what_is_not_there_is_gone(host: BitbucketHost, make: Make) -> None:
    with pytest.raises(Gone, match=r"there is no `.*#99`, or the token may not see it") as caught:
        make().look(99)
    assert caught.value.hint is not None and "coro doctor" in caught.value.hint


@pytest.mark.parametrize("body", [b"[]", b"null", b'{"id": 1}', b'{"id": true, "destination": {"repository": {"uuid": "{1}"}}}'])
def test_an_answer_without_what_it_promises_is_broken(host: BitbucketHost, make: Make, body: bytes) -> None:
    host.pull()
    host.faults.next(1, status=200, headers={"content-type": "application/json"}, body=body)
    with pytest.raises(Broken):
        make().look()


def test_a_delivery_says_what_to_look_at(make: Make) -> None:
    body = b'{"pullrequest": {"id": 9}, "repository": {"full_name": "acme/api"}}'
    hint = make().plugin.read_delivery({"x-event-key": "pullrequest:approved", "x-request-uuid": "u-1"}, body)
    assert [str(ref) for ref in hint.refs] == ["bitbucket:acme/api#9"]
    assert (hint.event, hint.delivery) == ("pullrequest:approved", "u-1")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"'])
def test_a_delivery_that_is_no_json_object_is_broken(make: Make, body: bytes) -> None:
    with pytest.raises(Broken):
        make().plugin.read_delivery({}, body)


@pytest.mark.parametrize("body", [b"{}", b'{"pullrequest": {"id": true}}', b'{"push": {}, "repository": {"full_name": "acme/api"}}'])
def test_a_delivery_about_no_pull_request_names_none(make: Make, body: bytes) -> None:
    assert list(make().plugin.read_delivery({"x-event-key": "repo:push"}, body).refs) == []
