"""What is sent and read, held against published descriptions and recorded answers, where they are at hand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from acting import parked

from coro_cli.plugins.base import Settings
from coro_cli.plugins.jira import Jira, parse
from coro_cli.plugins.jira.fetch import Site
from coro_cli.plugins.jira.parse import Reader
from coro_cli.plugins.linear import Linear, fetch
from coro_cli.plugins.protocol import Asks, Request, Response

SHARED = Path(__file__).resolve().parents[4] / "shared"
SETTINGS = Settings("jira", "jira", "https://acme.example", "https://acme.example")
# Younger than the description of 2022: https://developer.atlassian.com/cloud/jira/platform/changelog/#CHANGE-2046
YOUNGER = {("POST", "/rest/api/3/search/jql"), ("POST", "/rest/api/3/changelog/bulkfetch"), ("GET", "/rest/api/2/serverInfo")}


def shared(path: str) -> str:
    """The text of a file that lies beside the project, or a skip."""
    try:
        return (SHARED / path).read_text()
    except OSError:
        pytest.skip(f"{path} is not at hand")


def answered(asks: Asks[Any], *texts: str) -> tuple[Any, list[Request]]:
    """What a question returns when these bodies are the answers, and what it asked."""
    asked = [next(asks)]
    for text in texts:
        try:
            asked.append(asks.send(Response("https://acme.example/x", 200, {}, text.encode(), 1_700_000_000.0)))
        except StopIteration as stop:
            return stop.value, asked
    raise AssertionError(f"it goes on asking: {asked[-1]}")


def test_every_question_to_jira_is_one_that_its_description_knows(open_bench: Callable[..., Any]) -> None:
    paths = json.loads(shared("specs/jira.json"))["paths"]
    known = {(method.upper(), re.sub(r"\{\w+\}", "[^/]+", path)) for path, methods in paths.items() for method in methods}
    b = open_bench("jira-cloud")
    for issue in (parked(b)[0], parked(b)[0]):
        for number in range(25):
            issue.comment("alice", str(number))
    b.poll()
    asked = {(r.method, r.path) for r in b.world.host.requests}
    assert {path for _, path in asked} >= {"/rest/api/3/myself", "/rest/api/3/search/jql", "/rest/api/3/changelog/bulkfetch"}
    for method, path in asked - YOUNGER:
        assert any(method == m and re.fullmatch(p, path) for m, p in known), f"{method} {path}"


def test_every_query_to_linear_is_valid_in_its_schema() -> None:
    source = shared("specs/linear.graphql")
    graphql = pytest.importorskip("graphql")
    schema = graphql.build_schema(source, assume_valid=True)
    for name, query in fetch.ALL.items():
        assert graphql.validate(schema, graphql.parse(query)) == [], name


@pytest.mark.parametrize("name", ["issue", "issue-1", "issue-2"])
def test_a_recorded_issue_is_read(name: str) -> None:
    found = json.loads(shared(f"fixtures/api-jira-cli/{name}.json"))
    read = parse.issue(Reader(SETTINGS), found | {"id": "10001"}, "u", [], [], since=0.0, previous=None)
    assert (read.title, read.status, read.state, read.assignees, read.labels) == ("Bug summary", "To Do", "open", (), ())
    assert read.body == ("" if name == "issue-1" else "Test description")
    assert read.created_at == read.updated_at == 1607000720.974


def test_a_recorded_search_tells_what_is_done_by_resolution_alone() -> None:
    found = json.loads(shared("fixtures/api-jira-cli/search.json"))["issues"]
    read = [parse.issue(Reader(SETTINGS), i | {"id": str(n)}, "u", [], [], since=0.0, previous=None) for n, i in enumerate(found, 1)]
    assert [(r.status, r.state) for r in read] == [("To Do", "open"), ("In Progress", "open"), ("Done", "closed")]
    assert read[1].labels == ("critical", "feature")


def test_recorded_issues_of_a_sprint_show_their_epics_and_people() -> None:
    found = json.loads(shared("fixtures/api-go-jira/issues_in_sprint.json"))["issues"]
    reader = Reader(SETTINGS, epic_fields=("customfield_10700",))
    read = [parse.issue(reader, issue, "u", [], [], since=0.0, previous=None) for issue in found]
    first = read[0]
    assert (first.id, first.native, first.url) == ("jira:acme.example:12338", "12338", "https://acme.example/browse/AR-86")
    assert (first.epic, first.state) == ("AR-37", "closed")
    assert first.assignees == (found[0]["fields"]["assignee"]["displayName"],)
    assert {issue.family for issue in read} == {"issue"}


def test_a_recorded_server_says_what_it_is() -> None:
    site = Site(Reader(SETTINGS))
    answered(site.detect(), shared("fixtures/api-jira-cli/serverinfo.json"))
    assert site.cloud is True


def test_the_owner_of_a_recorded_token_has_no_id_and_goes_by_the_address() -> None:
    me, _ = answered(Site(Reader(SETTINGS), cloud=True).whoami(), shared("fixtures/api-jira-cli/myself.json"))
    assert me == "user@test.com"


@pytest.mark.parametrize("name", ["issue", "issue-1", "issue-2"])
def test_a_recorded_issue_has_no_id_and_goes_by_its_key(name: str) -> None:
    read = parse.issue(Reader(SETTINGS), json.loads(shared(f"fixtures/api-jira-cli/{name}.json")), "u", [], [], since=0.0, previous=None)
    assert (read.id, read.native, read.author.login) == ("jira:acme.example:TEST-1", "", "Person A")


def test_recorded_fields_and_statuses_are_learnt() -> None:
    site = Site(Reader(SETTINGS), cloud=True)
    statuses = shared("fixtures/api-go-jira/all_statuses.json")
    answered(site.learn(), shared("fixtures/api-jira-cli/fields.json"), statuses)
    assert site.reader.epic_fields == ()
    assert len(site.reader.done) == len(json.loads(statuses)) and set(site.reader.done.values()) <= {True, False}


def test_fields_of_odd_types_spoil_nothing() -> None:
    odd: list[Any] = [None, 7, True, [], {}, "x", [None, 3, {"a": 1}]]
    fields = ("summary", "description", "status", "resolutiondate", "labels", "assignee", "reporter", "creator", "parent", "customfield_1")
    reader = Reader(SETTINGS, epic_fields=("customfield_1",))
    for value in odd:
        issue = {"id": "7", "key": "A-1", "fields": dict.fromkeys(fields, value) | {"created": "2026-01-01T00:00:00.000+0000"}}
        issue["fields"]["updated"] = issue["fields"]["created"]
        read = parse.issue(reader, issue, "u", [{"id": value, "body": value}], [{"id": "1", "items": value}], since=0.0, previous=None)
        assert read.id == "jira:acme.example:7"


def test_a_bearer_token_and_a_pair_are_sent_as_each_wants_it() -> None:
    def sent(user: str, **options: str) -> str:
        return Jira(Settings("j", "jira", "https://x.example", "https://x.example", "t0ken", user, options)).headers()["Authorization"]

    assert sent("") == "Bearer t0ken"
    assert sent("me@acme.dev") == "Basic bWVAYWNtZS5kZXY6dDBrZW4="
    assert sent("me@acme.dev", auth="bearer") == "Bearer t0ken"


@pytest.mark.parametrize("tail", ["", "/rest/api/3", "/rest/api/2", "/rest"])
def test_the_root_of_the_api_is_taken_for_its_site(tail: str) -> None:
    assert Jira(Settings("j", "jira", f"https://x.example/jira{tail}", "https://x.example/jira")).settings.api_url == "https://x.example/jira"


@pytest.mark.parametrize(("given", "used"), [("", "/graphql"), ("/", "/graphql"), ("/graphql", "/graphql"), ("/proxy", "/proxy")])
def test_the_host_alone_is_taken_for_linears_interface(given: str, used: str) -> None:
    host = "https://x.example"
    assert Linear(Settings("l", "linear", host + given, host)).settings.api_url == host + used
