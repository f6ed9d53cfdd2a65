"""The documents of `--json`: their keys are a promise. Keys may be added here, never taken away."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from helpers import Coro

from coro_cli.drills.host.github import GitHubHost

JOB = {"id", "title", "phase", "state", "waits", "command", "cwd", "created_at", "updated_at", "attention", "runs"}
WAIT = {"refs", "on", "all", "only", "from", "match", "deadline", "satisfied"}
RUN = {"id", "job", "attempt", "state", "exit_code", "started_at", "finished_at", "events", "messages", "log"}
EVENT = {"key", "name", "ref", "actor", "occurred_at", "detected_at", "source", "title", "body", "url", "data", "outcome"}
POLL = {"requests", "not_modified", "charged", "errors", "duration", "events", "queued", "runs", "plugins"}
STATUS = {"runner": {"alive", "pid", "since", "heartbeat_age"}, "detection": {"promised", "p50", "p95", "max"}}
PLUGIN = {"state", "reason", "interval", "next_poll", "budget"}
BUDGET = {"limit", "remaining", "reset_at"}
OUTCOMES = {"woke", "queued", "no-job", "no-match", "untrusted", "own-marker", "before-wait", "duplicate", "held"}
STATES = {"parked", "queued", "running", "completed", "failed", "cancelled", "interrupted"}
ZULU = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
REF = "github:acme/api#42"


@pytest.fixture
def job(coro: Coro, host: GitHubHost) -> str:
    """A job that an approval has woken, and that ran."""
    pr = host.pull("acme/api", 42)
    identity = coro("park", REF, "--on", "approved", "--timeout", "1h", "--title", "Ship", "--phase", "go", "--", "true").id
    pr.approve("alice", body="go on")
    coro("poll")
    return identity


def check_job(job: dict[str, Any]) -> None:
    assert set(job) >= JOB and re.fullmatch("[a-z0-9]{6}", job["id"]) and job["state"] in STATES
    assert ZULU.fullmatch(job["created_at"]) and ZULU.fullmatch(job["updated_at"])
    assert isinstance(job["command"], list) and isinstance(job["runs"], int) and isinstance(job["attention"], str)
    for wait in job["waits"]:
        assert set(wait) >= WAIT and isinstance(wait["refs"], list) and isinstance(wait["on"], list)
        assert wait["deadline"] is None or ZULU.fullmatch(wait["deadline"])


def check_event(event: dict[str, Any]) -> None:
    assert set(event) >= EVENT and set(event["actor"]) >= {"login", "kind", "trust"} and event["outcome"] in OUTCOMES
    assert ZULU.fullmatch(event["occurred_at"]) and ZULU.fullmatch(event["detected_at"])


def check_run(run: dict[str, Any]) -> None:
    assert set(run) >= RUN and ZULU.fullmatch(run["started_at"])
    assert all(isinstance(text, str) for text in run["messages"])
    for event in run["events"]:
        check_event(event)


def test_a_park_prints_the_job(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 42)
    parked = coro.json("park", REF, "--on", "merged,approved", "--timeout", "90s", "--title", "T", "--phase", "p", "--", "echo", "a b")
    check_job(parked)
    assert (parked["title"], parked["phase"], parked["command"], parked["state"]) == ("T", "p", ["echo", "a b"], "parked")
    wait = parked["waits"][0]
    assert (wait["refs"], wait["on"], wait["from"]) == ([REF], ["pull_request:merged", "pull_request:approved"], "trusted")
    assert (wait["all"], wait["only"], wait["match"], wait["satisfied"]) == (False, False, None, False)


def test_jobs_and_show_print_jobs(coro: Coro, job: str) -> None:
    listed = coro.json("jobs")
    assert [one["id"] for one in listed] == [job]
    check_job(listed[0])
    shown = coro.json("show", job)
    check_job(shown)
    assert {key: shown[key] for key in JOB} == {key: listed[0][key] for key in JOB}
    assert shown["state"] == "completed" and shown["waits"][0]["satisfied"] is True and shown["runs"] == 1


def test_a_run_is_the_same_document_wherever_it_is_shown(coro: Coro, job: str) -> None:
    shown = coro.json("show", job)["runs_detail"][0]
    logged = coro.json("logs", job)
    for run in (shown, logged):
        check_run(run)
    assert {key: shown[key] for key in RUN} == {key: logged[key] for key in RUN}
    assert (shown["job"], shown["attempt"], shown["state"], shown["exit_code"]) == (job, 1, "succeeded", 0)
    assert [event["name"] for event in shown["events"]] == ["pull_request:approved"]
    check_run(coro.json("resume", job, "--force"))


def test_the_event_log_prints_events(coro: Coro, job: str) -> None:
    for event in coro.json("events"):
        check_event(event)
    approved = next(e for e in coro.json("events", "--job", job) if e["name"] == "pull_request:approved")
    assert (approved["ref"], approved["source"], approved["outcome"], approved["body"]) == (REF, "poll", "woke", "go on")
    assert approved["actor"]["login"] == "alice" and approved["url"].startswith("https://")


def test_a_poll_tells_what_it_cost_and_did(coro: Coro, host: GitHubHost) -> None:
    pr = host.pull("acme/api", 42)
    identity = coro("park", REF, "--on", "approved", "--", "true").id
    pr.approve("alice")
    polled = coro.json("poll")
    assert set(polled) >= POLL and polled["requests"] >= polled["charged"] >= 1 and polled["duration"] > 0
    assert polled["queued"] == [identity] and polled["errors"] == [] and set(polled["plugins"]) == {"github"}
    for event in polled["events"]:
        check_event(event)
    for run in polled["runs"]:
        check_run(run)
    assert [run["job"] for run in polled["runs"]] == [identity]
    assert set(coro.json("poll", "--dry-run")) >= POLL


def test_status_names_runner_plugins_budgets_and_detection(coro: Coro, job: str) -> None:
    status = coro.json("status")
    assert set(status) >= {"runner", "plugins", "detection", "jobs"}
    for part, keys in STATUS.items():
        assert set(status[part]) >= keys
    plugin = status["plugins"]["github"]
    assert set(plugin) >= PLUGIN and set(plugin["budget"]) >= BUDGET and isinstance(plugin["budget"]["remaining"], int)
    assert status["runner"]["alive"] is False and plugin["next_poll"] is None
    assert set(status["jobs"]) == STATES and status["jobs"]["completed"] == 1
    assert status["detection"]["promised"] >= 60


def test_a_configured_plugin_is_in_the_status_before_it_was_ever_asked(coro: Coro) -> None:
    assert coro.json("status")["plugins"]["github"]["state"] == "unknown"


def test_explain_says_where_it_looked_and_why_not(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 42)
    identity = coro("park", REF, "--on", "approved").id
    explained = coro.json("explain", identity)
    check_job(explained["job"])
    watched = explained["watching"][0]
    assert watched["ref"] == REF and ZULU.fullmatch(watched["looked_at"]) and watched["patterns"][0]["why"]
    assert "approved" in explained["answer"]
    unseen = coro("park", "github:acme/api#43", "--on", "closed", "--no-check").id
    assert coro("explain", unseen).out.count("closed: it was not looked at yet") == 1


def test_the_flag_may_stand_before_or_after_the_verb(coro: Coro) -> None:
    assert coro("--json", "jobs").out == coro("jobs", "--json").out == "[]\n"


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        (("show", "zzzzzz"), "not-found", 3), (("jobs", "--state", "nope"), "usage", 2), (("nope",), "usage", 2),
        (("jobs", "--limit", "0"), "usage", 2), (("park", "nohost:a/b#1"), "usage", 2), (("poll", "--plugin", "nope"), "not-found", 3),
        (("start", "--interval", "soon"), "usage", 2), (("logs",), "usage", 2),
    ],
)  # fmt: skip
def test_an_error_is_a_document_with_the_same_exit_code(coro: Coro, words: tuple[str, ...], code: str, exit_code: int) -> None:
    plain = coro(*words)
    for order in (("--json", *words), (*words, "--json")):
        done = coro(*order)
        assert done.code == plain.code == exit_code and done.err == ""
        assert set(done.error) == {"code", "message", "hint"} and done.error["code"] == code
        assert plain.err.startswith(f"error: {done.error['message']}\n") and plain.out == ""


def test_outside_text_leaves_json_whole(coro: Coro, host: GitHubHost) -> None:
    nasty = "\x1b]0;title\x07 \u202e \x00 \ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")
    pr = host.pull("acme/api", 42)
    coro("park", REF, "--on", "commented")
    pr.comment("alice", nasty, association="MEMBER")
    coro("poll", "--no-resume")
    done = coro("events", "--json")
    assert json.loads(done.out)[-1]["body"] == nasty and "\x1b" not in done.out and "\u202e" not in done.out
