"""Issue trackers as a user meets them: without a token, with one, and beside a pull request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import Coro

from coro_cli.drills.host.github import GitHubHost
from tests.simulated.jira import JiraHost
from tests.simulated.linear import LinearHost
from tests.simulated.redmine import RedmineHost


@pytest.fixture
def jira(home: Path) -> Iterator[JiraHost]:
    """A Jira beside the GitHub of every test; its token is in JIRA_SIM."""
    with JiraHost() as jira:
        add(home, "jira", api_url=jira.url, email="me@example.org", token_env="JIRA_SIM")
        yield jira


def add(home: Path, name: str, **keys: str) -> None:
    """One more `[plugins.NAME]`."""
    lines = [f"\n[plugins.{name}]", *(f"{key} = {json.dumps(value)}" for key, value in keys.items()), ""]
    with (home / "config.toml").open("a") as config:
        config.write("\n".join(lines))


def test_a_job_waits_for_a_pull_request_and_an_issue_at_once(coro: Coro, host: GitHubHost, jira: JiraHost) -> None:
    coro.env["JIRA_SIM"] = jira.token
    pull, issue = host.pull("acme/api", 42), jira.issue("OPS", 7, title="Ship the API")
    job = coro(
        "park", "github:acme/api#42", "jira:OPS-7", "--all", "--on", "merged,issue:transitioned", "--match", "Done", "--", "cat"
    ).id
    pull.merge("alice")
    assert coro.json("poll")["runs"] == []
    assert coro.json("show", job)["state"] == "parked"
    issue.transition("In Review", "alice")
    assert coro.json("poll")["runs"] == []
    issue.transition("Done", "alice")
    assert [run["state"] for run in coro.json("poll")["runs"]] == ["succeeded"]
    told = coro("logs", job).out
    assert "alice merged github:acme/api#42" in told
    assert "alice moved jira:OPS-7 (Ship the API)" in told and "To: Done" in told


def test_the_order_does_not_matter(coro: Coro, host: GitHubHost, jira: JiraHost) -> None:
    coro.env["JIRA_SIM"] = jira.token
    pull, issue = host.pull("acme/api", 42), jira.issue("OPS", 7)
    issue.close("alice")
    job = coro("park", "github:acme/api#42", "jira:OPS-7", "--all", "--on", "merged,issue:closed").id
    assert coro.json("show", job)["state"] == "parked"
    pull.merge("alice")
    coro.json("poll")
    assert coro.json("show", job)["state"] == "completed"


def test_a_tracker_without_a_token_stops_nothing_and_comes_back_by_itself(coro: Coro, host: GitHubHost, jira: JiraHost) -> None:
    issue, pull = jira.issue("OPS", 7), host.pull("acme/api", 42)
    parked = coro("park", "jira:OPS-7", "--on", "commented")
    job, other = parked.id, coro("park", "github:acme/api#42", "--on", "merged").id
    assert "warning: jira:OPS-7 was not looked at: unavailable: " in parked.err and "JIRA_SIM" in parked.err
    assert "unavailable: no token: set `JIRA_SIM`" in coro("status").out
    pull.merge("alice")
    polled = coro("poll")
    assert polled.code == 0 or "JIRA_SIM" in polled.err
    assert coro.json("show", other)["state"] == "completed"
    plugin = coro.json("status")["plugins"]["jira"]
    assert plugin["state"] == "stub" and "JIRA_SIM" in plugin["reason"]
    (shown,) = [j for j in coro.json("jobs") if j["id"] == job]
    assert shown["state"] == "parked" and shown["attention"].startswith("unavailable: ")
    assert "cannot be looked at" in coro("explain", job).out
    issue.comment("alice", "While nobody could look.")
    coro.env["JIRA_SIM"] = jira.token
    coro.json("poll")
    done = coro.json("show", job)
    assert (done["state"], done["attention"]) == ("completed", None) or (done["state"], done["attention"]) == ("completed", "")
    assert coro.json("status")["plugins"]["jira"]["state"] == "ok"


def test_a_tracker_that_nobody_has_asked_yet_says_that_it_could_not_be(coro: Coro, jira: JiraHost) -> None:
    plugin = coro.json("status")["plugins"]["jira"]
    assert plugin["state"] == "stub" and "JIRA_SIM" in plugin["reason"]
    coro.env["JIRA_SIM"] = jira.token
    assert coro.json("status")["plugins"]["jira"]["state"] == "unknown"


def test_bad_credentials_and_a_wrong_address_park_with_a_warning(coro: Coro, home: Path, jira: JiraHost) -> None:
    jira.issue("OPS", 7)
    parked = coro("park", "jira:OPS-7", "--on", "commented", env={"JIRA_SIM": "wrong"})
    assert parked.code == 0 and "refuses the token" in parked.err and "wrong" not in parked.err
    add(home, "site", kind="jira", api_url=jira.url + "/nowhere", email="me@example.org", token_env="JIRA_SIM")
    parked = coro("park", "site:OPS-7", "--on", "commented", env={"JIRA_SIM": jira.token})
    assert parked.code == 0 and "there is no Jira at" in parked.err


def test_an_unknown_issue_is_an_error_with_a_hint(coro: Coro, jira: JiraHost) -> None:
    done = coro("park", "jira:OPS-99", "--on", "commented", env={"JIRA_SIM": jira.token})
    assert done.code == 3 and "there is no `jira:OPS-99`" in done.err and "hint: check the key" in done.err


@pytest.mark.parametrize("kind", ["linear", "redmine"])
def test_a_browser_address_leads_to_an_issue_whose_status_is_waited_for(coro: Coro, home: Path, kind: str) -> None:
    with LinearHost() if kind == "linear" else RedmineHost() as tracker:
        add(home, kind, api_url=tracker.url, token_env="TRACKER_SIM")
        coro.env["TRACKER_SIM"] = tracker.token
        issue = tracker.issue("ENG")
        address = f"{tracker.url}/acme/issue/{issue.key}/a-title" if kind == "linear" else f"{tracker.url}/issues/{issue.id}#note-3"
        job = coro("park", address, "--on", "transitioned", "--match", "In Review|Done", "--", "cat").id
        issue.transition("In Progress", "alice")
        assert coro.json("poll")["runs"] == []
        issue.transition("In Review", "alice")
        assert len(coro.json("poll")["runs"]) == 1
        told = coro("logs", job).out
        assert "From: In Progress" in told and "To: In Review" in told and "URL: " in told
