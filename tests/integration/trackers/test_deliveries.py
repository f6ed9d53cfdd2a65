"""Deliveries of the trackers: what they are about, and the same key by both doors where the payload can tell it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from acting import Open, parked

from coro_cli.domain.durations import rfc3339
from coro_cli.plugins.base import Hint, Plugin
from coro_cli.plugins.protocol import Broken
from coro_cli.webhooks import interpret


def plugin_of(b: Any) -> Plugin:
    plugin, _ = b.fleet.member(b.world.name).ready()
    return plugin  # type: ignore[no-any-return]


def told(b: Any, payload: dict[str, Any], **headers: str) -> Hint:
    return plugin_of(b).read_delivery(headers, json.dumps(payload).encode())


def keys(hint: Hint) -> dict[str, str]:
    return {event.name: event.key for event in interpret.events(hint)}


def test_a_transition_at_jira_has_the_key_that_a_poll_gives_it(open_bench: Open) -> None:
    b = open_bench("jira-cloud")
    issue, _ = parked(b, "transitioned")
    issue.transition("In Review", "alice")
    form = b.world.host.forms
    entry, at = issue.history[-1], issue.history[-1].at
    payload = {
        "timestamp": round(at * 1000), "webhookEvent": "jira:issue_updated", "issue_event_type_name": "issue_generic",
        "user": form.user(entry.by), "issue": form.issue(issue, ("*all",), most=0),
        "changelog": {"id": str(entry.id), "items": form.history(entry)["items"]},
    }  # fmt: skip
    hint = told(b, payload, **{"x-atlassian-webhook-identifier": "d-1"})
    assert ([str(ref) for ref in hint.refs], hint.natives, hint.event, hint.delivery) == (
        ["jira:PROJ-1"], [str(issue.id)], "jira:issue_updated", "d-1",
    )  # fmt: skip
    b.poll()
    polled = {row["name"]: row["key"] for row in b.recorded()}
    assert keys(hint)["issue:transitioned"] == polled["issue:transitioned"]


def test_a_comment_at_jira_is_told_by_its_delivery(open_bench: Open) -> None:
    b = open_bench("jira-server")
    issue, _ = parked(b)
    comment = issue.comment("alice", "Hello.")
    form = b.world.host.forms
    payload = {
        "timestamp": round(comment.at * 1000) + 5, "webhookEvent": "comment_created", "comment": form.comment(comment),
        "issue": form.issue(issue, ("*all",), most=0),
    }  # fmt: skip
    hint = told(b, payload)
    b.poll()
    polled = {row["name"]: row["key"] for row in b.recorded()}
    assert keys(hint)["issue:commented"] == polled["issue:commented"]


def test_what_happened_at_jira_is_told_though_it_was_a_little_before_the_delivery(open_bench: Open) -> None:
    b = open_bench("jira-cloud")
    issue, _ = parked(b)
    alice, at = {"accountId": "a1", "displayName": "Alice"}, issue.comment("alice", "first").at
    whole = b.world.host.forms.issue(issue, ("*all",), most=0)
    said = {"timestamp": round(at * 1000) + 64, "issue": whole, "user": alice}
    text = {"id": "9", "author": alice, "body": "Hello.", "created": rfc3339(at), "updated": rfc3339(at)}
    assert set(keys(told(b, said | {"webhookEvent": "comment_created", "comment": text}))) == {"issue:commented"}
    # At Cloud the issue of a comment comes without its times.
    few = whole | {"fields": {"summary": "T", "status": whole["fields"]["status"]}}
    assert set(keys(told(b, said | {"webhookEvent": "comment_created", "comment": text, "issue": few}))) == {"issue:commented"}
    edited = text | {"updated": rfc3339(at + 60), "created": rfc3339(at - 60)}
    assert set(keys(told(b, said | {"webhookEvent": "comment_updated", "comment": edited}))) == {"issue:comment_edited"}
    assert told(b, said | {"webhookEvent": "comment_deleted", "comment": text}).snapshots and not keys(
        told(b, said | {"webhookEvent": "comment_deleted", "comment": text})
    )
    assert set(keys(told(b, said | {"webhookEvent": "jira:issue_created"}))) == {"issue:opened"}
    done = whole | {"fields": whole["fields"] | {"status": {"id": "3", "name": "Done", "statusCategory": {"key": "done"}}}}
    moved = {"id": "77", "items": [{"field": "status", "from": "1", "to": "3", "fromString": "Open", "toString": "Done"}]}
    found = keys(told(b, said | {"webhookEvent": "jira:issue_updated", "issue": done, "changelog": moved}))
    assert set(found) == {"issue:transitioned", "issue:closed"} and found["issue:closed"].endswith(f":closed:{int(at + 0.064)}")
    assert not keys(told(b, said | {"webhookEvent": "jira:issue_updated", "issue": done, "changelog": {"id": "78", "items": []}}))


def test_a_link_at_jira_names_two_issues_by_number_only(open_bench: Open) -> None:
    link = {"id": 1, "sourceIssueId": 10005, "destinationIssueId": 10006}
    hint = told(open_bench("jira-server"), {"webhookEvent": "issuelink_created", "timestamp": 1, "issueLink": link})
    assert (list(hint.refs), hint.natives) == ([], ["10005", "10006"])


def test_a_move_at_jira_names_the_old_key_too(open_bench: Open) -> None:
    moved = {"id": "9", "items": [{"field": "Key", "fromString": "OLD-5", "toString": "NEW-7"}]}
    hint = told(open_bench("jira-cloud"), {"webhookEvent": "jira:issue_updated", "issue": {"id": "1", "key": "NEW-7"}, "changelog": moved})
    assert [str(ref) for ref in hint.refs] == ["jira:NEW-7", "jira:OLD-5"]


def test_a_comment_at_linear_leads_to_its_issue(open_bench: Open) -> None:
    data = {"id": "c1", "body": "x", "issueId": "u1", "issue": {"id": "u1", "identifier": "ENG-7", "title": "T"}}
    payload = {"action": "create", "type": "Comment", "data": data, "webhookTimestamp": 1_700_000_000_000}
    hint = told(open_bench("linear"), payload, **{"linear-delivery": "d-2", "linear-event": "Comment"})
    assert ([str(ref) for ref in hint.refs], hint.natives, hint.event, hint.delivery, hint.snapshots) == (
        ["linear:ENG-7"], ["u1"], "Comment.create", "d-2", {},
    )  # fmt: skip


def test_a_comment_at_linear_is_told_by_its_delivery(open_bench: Open) -> None:
    b = open_bench("linear")
    issue, _ = parked(b)
    comment = issue.comment("alice", "Hello.")
    b.poll()
    polled = {row["name"]: row["key"] for row in b.recorded()}
    *_, uuid, _, number = polled["issue:commented"].split(":")
    data = {
        "id": number, "body": "Hello.", "createdAt": rfc3339(comment.at), "issueId": uuid,
        "user": {"id": "a", "name": "Alice"}, "issue": {"id": uuid, "identifier": "ENG-7", "title": "T"},
    }  # fmt: skip
    hint = told(b, {"action": "create", "type": "Comment", "data": data, "webhookTimestamp": 1_700_000_000_000})
    assert (keys(hint), hint.loose) == ({"issue:commented": polled["issue:commented"]}, False)
    assert told(b, {"action": "remove", "type": "Comment", "data": data, "webhookTimestamp": 1_700_000_000_000}).snapshots == {}


def test_an_update_at_linear_tells_what_the_issue_gained(open_bench: Open) -> None:
    data = {
        "id": "u1", "identifier": "ENG-7", "title": "T", "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-02T00:00:00Z",
        "state": {"id": "s", "name": "In Review", "type": "started"}, "labels": [{"id": "l", "name": "bug"}, {"id": "o", "name": "old"}],
        "assignee": {"id": "a", "name": "Alice"},
    }  # fmt: skip
    b = open_bench("linear")
    payload = {"action": "update", "type": "Issue", "data": data, "webhookTimestamp": 1_767_312_001_000, "actor": {"name": "Bob"}}
    hint = told(b, payload | {"updatedFrom": {"stateId": "x", "labelIds": ["o"], "assigneeId": None}})
    found = {event.name: event for event in interpret.events(hint)}
    assert set(found) == {"issue:transitioned", "issue:labeled", "issue:assigned"}
    assert (found["issue:transitioned"].data["to"], found["issue:labeled"].data["label"]) == ("In Review", "bug")
    assert (found["issue:assigned"].actor.login, hint.loose) == ("Bob", True)
    assert not list(interpret.events(told(b, payload | {"updatedFrom": {"title": "before"}})))
    over = data | {"state": {"id": "d", "name": "Done", "type": "completed"}, "completedAt": "2026-01-02T00:00:00Z"}
    done = told(b, payload | {"data": over, "updatedFrom": {"stateId": "s"}})
    assert ({event.name for event in interpret.events(done)}, done.loose) == ({"issue:closed", "issue:transitioned"}, False)
    made = told(b, payload | {"action": "create"})
    assert [event.name for event in interpret.events(made)] == ["issue:opened"]


def test_an_issue_at_linear_is_told_as_it_stands(open_bench: Open) -> None:
    data = {
        "id": "u1", "identifier": "OPS-3", "previousIdentifiers": ["ENG-7"], "title": "T", "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": "2026-01-02T00:00:00Z", "state": {"id": "s", "name": "Done", "type": "completed"},
        "completedAt": "2026-01-02T00:00:00Z", "labels": [{"id": "l", "name": "bug"}], "assignee": {"id": "a", "name": "Alice"},
    }  # fmt: skip
    payload = {"action": "update", "type": "Issue", "data": data, "webhookTimestamp": 1_767_312_000_000}
    hint = told(open_bench("linear"), payload)
    (snapshot,) = hint.snapshots.values()
    assert [str(ref) for ref in hint.refs] == ["linear:OPS-3", "linear:ENG-7"]
    assert (snapshot.state, snapshot.status, snapshot.labels, snapshot.assignees) == ("closed", "Done", ("bug",), ("Alice",))


def test_a_note_at_redmine_has_the_key_that_a_poll_gives_it(open_bench: Open) -> None:
    b = open_bench("redmine")
    issue, _ = parked(b, project="api")
    issue.comment("alice", "Hello.")
    b.poll()
    entry = b.world.host.journal(issue.history[-1])
    shown = b.world.host.form(issue)
    payload = {"type": "issue.updated", "timestamp": entry["created_on"], "data": {"issue": shown, "journal": entry}}
    hint = told(b, payload)
    polled = {row["name"]: row["key"] for row in b.recorded()}
    assert ([str(ref) for ref in hint.refs], hint.event) == ([f"redmine:{issue.id}"], "issue.updated")
    assert keys(hint)["issue:commented"] == polled["issue:commented"]


def test_what_happened_at_redmine_is_told_whenever_its_queue_sends_it(open_bench: Open) -> None:
    user, base = {"id": 5, "name": "Alice"}, {"id": 7, "project": {"id": 1}, "subject": "T", "author": {"id": 5, "name": "Alice"}}
    stand = {"created_on": "2026-01-01T00:00:00Z", "updated_on": "2026-01-02T00:00:00Z"}
    over = {"status": {"id": 3, "name": "Resolved", "is_closed": True}, "closed_on": "2026-01-02T00:00:00Z"}
    details = [{"property": "attr", "prop_key": "status_id", "old_value": "1", "value": "3"}]
    journal = {"id": 40, "created_on": "2026-01-02T00:00:00Z", "notes": "Done so.", "user": user, "details": details}
    b = open_bench("redmine")
    late = {"type": "issue.updated", "timestamp": "2026-01-02T00:10:00Z"}
    hint = told(b, late | {"data": {"issue": base | stand | over, "journal": journal}})
    found = {event.name: event for event in interpret.events(hint)}
    assert set(found) == {"issue:commented", "issue:transitioned", "issue:closed"}
    assert found["issue:transitioned"].data["to"] == "Resolved"
    talk = journal | {"details": []}
    assert set(keys(told(b, late | {"data": {"issue": base | stand | over, "journal": talk}}))) == {"issue:commented"}
    open_ = base | stand | {"status": {"id": 1, "name": "New", "is_closed": False}}
    assert set(keys(told(b, late | {"type": "issue.created", "data": {"issue": open_}}))) == {"issue:opened"}
    assert not keys(told(b, late | {"data": {"issue": open_}}))


@pytest.mark.parametrize("kind", ["jira-cloud", "linear", "redmine"])
@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"<html>", b'{"a":' * 5000, b"\xff\xfe", b"null"])
def test_a_body_that_is_none_of_theirs_is_refused(open_bench: Open, kind: str, body: bytes) -> None:
    with pytest.raises(Broken):
        plugin_of(open_bench(kind)).read_delivery({}, body)


@pytest.mark.parametrize("kind", ["jira-cloud", "linear", "redmine"])
def test_odd_things_in_a_body_are_about_nothing(open_bench: Open, kind: str) -> None:
    for odd in (None, 7, "x", [], {}, True):
        payload = {"webhookEvent": "x", "type": "x", "issue": odd, "data": odd, "changelog": odd, "comment": odd, "timestamp": odd}
        assert list(told(open_bench(kind), payload).refs) == []
