"""What a key does not see at Linear: things that the history names by id alone, entries that are not there, parts of an answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from acting import Open, parked

Spoil = Callable[[Any], None]
_OBJECTS = (
    "actor", "fromState", "toState", "fromAssignee", "toAssignee", "addedLabels", "removedLabels", "fromParent", "toParent",
)  # fmt: skip


def spoiled(b: Any, spoil: Spoil) -> None:
    """Every issue is answered so from now on."""
    answer = b.world.host.answer

    def answered(request: Any) -> Any:
        response = answer(request)
        found = json.loads(response.body)
        data = found.get("data") or {}
        for issue in [*((data.get("issues") or {}).get("nodes") or ()), *([data["issue"]] if data.get("issue") else ())]:
            spoil(issue)
        return type(response)(response.status, json.dumps(found).encode(), response.headers)

    b.world.host.answer = answered


def without_names(issue: Any) -> None:
    for entry in issue.get("history", {}).get("nodes", ()):
        for name in _OBJECTS:
            entry[name] = None


def without_history(issue: Any) -> None:
    issue["history"] = {"nodes": [], "pageInfo": {"hasNextPage": False}}


def act(b: Any, issue: Any) -> None:
    issue.transition("In Review", "alice")
    issue.assign("bob", "alice")
    issue.label("urgent", "alice")
    issue.link_epic(b.world.host.issue("ENG", 70), "alice")


@pytest.mark.parametrize("spoil", [without_names, without_history])
def test_what_the_history_does_not_name_is_told_all_the_same(open_bench: Open, spoil: Spoil) -> None:
    b = open_bench("linear")
    spoiled(b, spoil)
    issue, job = parked(b, "transitioned", project="ENG", match="^In Review$")
    act(b, issue)
    assert b.poll().errors == [] and b.state(job) == "completed"
    first = [(row["name"], row["key"]) for row in b.recorded()]
    assert {name for name, _ in first} >= {"issue:transitioned", "issue:assigned", "issue:labeled", "issue:epic_linked"}
    b.park(b.world.ref(issue), "closed")
    issue.transition("In Progress", "alice")
    b.poll()
    later = [row["name"] for row in b.recorded()]
    assert later[len(first) :] == ["issue:transitioned"], "what had been told was told again under another key"


def test_ends_are_known_by_the_last_look_where_the_history_does_not_tell(open_bench: Open) -> None:
    b = open_bench("linear")
    spoiled(b, without_names)
    issue, _ = parked(b, "closed", project="ENG")
    issue.close("alice")
    b.poll()
    job = b.park(b.world.ref(issue), "reopened").id
    issue.reopen("bob")
    b.poll()
    assert b.state(job) == "completed"


def test_a_part_that_may_not_be_seen_does_not_spoil_the_rest(open_bench: Open) -> None:
    b = open_bench("linear")
    issue, job = parked(b, project="ENG")
    answer = b.world.host.answer

    def partly(request: Any) -> Any:
        response = answer(request)
        found = json.loads(response.body) | {"errors": [{"message": "Entity not found: Project", "path": ["issue", "project"]}]}
        return type(response)(response.status, json.dumps(found).encode(), response.headers)

    b.world.host.answer = partly
    issue.comment("alice", "Seen.")
    assert b.poll().errors == [] and b.state(job) == "completed"


def test_a_question_that_is_too_complex_is_asked_for_each_issue(open_bench: Open) -> None:
    b = open_bench("linear")
    waiting = [parked(b, project="ENG") for _ in range(3)]
    b.world.host.faults.next(
        100, status=400, body=b'{"errors":[{"message":"Query too complex","extensions":{"code":"INPUT_ERROR"}}]}',
        when=lambda request: b"query Many" in request.body,
    )  # fmt: skip
    for issue, _ in waiting:
        issue.comment("alice", "Hello.")
    assert b.poll().errors == [] and {b.state(job) for _, job in waiting} == {"completed"}


def test_a_comment_of_a_delivery_names_its_issue_by_its_page_alone(open_bench: Open) -> None:
    data = {"id": "c1", "body": "x", "issueId": "u1", "issue": {"id": "u1", "title": "T"}}
    payload = {"action": "create", "type": "Comment", "data": data, "url": "https://linear.app/acme/issue/ENG-7/a-title#comment-1"}
    plugin, _ = open_bench("linear").fleet.member("linear").ready()
    hint = plugin.read_delivery({}, json.dumps(payload).encode())
    assert ([str(ref) for ref in hint.refs], hint.natives) == (["linear:ENG-7"], ["u1"])
