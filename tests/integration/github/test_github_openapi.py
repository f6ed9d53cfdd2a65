"""Every REST call and every answer of the simulated host against GitHub's OpenAPI, where that is to be had.

CORO_GITHUB_OPENAPI names the document; a `shared/specs` folder beside the project is found by itself.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from coro_cli.domain.ref import Ref
from coro_cli.drills.host.github import GitHubHost
from coro_cli.plugins.base import Settings, Watched
from coro_cli.plugins.client import Client
from coro_cli.plugins.github import GitHub
from coro_cli.plugins.protocol import Request, Response

BESIDE = Path(__file__).parents[4] / "shared/specs/gh-trim.json"
ROOT = "https://api.github.com"
USED = (
    "/user", "/repos/{owner}/{repo}", "/repos/{owner}/{repo}/pulls", "/repos/{owner}/{repo}/pulls/{pull_number}",
    "/repos/{owner}/{repo}/pulls/{pull_number}/reviews", "/repos/{owner}/{repo}/pulls/{pull_number}/comments",
    "/repos/{owner}/{repo}/issues", "/repos/{owner}/{repo}/issues/{issue_number}",
    "/repos/{owner}/{repo}/issues/{issue_number}/comments", "/repos/{owner}/{repo}/issues/{issue_number}/events",
    "/repos/{owner}/{repo}/issues/{issue_number}/timeline", "/repos/{owner}/{repo}/issues/{issue_number}/parent",
    "/repos/{owner}/{repo}/commits/{ref}/check-runs", "/repos/{owner}/{repo}/commits/{ref}/status",
)  # fmt: skip


@pytest.fixture(scope="module")
def openapi() -> Any:
    """The document, cut to what is used: reading all of it takes seconds."""
    core = pytest.importorskip("openapi_core", reason="openapi-core is not installed")
    found = next((p for p in (Path(os.environ.get("CORO_GITHUB_OPENAPI", "")), BESIDE) if p.is_file()), None)
    if found is None:
        pytest.skip("GitHub's OpenAPI is not here: set CORO_GITHUB_OPENAPI to it")
    document = json.loads(found.read_text())
    document["paths"] = {path: document["paths"][path] for path in USED if path in document["paths"]}
    return core.OpenAPI.from_dict(document)


class Recording(Client):
    """Keeps what was asked and answered."""

    seen: list[tuple[Request, Response]]

    def send(self, request: Request) -> Response:
        response = super().send(request)
        self.seen.append((request, response))
        return response


@pytest.fixture
def seen(host: GitHubHost) -> list[tuple[Request, Response]]:
    """All REST calls there are, over a world in which all sorts of things have happened."""
    pull = host.pull("acme/api", 1, fork="dev/api")
    review = pull.approve("alice", body="ok")
    pull.inline("bob")
    pull.dismiss(review)
    for act in (pull.request_team, pull.request_review, pull.label, pull.assign, pull.comment):
        act("core")
    pull.draft()
    pull.ready()
    pull.check("build", "success")
    pull.check("lint")
    pull.status("ci", "failure")
    pull.merge()
    issue = host.issue("acme/api", 2)
    issue.comment("eve")
    issue.label("x")
    issue.parent(host.issue("acme/api", 3))
    issue.mention_from(pull)
    issue.close()
    host.delete_user("eve")
    plugin = GitHub(Settings("github", "github", host.url, "https://github.com", host.token))
    plugin.has_graphql = False
    client = Recording(plugin)
    client.seen = []
    watched = [Watched(Ref("github", "acme/api", number), checks=True) for number in ("1", "2", "3")]
    client.drive(plugin.whoami())
    client.drive(plugin.look(watched))
    client.drive(plugin.of_branch("acme/api", "feature"))
    for some in (watched[:1], [Watched(w.ref, family="issue") for w in watched]):
        client.drive(plugin.changes("acme/api", some, None))
    client.close()
    return client.seen


def documented(seen: list[tuple[Request, Response]], openapi: Any) -> list[tuple[Any, Response]]:
    """The calls whose path is in the document, which may be cut, as openapi-core wants them."""
    from openapi_core.templating.paths.exceptions import PathNotFound
    from openapi_core.testing import MockRequest

    found = []
    for request, response in seen:
        path = "/" + request.path.split("/", 3)[3] if request.path.startswith("http") else request.path
        asked = MockRequest(ROOT, request.method.lower(), path, args=dict(request.query))
        try:
            openapi.validate_request(asked)
        except PathNotFound:
            continue
        found.append((asked, response))
    return found


def faults(openapi: Any, asked: Any, response: Response) -> list[str]:
    """What the document says against an answer. It forgets that GitHub sends null where there is nothing to say."""
    from openapi_core.exceptions import OpenAPIError
    from openapi_core.testing import MockResponse

    try:
        openapi.validate_response(asked, MockResponse(response.body, response.status, content_type="application/json"))
    except OpenAPIError as error:
        wrong = getattr(error.__cause__, "schema_errors", [error])
        return [f"{asked.path}: {e.message[:200]}" for e in wrong if not str(getattr(e, "message", "")).startswith("None ")]
    return []


def test_every_call_is_one_that_github_documents(seen: list[tuple[Request, Response]], openapi: Any) -> None:
    assert len({asked.path for asked, _ in documented(seen, openapi)}) >= 14


def test_every_answer_is_one_that_github_could_give(seen: list[tuple[Request, Response]], openapi: Any) -> None:
    assert [fault for asked, response in documented(seen, openapi) for fault in faults(openapi, asked, response)] == []
