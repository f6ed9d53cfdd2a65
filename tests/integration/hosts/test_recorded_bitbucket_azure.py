"""Recorded answers and deliveries of real hosts, read into the right facts. Skipped where the recordings are not there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from asked import Asked

from coro_cli.domain.ref import Ref
from coro_cli.domain.snapshot import Snapshot
from coro_cli.plugins import registry
from coro_cli.plugins.azure import parse as azure_history
from coro_cli.plugins.azure.parse import People
from coro_cli.plugins.base import Plugin, Settings, Watched
from coro_cli.plugins.history import Branch
from coro_cli.plugins.protocol import Asks, Response
from tests.simulated.bitbucket import BitbucketHost

SHARED = Path(__file__).resolve().parents[4] / "shared"
FIXTURES = SHARED / "fixtures"
recorded = pytest.mark.skipif(not FIXTURES.is_dir(), reason="the recorded answers are not beside the project")
DATE = 1_800_000_000.0
EMPTY: dict[str, Any] = {"values": [], "value": [], "isLastPage": True}


def plugin(kind: str, web: str, api: str = "") -> Plugin:
    return registry.make(Settings(kind, kind, api or web, web, "token"))


def read(*parts: str) -> Any:
    return json.loads(FIXTURES.joinpath(*parts).read_text())


def replay(asks: Asks[Snapshot], answers: Mapping[str, Any]) -> Snapshot:
    """Answer each request by the end of its path; what is not recorded is an empty list."""
    try:
        request = next(asks)
        while True:
            body = next((found for tail, found in answers.items() if re.search(f"{tail}$", request.path)), EMPTY)
            url = request.path if "://" in request.path else f"https://host.example{request.path}"
            request = asks.send(Response(url, 200, {}, json.dumps(body).encode(), DATE))
    except StopIteration as stop:
        snapshot: Snapshot = stop.value
        return snapshot


def watched(kind: str, scope: str, number: int, **words: Any) -> Watched:
    return Watched(Ref(kind, scope, str(number), "pull_request"), family="pull_request", **words)


def deliveries(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in FIXTURES.joinpath(folder).glob("*.json")) if FIXTURES.is_dir() else []


@recorded
def test_a_recorded_pull_request_of_bitbucket_cloud() -> None:
    comments = read("api-go-scm", "bitbucket", "prcomments.json")
    seen = replay(
        plugin("bitbucket", "https://bitbucket.org").find(watched("bitbucket", "atlassian/atlaskit", 4982)),
        {r"/pullrequests/\d+": read("api-go-scm", "bitbucket", "pr.json"), "/comments": {"values": comments["values"]}},
    )
    assert seen.id == "bitbucket:bitbucket.org:{1082744e-871d-4463-b373-df00db2986e7}:4982"
    assert (seen.state, seen.head, seen.author.login) == ("open", "31c54529bd80", "Lachlan")
    assert seen.renamed_to == "atlassian/atlaskit" and seen.url.endswith("/pull-requests/4982")
    first = seen.comments[0]
    assert (first.key, first.actor.login, first.body) == ("comment:419169807", "brian.jacobson", "Lovely comment")
    assert first.edited_at is None, "it was written within microseconds, and never edited"


@recorded
def test_a_recorded_list_of_bitbucket_cloud_and_its_build_statuses() -> None:
    from coro_cli.plugins.bitbucket import fetch, parse

    listed = read("api-go-scm", "bitbucket", "prs.json")["values"]
    assert len({parse.listed(item) for item in listed}) == len(listed) > 0
    statuses = read("api-go-scm", "bitbucket", "statuses.json")
    asks = fetch._checks("/repositories/a/b/pullrequests/1", "a6e5e7d797ed")
    next(asks)
    with pytest.raises(StopIteration) as stop:
        asks.send(Response("https://host.example", 200, {}, json.dumps({"values": statuses["values"]}).encode(), DATE))
    checks = stop.value.value
    assert (checks.state, checks.total) == ("passed", 1)


@recorded
@pytest.mark.parametrize("name", ["pr.json", "pr_iso_dates.json"])
def test_a_recorded_pull_request_of_bitbucket_data_center(name: str) -> None:
    pull, said = read("api-go-scm", "stash", name), read("api-go-scm", "stash", "pr_comments.json")
    seen = replay(
        plugin("bitbucket-dc", "https://git.example", "https://git.example/rest/api/1.0").find(watched("bitbucket-dc", "PRJ/my-repo", 1)),
        {r"/pull-requests/\d+": pull, "/activities": said, "/merge": {"canMerge": True, "conflicted": False}},
    )
    assert seen.id == "bitbucket-dc:git.example:1:1" and seen.renamed_to == "PRJ/my-repo"
    assert (seen.state, seen.author.login, int(seen.created_at)) == ("open", "jcitizen", 1530766870)
    assert [(c.key, c.body) for c in seen.comments] == [("comment:1", "this is a comment"), ("comment:2", "this is a second comment")]
    assert [t.resolved for t in seen.threads] == [False, False]


@recorded
def test_recorded_pull_requests_of_azure_devops() -> None:
    pull = read("api-go-scm", "azure", "pr.json")
    seen = replay(
        plugin("azure", "https://dev.azure.com").find(watched("azure", "tphoney/test_project/test_repo2", 19)), {r"/pullRequests/\d+": pull}
    )
    assert seen.id == "azure:dev.azure.com:fde2d21f-13b9-4864-a995-83329045289a:19"
    assert (seen.state, seen.author.login, seen.renamed_to) == ("merged", "tp@harness.io", "tphoney/test_project/test_repo2")
    assert seen.merged_at is not None and int(seen.merged_at) == 1654238022
    one = read("api-azure-devops", "pullRequests", "GET__git_repositories__repositoryId__pullRequests__pullRequestId_.json")
    body = one["responses"]["200"]["body"]
    asks = plugin("azure", "https://dev.azure.com").find(watched("azure", "fabrikam/2016_10_31/2016_10_31", 22))
    other = replay(asks, {r"/pullRequests/\d+": body})
    assert (other.state, other.merge_commit, other.head[:7]) == ("open", "", "b60280b"), "a merge that was tried is none"


@recorded
def test_recorded_threads_of_azure_devops_are_a_log() -> None:
    name = "GET__git_repositories__repositoryId__pullRequests__pullRequestId__threads.json"
    threads = read("api-azure-devops", "pullRequestThreads", name)["responses"]["200"]["body"]["value"]
    voter = {"id": "d6245f20-2af8-44f4-9451-8107cb2767db", "uniqueName": "fabrikamfiber16@hotmail.com", "vote": 10}
    head = "8c9396b5cf22f929767c7172e9dbbe777ddc6357"
    found = {"reviewers": [voter], "lastMergeSourceCommit": {"commitId": head}}
    people = People.of("", [voter])
    branch = azure_history.branch(threads, head, people)
    (review,) = azure_history.reviews(threads, found, branch, DATE, people)
    assert (review.key, review.actor.login, review.state, review.commit) == ("vote:143", "fabrikamfiber16@hotmail.com", "approved", "")
    (push,) = branch.changes()
    assert (push.key, push.actor.login) == (f"head:{head}", "fabrikamfiber16@hotmail.com") and branch.tells(head)
    talk = [t for t in threads if not azure_history.kind(t)]
    comment = azure_history.comment(talk[0]["comments"][0], talk[0], people, "")
    assert comment is not None and (comment.key, comment.body) == ("thread:147:comment:1", "This new feature looks good!")
    assert isinstance(branch, Branch) and len(azure_history.peeked(threads)) > 8


@recorded
def test_recorded_statuses_of_azure_devops() -> None:
    from coro_cli.plugins.answers import rollup
    from coro_cli.plugins.azure import parse

    said = read("api-azure-devops", "pullRequestStatuses", "GET_git_pullRequestStatuses_statuses.json")
    assert rollup("abc", parse.statuses(said["responses"]["200"]["body"]["value"], {})).state == "passed"


@pytest.mark.parametrize("path", deliveries("webhooks-go-playground/bitbucket", "api-go-scm/bitbucket/webhooks"), ids=lambda p: p.stem)
def test_recorded_deliveries_of_bitbucket_cloud(path: Path) -> None:
    body = json.loads(path.read_text())
    hint = plugin("bitbucket", "https://bitbucket.org").read_delivery({"x-event-key": "a:b"}, path.read_bytes())
    about = [f"bitbucket:{body['repository']['full_name']}#{body['pullrequest']['id']}"] if "pullrequest" in body else []
    assert [str(ref) for ref in hint.refs] == about


@pytest.mark.parametrize("path", deliveries("webhooks-go-playground/bitbucket-server", "api-go-scm/stash/webhooks"), ids=lambda p: p.stem)
def test_recorded_deliveries_of_bitbucket_data_center(path: Path) -> None:
    body = json.loads(path.read_text())
    hint = plugin("bitbucket-dc", "https://git.example").read_delivery({}, path.read_bytes())
    home = body["pullRequest"]["toRef"]["repository"] if "pullRequest" in body else None
    about = [f"bitbucket-dc:{home['project']['key']}/{home['slug']}#{body['pullRequest']['id']}"] if home else []
    assert [str(ref) for ref in hint.refs] == about
    assert hint.event in (body["eventKey"], "pr:reviewer:changes_requested")


@pytest.mark.parametrize("path", deliveries("webhooks-go-playground/azuredevops", "api-go-scm/azure/webhooks"), ids=lambda p: p.stem)
def test_recorded_messages_of_azure_devops(path: Path) -> None:
    body = json.loads(path.read_text())
    hint = plugin("azure", "https://dev.azure.com").read_delivery({}, path.read_bytes())
    about = ["azure:fabrikam/Fabrikam/Fabrikam#1"] if "pullrequest" in body["eventType"] else []
    assert [str(ref) for ref in hint.refs] == about
    assert (hint.event, hint.delivery) == (body["eventType"], body["id"])


@pytest.mark.skipif(not (SHARED / "specs" / "bb.yml").is_file(), reason="Bitbucket's own description is not beside the project")
def test_what_bitbucket_cloud_is_asked_is_in_its_own_description() -> None:
    lines = (SHARED / "specs" / "bb.yml").read_text().splitlines()
    templates = [line.strip().rstrip(":").strip("'\"") for line in lines if re.match(r"  '?/", line)]
    known = [re.compile(re.sub(r"\{\w+\}", "[^/]+", template)) for template in templates]
    with BitbucketHost() as host:
        host.pull().check("build", "success")
        ask = Asked.of(host, "bitbucket", "acme/api")
        ask.client.drive(ask.plugin.whoami())
        ask.changes([ask.look(checks=True)])
        ask.client.drive(ask.plugin.of_branch("acme/api", "feature"))  # type: ignore[attr-defined]
        ask.close()
        asked = {request.path.removeprefix("/2.0") for request in host.requests}
    # Workspaces came after that description was written.
    asked.discard("/workspaces/acme/members")
    assert len(asked) == 7
    assert [path for path in asked if not any(template.fullmatch(path) for template in known)] == []
