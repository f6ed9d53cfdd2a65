"""GitHub through the real command line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from helpers import Coro, write_config

from coro_cli.drills.host.github import GitHubHost
from coro_cli.plugins.base import Settings
from coro_cli.plugins.github import GitHub


@pytest.fixture
def home(tmp_path: Path, host: GitHubHost) -> Path:
    """A home whose plugin `github` is the simulated host."""
    home = tmp_path / "home"
    write_config(home, host.url)
    return home


def test_park_poll_and_explain_by_browser_address_ref_and_id(coro: Coro, host: GitHubHost) -> None:
    pull = host.pull("acme/api", 42)
    job = coro("park", "github:acme/api#42", "--on", "approved", "--", "sh", "-c", "cat; exit 0").id
    assert "nobody who counts has approved it" in coro("explain", job).out
    pull.approve("alice", body="ship it")
    document = coro.json("poll")
    assert [run["state"] for run in document["runs"]] == ["succeeded"]
    assert "ship it" in coro("logs", job).out


def test_the_dry_run_tells_the_plan_and_keeps_to_it(coro: Coro, host: GitHubHost) -> None:
    host.skew = -7200.0
    for number in range(1, 4):
        host.pull("acme/api", number)
    host.issue("acme/web", 1)
    host.skew = 0.0
    for ref in ("acme/api#1", "acme/api#2", "acme/api#3", "acme/web#1"):
        coro("park", f"github:{ref}", "--on", "commented", "--no-check", "--", "true")
    planned, host.requests = coro.json("poll", "--dry-run"), []
    done = coro.json("poll")
    assert (planned["requests"], planned["charged"]) == (done["requests"], done["charged"])
    assert (done["requests"], done["charged"]) == (len(host.requests), sum(r.charged for r in host.requests))
    coro("poll")
    planned, done = coro.json("poll", "--dry-run"), coro.json("poll")
    for document in (planned, done):
        assert (document["requests"], document["charged"], document["not_modified"]) == (2, 0, 2)


def test_the_pull_request_of_the_branch_is_a_dot(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 7, head="feature").close()
    host.pull("acme/api", 8, head="feature")
    here = coro.cwd / "checkout"
    for args in (["init", "-q", "-b", "feature", str(here)], ["-C", str(here), "remote", "add", "origin", "https://github.com/acme/api"]):
        subprocess.run(["git", *args], check=True, capture_output=True)
    config = coro.home / "config.toml"
    config.write_text(config.read_text() + 'web_url = "https://github.com"\n')
    job = coro("park", ".", "--on", "approved", "--", "true", cwd=here).id
    assert coro.json("show", job)["waits"][0]["refs"] == ["github:acme/api#8"]


def test_a_limit_is_told_by_poll_status_and_jobs(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 1)
    job = coro("park", "github:acme/api#1", "--on", "commented", "--", "true").id
    host.secondary(retry_after=300)
    assert "pause" in json.dumps(coro.json("poll")["errors"])
    host.clear()
    assert "pause" in json.dumps(coro.json("poll")["errors"]) and host.requests == []
    assert "pause" in coro.json("status")["plugins"]["github"]["reason"]
    assert "pause" in coro.json("show", job)["attention"]


@pytest.mark.parametrize(
    ("api", "graphql"),
    [
        ("https://api.github.com", "https://api.github.com/graphql"), ("https://ghe.acme.dev/api/v3", "https://ghe.acme.dev/api/graphql"),
        ("https://ghe.acme.dev/api/v3/", "https://ghe.acme.dev/api/graphql"), ("https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/graphql"),
    ],
)  # fmt: skip
def test_where_an_instance_has_its_graphql(api: str, graphql: str) -> None:
    plugin = GitHub(Settings("github", "github", api, "https://ghe.acme.dev", "t"))
    assert plugin.graphql_url == graphql
    assert plugin.reader.identity(7, 1) == "github:ghe.acme.dev:7:1"
