"""What the simulated GitHub delivers to its webhooks."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

import pytest

from coro_cli.drills.host.github import GitHubHost
from coro_cli.drills.host.messages import Request, Response
from coro_cli.drills.host.server import Host

SECRET = "It's a Secret to Everybody"


@pytest.fixture
def receiver() -> Iterator[Host]:
    with Host() as receiver:
        receiver.routes.add("POST", "/hook", lambda request: Response(202, {"ok": True}))
        yield receiver


@pytest.fixture
def host(receiver: Host) -> Iterator[GitHubHost]:
    with GitHubHost() as host:
        host.hook(f"{receiver.url}/hook", SECRET)
        yield host


def told(host: GitHubHost, receiver: Host) -> list[tuple[str, str]]:
    assert host.deliveries.settle()
    return [(r.headers["x-github-event"], r.json().get("action", "")) for r in receiver.requests]


def test_a_delivery_is_signed_over_its_raw_body(host: GitHubHost, receiver: Host) -> None:
    host.pull("acme/api", 42).approve("alice")
    told(host, receiver)
    for request in receiver.requests:
        for name, algorithm in (("x-hub-signature-256", hashlib.sha256), ("x-hub-signature", hashlib.sha1)):
            expected = hmac.new(SECRET.encode(), request.body, algorithm).hexdigest()
            assert request.headers[name].partition("=")[2] == expected
    assert len({r.headers["x-github-delivery"] for r in receiver.requests}) == 3
    assert [d.status for d in host.deliveries.log] == [202, 202, 202]


def test_what_happens_is_told_in_order_with_the_words_of_github(host: GitHubHost, receiver: Host) -> None:
    pr = host.pull("acme/api", 42)
    review = pr.approve("alice")
    pr.dismiss(review)
    thread = pr.inline("bob")
    pr.resolve(thread)
    pr.comment("carol")
    pr.push()
    pr.label("bug")
    pr.draft()
    pr.check("build", "success")
    pr.status("ci", "failure")
    pr.merge("alice")
    host.issue("acme/api", 7).assign("bob")
    assert told(host, receiver) == [
        ("ping", ""), ("pull_request", "opened"), ("pull_request_review", "submitted"),
        ("pull_request_review", "dismissed"), ("pull_request_review", "submitted"),
        ("pull_request_review_comment", "created"), ("pull_request_review_thread", "resolved"),
        ("issue_comment", "created"), ("pull_request", "synchronize"), ("pull_request", "labeled"),
        ("pull_request", "converted_to_draft"), ("check_run", "completed"), ("check_suite", "completed"),
        ("status", ""), ("pull_request", "closed"), ("issues", "opened"), ("issues", "assigned"),
    ]


def body(receiver: Host, event: str, action: str) -> Request:
    fitting = (r for r in receiver.requests if r.headers["x-github-event"] == event)
    return next(r for r in fitting if r.json().get("action") == action)


def test_payloads_carry_the_same_ids_as_the_api(host: GitHubHost, receiver: Host) -> None:
    pr = host.pull("acme/api", 42)
    review, comment, thread = pr.approve("alice"), pr.comment("bob"), pr.inline("carol")
    pr.resolve(thread)
    run = pr.check("build", "failure")
    pr.merge("alice")
    told(host, receiver)
    submitted = body(receiver, "pull_request_review", "submitted").json()
    assert (submitted["review"]["id"], submitted["review"]["state"]) == (review.id, "approved")
    spoken = body(receiver, "issue_comment", "created").json()
    assert (spoken["comment"]["id"], spoken["issue"]["number"]) == (comment.id, 42)
    assert "pull_request" in spoken["issue"]
    assert body(receiver, "pull_request_review_thread", "resolved").json()["thread"]["node_id"] == thread.node_id
    suite = body(receiver, "check_suite", "completed").json()["check_suite"]
    assert (suite["head_sha"], suite["conclusion"], suite["pull_requests"][0]["number"]) == (run.sha, "failure", 42)
    closed = body(receiver, "pull_request", "closed").json()
    assert (closed["pull_request"]["merged"], closed["pull_request"]["id"]) == (True, pr.pull_id)
    assert (closed["repository"]["id"], closed["sender"]["login"]) == (pr.repo.id, "alice")


def test_a_check_of_a_fork_tells_no_pull_request(host: GitHubHost, receiver: Host) -> None:
    host.pull("acme/api", 42, fork="dev/api").check("build", "success")
    told(host, receiver)
    assert body(receiver, "check_suite", "completed").json()["check_suite"]["pull_requests"] == []


def test_a_subscription_may_name_its_events(host: GitHubHost, receiver: Host) -> None:
    host.hook(f"{receiver.url}/hook?second", events=["issues"])
    host.pull("acme/api", 42)
    host.issue("acme/api", 7)
    told(host, receiver)
    second = [r for r in receiver.requests if "second" in r.values]
    assert [r.headers["x-github-event"] for r in second] == ["ping", "issues"]
    assert "x-hub-signature-256" not in second[1].headers


def test_a_receiver_that_is_down_loses_it_until_it_is_redelivered_under_the_same_id(
    host: GitHubHost, receiver: Host
) -> None:
    assert host.deliveries.settle()
    receiver.offline = True
    host.pull("acme/api", 42)
    assert host.deliveries.settle()
    lost = host.deliveries.log[-1]
    assert lost.status == 0
    receiver.offline = False
    host.deliveries.redeliver(lost)
    assert host.deliveries.settle() and lost.status == 202
    assert receiver.requests[-1].headers["x-github-delivery"] == lost.id


def test_a_payload_can_be_had_without_a_server() -> None:
    host = GitHubHost()
    pr = host.pull("acme/api", 42)
    review = pr.approve("alice")
    made = host.payload("pull_request_review", "submitted", pr, review=review, sender="alice")
    assert (made["action"], made["review"]["id"], made["sender"]["login"]) == ("submitted", review.id, "alice")
    assert made["repository"]["full_name"] == "acme/api"
