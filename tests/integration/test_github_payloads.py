"""What a delivery says itself has the keys that the API gives: whichever door is first, the event is one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from coro_cli.domain import diff
from coro_cli.domain.events import Event
from coro_cli.domain.parse_ref import Ref
from coro_cli.drills.host.github import GitHubHost
from coro_cli.drills.host.github.deliveries import Hook
from coro_cli.plugins.base import Settings, Watched
from coro_cli.plugins.client import Client
from coro_cli.plugins.github import GitHub
from coro_cli.webhooks import interpret

REF = Ref("github", "acme/api", "42")


class Both:
    """The simulated host with its deliveries, read as payloads, and the API, read as looks."""

    def __init__(self, host: GitHubHost, make: Callable[[GitHubHost], Any]) -> None:
        self.host = host
        host.advance(-3600)
        self.item = make(host)
        host.deliveries.subscribe(Hook(1, "http://127.0.0.1:9/webhook/github", "s"))
        self.plugin = GitHub(Settings("github", "github", host.url, "https://github.com", host.token))
        self.client = Client(self.plugin)
        self.before = self.look(None)
        host.advance(3600)

    def look(self, previous: Any) -> Any:
        """The object by the API."""
        watched = Watched(REF, since=0.0, previous=previous)
        return self.client.drive(self.plugin.find(watched))

    def events(self) -> tuple[list[Event], list[Event]]:
        """`(by payload, by look)` of what happened since."""
        said: list[Event] = []
        for delivery in self.host.deliveries.log[1:]:
            hint = interpret.read(self.plugin, list(delivery.headers.items()), delivery.body)
            assert [str(ref) for ref in hint.refs[:1]] == [str(REF)]
            said += interpret.events(hint)
        present = self.look(None)
        self.client.close()
        return said, list(diff.found(self.before, present, str(REF), since=0.0))


def pull(host: GitHubHost) -> Any:
    return host.pull("acme/api", 42, author="dev", title="Add a thing")


def issue(host: GitHubHost) -> Any:
    return host.issue("acme/api", 42, author="dev", title="It breaks")


SAME: dict[str, tuple[Callable[[GitHubHost], Any], Callable[[Any], Any], str]] = {
    "approval": (pull, lambda it: it.approve("alice", body="LGTM"), "pull_request:approved"),
    "changes requested": (pull, lambda it: it.request_changes("alice"), "pull_request:changes_requested"),
    "review": (pull, lambda it: it.review_comment("alice"), "pull_request:reviewed"),
    "comment": (pull, lambda it: it.comment("alice", "hello", association="MEMBER"), "pull_request:commented"),
    "comment on a line": (pull, lambda it: it.inline("alice"), "pull_request:commented"),
    "push": (pull, lambda it: it.push(), "pull_request:synchronized"),
    "merge": (pull, lambda it: it.merge("alice"), "pull_request:merged"),
    "close": (pull, lambda it: it.close("alice"), "pull_request:closed"),
    "comment on an issue": (issue, lambda it: it.comment("bob", "hello"), "issue:commented"),
    "an issue closed": (issue, lambda it: it.close("alice"), "issue:closed"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_payload_and_api_give_one_key_and_one_actor(host: GitHubHost, name: str) -> None:
    make, happen, wanted = SAME[name]
    both = Both(host, make)
    happen(both.item)
    told, read = both.events()
    (said,) = [event for event in told if event.name == wanted]
    (seen,) = [event for event in read if event.name == wanted]
    assert said.key == seen.key
    assert (said.actor.login, said.actor.trust) == (seen.actor.login, seen.actor.trust) or seen.actor.kind == "ghost"
    assert abs(said.occurred_at - seen.occurred_at) <= 1
    assert (said.body, said.url) == (seen.body, seen.url)


def test_an_edit_has_the_key_of_its_instant(host: GitHubHost) -> None:
    both = Both(host, pull)
    comment = both.item.comment("alice", "hello")
    host.advance(60)
    both.item.edit_comment(comment.id, "hello again")
    told, read = both.events()
    edits = [{event.key for event in events if event.name == "pull_request:comment_edited"} for events in (told, read)]
    assert edits[0] == edits[1]
    assert len(edits[0]) == 1


def test_a_dismissal_is_an_event_of_now_not_of_the_review(host: GitHubHost) -> None:
    both = Both(host, pull)
    review = both.item.approve("alice")
    host.advance(3600)
    both.item.dismiss(review)
    told, read = both.events()
    dismissed = [[event for event in events if event.name == "pull_request:review_dismissed"] for events in (told, read)]
    assert [event.key for event in dismissed[0]] == [event.key for event in dismissed[1]]
    assert dismissed[0][0].occurred_at >= host.now() - 5


OWN: dict[str, tuple[Callable[[GitHubHost], Any], Callable[[Any], Any], str, dict[str, str]]] = {
    "label": (pull, lambda it: it.label("bug"), "pull_request:labeled", {"label": "bug"}),
    "assignment": (issue, lambda it: it.assign("bob"), "issue:assigned", {"assignee": "bob"}),
    "request": (pull, lambda it: it.request_review("bob"), "pull_request:review_requested", {"reviewer": "bob"}),
    "draft": (pull, lambda it: it.draft(), "pull_request:converted_to_draft", {}),
    "status of an issue": (issue, lambda it: it.close(), "issue:transitioned", {"to": "closed"}),
}  # fmt: skip


@pytest.mark.parametrize("name", OWN)
def test_what_has_no_id_in_the_payload_is_still_told(host: GitHubHost, name: str) -> None:
    make, happen, wanted, data = OWN[name]
    both = Both(host, make)
    happen(both.item)
    told, _ = both.events()
    (said,) = [event for event in told if event.name == wanted]
    assert {key: said.data.get(key) for key in data} == data


def test_a_commit_status_names_the_repository(host: GitHubHost) -> None:
    both = Both(host, pull)
    both.item.status("ci", "success")
    delivery = host.deliveries.log[-1]
    hint = interpret.read(both.plugin, list(delivery.headers.items()), delivery.body)
    both.client.close()
    assert (list(hint.refs), list(hint.scopes)) == ([], ["acme/api"])
    waiting = Watched(REF, checks=True)
    assert interpret.concerned(hint, [waiting, Watched(REF), Watched(Ref("github", "acme/web", "1"), checks=True)]) == [waiting]


HOSTILE = [
    b"", b"null", b"[]", b"1", b'"x"', b"{" * 50_000, b"[" * 100_000, b"\xff\xfe", b'{"repository": null}',
    b'{"repository": {"full_name": 7}, "pull_request": {"number": 1}}', b'{"repository": {"full_name": "a/../b"}, "issue": {"number": -1}}',
    b'{"repository": {"full_name": "a/b"}, "pull_request": {"number": true}}',
    b'{"repository": {"full_name": "a/b", "id": "x"}, "pull_request": {"number": 1, "user": [], "labels": {}}, "action": "opened"}',
    b'{"repository": {"full_name": "a/b", "id": 1}, "issue": {"number": 1e99}, "action": ["x"]}',
    b'{"check_suite": {"pull_requests": [null, {"number": "1"}, {}]}, "repository": {"full_name": "a/b"}, "action": "completed"}',
]  # fmt: skip


EVENTS = ["pull_request", "issues", "issue_comment", "pull_request_review", "check_suite", "sub_issues", "", "\x00"]


@pytest.mark.parametrize("event", EVENTS)
def test_no_body_does_more_than_be_refused(event: str) -> None:
    from coro_cli.plugins.protocol import Broken

    plugin = GitHub(Settings("github", "github", "https://api.github.com", "https://github.com"))
    for body in HOSTILE:
        for kind in ("application/json", "application/x-www-form-urlencoded"):
            try:
                hint = interpret.read(plugin, [("X-GitHub-Event", event), ("Content-Type", kind)], body)
            except Broken:
                continue
            assert list(interpret.events(hint)) == [], json.dumps(body.decode("latin-1"))[:80]
