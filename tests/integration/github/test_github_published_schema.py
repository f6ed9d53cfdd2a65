"""Every query against GitHub's own schema, where that is to be had: `npm pack @octokit/graphql-schema`, unpacked.

CORO_GITHUB_SCHEMA names its schema.graphql; a node_modules folder beside the project is found by itself.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from github_cases import ALL, Case
from github_workshop import Workshop

from coro_cli.drills.host.github import GitHubHost
from coro_cli.drills.host.messages import Response
from coro_cli.plugins.github import graphql as queries

ROOT = Path(__file__).parents[3]
PLACES = (
    Path(os.environ.get("CORO_GITHUB_SCHEMA", "")),
    ROOT / "node_modules/@octokit/graphql-schema/schema.graphql",
    ROOT.parent / "node_modules/@octokit/graphql-schema/schema.graphql",
)


@pytest.fixture(scope="module")
def schema() -> Any:
    """GitHub's schema as graphql-core reads it."""
    graphql = pytest.importorskip("graphql", reason="graphql-core is not installed")
    found = next((place for place in PLACES if place.is_file()), None)
    if found is None:
        pytest.skip("GitHub's published schema is not here: set CORO_GITHUB_SCHEMA to its schema.graphql")
    # What GitHub publishes is not quite valid by itself: an interface's field is current, an implementation's deprecated.
    return graphql.build_schema(found.read_text(), assume_valid=True)


@pytest.mark.parametrize(
    "query", [queries.BY_ID, queries.QUICKLY, queries.OLDER_THREADS, queries.VIEWER, queries.by_name(1), queries.by_name(25)],
    ids=["by id", "glance", "older threads", "viewer", "by name", "25 by name"],
)  # fmt: skip
def test_every_query_is_valid(query: str, schema: Any) -> None:
    import graphql

    assert graphql.validate(schema, graphql.parse(query)) == []


def test_no_deprecated_field_is_asked_for(schema: Any) -> None:
    import graphql

    for query in (queries.BY_ID, queries.QUICKLY, queries.by_name(1)):
        found = graphql.validate(schema, graphql.parse(query), [graphql.NoDeprecatedCustomRule])
        assert [error.message for error in found] == []


@pytest.mark.parametrize("case", [c for c in ALL if c.event][::5], ids=str)
def test_the_simulated_host_gives_only_what_the_schema_allows(case: Case, schema: Any, host: GitHubHost, shop: Workshop) -> None:
    """Its answer to the real query, read back through the schema's own types."""
    import graphql

    answers: list[Any] = []

    def overhear(response: Response) -> Response:
        answers.append(json.loads(response.body))
        return response

    host.faults.alter(overhear, when=lambda r: r.path == "/graphql")
    thing = host.pull("acme/api", 42) if case.family == "pull_request" else host.issue("acme/api", 42)
    case.before(host, thing)
    case.act(host, thing)
    shop.park("github:acme/api#42", on=case.on, **case.words)
    asked = next(r.json() for r in host.requests if r.path == "/graphql")
    (answer,) = answers
    found = graphql.execute(
        schema, graphql.parse(asked["query"]), root_value=answer["data"], variable_values=asked["variables"],
        field_resolver=_by_response_key, type_resolver=lambda value, *_: value["__typename"],
    )  # fmt: skip
    assert found.errors is None and found.data == answer["data"]


def _by_response_key(source: Any, info: Any, **_: Any) -> Any:
    """The value under the name that the answer has it by."""
    return source.get(info.path.key)
