"""GitHub's own answers and deliveries, recorded by others: each is read, or refused with a reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from coro_cli.plugins.base import Settings
from coro_cli.plugins.github import GitHub, parse
from coro_cli.plugins.github.changes import entries
from coro_cli.plugins.protocol import Response

BESIDE = Path(__file__).parents[4] / "shared/fixtures"
ANSWERS = BESIDE / "api-go-scm/github"
DELIVERIES = sorted([*BESIDE.glob("webhooks-go-playground/github/*.json"), *ANSWERS.glob("webhooks/*.json")])
URL = "https://api.github.com/x"

pytestmark = pytest.mark.skipif(not ANSWERS.is_dir(), reason="the recorded payloads are not beside the project")


@pytest.fixture
def plugin() -> GitHub:
    """github.com."""
    return GitHub(Settings("github", "github", "https://api.github.com", "https://github.com", "t"))


def load(name: str) -> Any:
    """One recorded answer."""
    return json.loads((ANSWERS / name).read_text())


def test_a_pull_request_is_read(plugin: GitHub) -> None:
    found = load("pr.json")
    snapshot = parse.pull(plugin.reader, found, URL, [], [], [])
    assert snapshot.id == f"github:github.com:{found['base']['repo']['id']}:{found['number']}"
    assert (snapshot.head, snapshot.title, snapshot.author.login) == (found["head"]["sha"], found["title"], found["user"]["login"])
    assert snapshot.labels == tuple(label["name"] for label in found.get("labels", ()))
    assert plugin.reader.told() == ""


def test_an_issue_is_read(plugin: GitHub) -> None:
    found = load("issue.json")
    snapshot = parse.issue(plugin.reader, found, URL, 7, [], [], None)
    assert (snapshot.id, snapshot.title) == (f"github:github.com:7:{found['number']}", found["title"])
    assert snapshot.assignees == tuple(who["login"] for who in found["assignees"])


@pytest.mark.parametrize(("name", "prefix"), [("issue_comments.json", "ic"), ("pr_comments.json", "rc")])
def test_comments_are_read_with_their_authors_and_times(name: str, prefix: str, plugin: GitHub) -> None:
    found = load(name)
    read = [parse.comment(plugin.reader, item, "", {}) for item in found]
    assert [c.key.partition(":")[0] for c in read if c is not None] == [prefix] * len(found)
    assert [c.actor.login for c in read if c is not None] == [item["user"]["login"] for item in found]


@pytest.mark.parametrize("name", ["pulls.json", "issues.json"])
def test_lists_give_marks(name: str) -> None:
    found = load(name)
    page = Response(URL, 200, {}, json.dumps(found).encode(), 0.0)
    assert [number for number, _ in entries(page, [])] == [str(item["number"]) for item in found]


@pytest.mark.parametrize("path", DELIVERIES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_delivery_names_what_it_is_about(path: Path, plugin: GitHub) -> None:
    body = path.read_bytes()
    payload = json.loads(body)
    hint = plugin.read_delivery({"x-github-event": path.stem, "x-github-delivery": "g", "content-type": "application/json"}, body)
    assert hint.delivery == "g"
    named = {str(ref) for ref in hint.refs}
    for thing in ("pull_request", "issue"):
        number, repository = (payload.get(thing) or {}).get("number"), (payload.get("repository") or {}).get("full_name")
        if number and repository:
            assert f"github:{repository}#{number}" in named


@pytest.mark.parametrize("path", DELIVERIES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_deliveries_carry_is_read_as_the_api_gives_it(path: Path, plugin: GitHub) -> None:
    payload = json.loads(path.read_bytes())
    pull, review = payload.get("pull_request"), payload.get("review")
    if isinstance(pull, dict) and isinstance((pull.get("base") or {}).get("repo"), dict) and "created_at" in pull:
        assert parse.pull(plugin.reader, pull, URL, [], [], []).head == pull["head"]["sha"]
    if isinstance(review, dict):
        read = parse.review(plugin.reader, review, "", URL)
        assert read is not None and read.key == str(review["id"])
    if isinstance(payload.get("comment"), dict) and "issue" in payload:
        assert parse.comment(plugin.reader, payload["comment"], "", {}) is not None
    assert plugin.reader.told() == ""
