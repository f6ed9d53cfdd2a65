"""Jiras that show little: behind a proxy that lets few questions through, without comments, changelogs or ids in their answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from acting import Open, bodies, parked

from coro_cli.drills.host.messages import Response
from coro_cli.plugins.base import Settings
from coro_cli.plugins.jira import parse
from coro_cli.plugins.jira.parse import Reader

KINDS = ("jira-cloud", "jira-server")


def shut(b: Any, *tails: str) -> None:
    """These questions get a 404 from now on."""
    b.world.host.faults.next(10_000, status=404, body=b"{}", when=lambda request: request.path.endswith(tails))


def hide(b: Any, *fields: str) -> None:
    """No issue shows these fields."""
    shown = b.world.host.forms._values
    b.world.host.forms._values = lambda issue, most: {k: v for k, v in shown(issue, most).items() if k not in fields}


@pytest.mark.parametrize("kind", KINDS)
def test_who_does_not_say_what_it_is_is_told_by_the_version_it_knows(open_bench: Open, kind: str) -> None:
    b = open_bench(kind)
    shut(b, "/serverInfo", "/field", "/status")
    issue, job = parked(b, "epic_linked", match="EPIC-7")
    issue.link_epic(b.world.host.issue("EPIC", 7))
    assert b.poll().errors == [] and b.state(job) == "completed"


@pytest.mark.parametrize("kind", KINDS)
def test_comments_that_an_issue_does_not_show_are_asked_for(open_bench: Open, kind: str) -> None:
    b = open_bench(kind)
    hide(b, "comment")
    (issue, job), (other, second) = parked(b), parked(b)
    for number in range(120):
        issue.comment("alice", str(number))
    other.comment("alice", "Here.")
    assert b.poll().errors == [] and (b.state(job), b.state(second)) == ("completed", "completed")
    assert len(bodies(b)) == 121


def test_a_site_without_the_bulk_question_is_asked_for_each_changelog(open_bench: Open) -> None:
    b = open_bench("jira-cloud")
    shut(b, "/changelog/bulkfetch")
    host = b.world.host
    host.routes.add("GET", "/rest/api/3/issue/{key}/changelog", lambda request: paged(host, request))
    waiting = [parked(b, "transitioned", match="In Review") for _ in range(3)]
    for issue, _ in waiting:
        for status in ("In Progress", "In Review") * 60:
            issue.transition(status, "alice")
    assert b.poll().errors == []
    told = [row for row in b.recorded() if row["name"] == "issue:transitioned"]
    assert {b.state(job) for _, job in waiting} == {"completed"} and {row["login"] for row in told} == {"alice"}
    assert len(told) == 360


def paged(host: Any, request: Any) -> Response:
    start, log = int(request.query.get("startAt", 0)), host.forms.histories(host.world.issues[int(request.params["key"])])
    return Response(body={"startAt": start, "maxResults": 50, "total": len(log), "values": log[start : start + 50]})


@pytest.mark.parametrize("kind", KINDS)
def test_a_site_that_shows_no_changelog_is_read_by_comparing(open_bench: Open, kind: str) -> None:
    b = open_bench(kind)
    shut(b, "/changelog/bulkfetch", "/changelog")
    b.world.host.routes.add("GET", f"/rest/api/{'3' if kind == 'jira-cloud' else '2'}/issue/{{key}}", lambda request: bare(b, request))
    issue, _ = parked(b, "issue:*")
    issue.transition("In Review", "alice")
    issue.assign("bob")
    issue.label("urgent")
    assert b.poll().errors == []
    assert {row["name"] for row in b.recorded()} >= {"issue:transitioned", "issue:assigned", "issue:labeled"}


def bare(b: Any, request: Any) -> Response:
    return Response(body=b.world.host.forms.issue(b.world.host._named(request), ("*all",), most=100))


def test_ends_are_known_by_the_last_look_where_the_statuses_are_not_shown(open_bench: Open) -> None:
    b = open_bench("jira-server")
    shut(b, "/status")
    issue, job = parked(b, "closed")
    issue.close("alice")
    b.poll()
    b.park(b.world.ref(issue), "reopened")
    issue.reopen("bob")
    b.poll()
    told = {row["name"]: row["login"] for row in b.recorded()}
    assert b.state(job) == "completed" and (told["issue:closed"], told["issue:reopened"]) == ("alice", "bob")


def read(issue: dict[str, Any], histories: list[dict[str, Any]] | None = None) -> Any:
    stamps = {"created": "2026-01-01T00:00:00.000+0000", "updated": "2026-01-01T00:00:00.000+0000"}
    reader = Reader(Settings("jira", "jira", "https://acme.example", "https://acme.example"))
    shown = {**issue, "fields": stamps | issue.get("fields", {})}
    return parse.issue(reader, shown, "u", [], histories, since=0.0, previous=None)


def test_ids_may_be_numbers_or_missing() -> None:
    entry = {"id": 77, "created": 1767225600000, "items": [{"field": "status", "from": 1, "fromString": "To Do", "to": 2}]}
    assert [c.key for c in read({"id": 10001, "key": "A-1"}, [entry]).changes] == ["changelog:77:status"]
    assert (read({"key": "A-1"}).id, read({"key": "A-1"}).native) == ("jira:acme.example:A-1", "")


def test_the_ids_of_a_delivery_may_be_numbers(open_bench: Open) -> None:
    fields = {"created": "2026-01-01T00:00:00.000+0000", "updated": "2026-01-02T00:00:00.000+0000", "status": {"id": 2, "name": "Done"}}
    log = {"id": 10124, "items": [{"field": "status", "from": 1, "fromString": "To Do", "to": 2, "toString": "Done"}]}
    payload = {
        "timestamp": 1_767_312_000_000, "webhookEvent": "jira:issue_updated", "changelog": log,
        "issue": {"id": 10002, "key": "PROJ-1", "fields": fields},
    }  # fmt: skip
    plugin, _ = open_bench("jira-cloud").fleet.member("jira").ready()
    hint = plugin.read_delivery({}, json.dumps(payload).encode())
    (snapshot,) = hint.snapshots.values()
    assert hint.natives == ["10002"] and "changelog:10124:status" in [change.key for change in snapshot.changes]


def test_a_status_without_a_category_ends_an_issue_by_its_name() -> None:
    for name, state in (("Done", "closed"), ("Closed", "closed"), ("To Do", "open"), ("Undone", "open")):
        assert read({"id": "1", "key": "A-1", "fields": {"status": {"name": name}}}).state == state


def test_an_account_that_shows_a_name_alone_goes_by_it() -> None:
    assert read({"id": "1", "key": "A-1", "fields": {"creator": {"displayName": "Person A"}}}).author.login == "Person A"
