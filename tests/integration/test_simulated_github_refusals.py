"""The ways the simulated GitHub says no to a GraphQL query."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from coro_cli.drills.host.github import GitHubHost


@pytest.fixture
def host() -> Iterator[GitHubHost]:
    with GitHubHost() as host:
        yield host


@pytest.fixture
def client(host: GitHubHost) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=host.url, headers={"Authorization": f"bearer {host.token}"}, timeout=5, verify=False) as client:
        yield client


def ask(client: httpx.Client, query: str, **variables: Any) -> httpx.Response:
    return client.post("/graphql", json={"query": query, "variables": variables})


@pytest.mark.parametrize(
    ("query", "variables", "said"),
    [
        ("{ viewer { bogus } }", {}, "Field 'bogus' doesn't exist on type 'User'"),
        ("{ viewer }", {}, "Field must have selections"),
        ("{ viewer { login { x } } }", {}, "Selections can't be made on scalars"),
        ("{ viewer { login(x: 1) } }", {}, "doesn't accept argument 'x'"),
        ("{ repository(owner: \"a\") { id } }", {}, "missing required arguments: name"),
        ("{ node(id: \"x\") { ... on PullRequest { comments { totalCount } } } }", {}, "`first` or `last`"),
        ("{ node(id: \"x\") { ... on PullRequest { comments(first: 101) { totalCount } } } }", {}, "limit of 100"),
        ("{ node(id: \"x\") { ... on PullRequest { reviews(first: 1, states: [A]) { totalCount } } } }", {}, "invalid value"),
        ("{ node(id: \"x\") { ... on Nothing { id } } }", {}, "No such type Nothing"),
        ("{ viewer { ... on Issue { id } } }", {}, "can't be spread inside User"),
        ("query($i: ID!) { node(id: $i) { id } }", {}, "$i of type ID! was provided invalid value"),
        ("query($n: String!) { repository(owner: $n, name: $n) { issue(number: $n) { id } } }", {"n": "1"}, "mismatch"),
        ("query($x: Int) { viewer { login } }", {}, "declared by anonymous query but not used"),
        ("{ viewer { login } } fragment F on User { id }", {}, "F was defined, but not used"),
        ("{ viewer { ...F } }", {}, "F was used, but not defined"),
        ("{ viewer { login }", {}, "Expected NAME"),
        ("mutation { x { id } }", {}, "no mutations"),
    ],
)
def test_a_query_that_github_would_refuse_is_refused(
    client: httpx.Client, query: str, variables: Any, said: str
) -> None:
    answer = ask(client, query, **variables)
    assert answer.status_code == 200 and "data" not in answer.json()
    assert any(said in error["message"] for error in answer.json()["errors"])


def test_one_name_for_two_things_is_an_error(client: httpx.Client) -> None:
    errors = ask(client, "{ viewer { a: login a: id } }").json()["errors"]
    assert "argument conflict" in errors[0]["message"]


def test_a_body_that_is_no_query_is_a_bad_request(client: httpx.Client) -> None:
    for body in (b"{", b"[]", b'{"query": 1}', b'{"query": "{viewer{id}}", "variables": [1]}'):
        assert client.post("/graphql", content=body).status_code == 400


def test_an_exhausted_budget_is_told_with_a_200(host: GitHubHost, client: httpx.Client) -> None:
    host.limit(remaining=0, resource="graphql")
    answer = ask(client, "{ viewer { login } }")
    assert (answer.status_code, answer.headers["x-ratelimit-remaining"]) == (200, "0")
    assert answer.json()["errors"][0]["type"] == "RATE_LIMITED"
    assert client.get("/user").status_code == 200


def test_graphql_can_be_absent_or_too_slow_for_large_queries(host: GitHubHost, client: httpx.Client) -> None:
    host.slow_graphql_above = 100
    ids = [host.pull("acme/api", n + 1).node_id for n in range(2)]
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on PullRequest { comments(last: 100) { totalCount } } } }"
    assert ask(client, query, ids=ids).status_code == 502
    assert ask(client, query, ids=ids[:1]).status_code == 200
    host.graphql_enabled = False
    assert ask(client, query, ids=ids[:1]).status_code == 404
