"""Failure is not news: no job changes its state, each says what it suffers from, and all comes back by itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from github_workshop import Workshop

from coro_cli.drills.host.github import GitHubHost
from coro_cli.drills.host.messages import Request
from coro_cli.jobs import explain

Spoil = Callable[[GitHubHost], object]


@pytest.fixture
def job(host: GitHubHost, shop: Workshop) -> str:
    """A job on acme/api#1, read and quiet."""
    return _quiet_job(host, shop, "acme/api")


def _quiet_job(host: GitHubHost, shop: Workshop, repo: str) -> str:
    host.skew = -7200.0
    host.pull(repo, 1)
    host.skew = 0.0
    identity = shop.park(f"github:{repo}#1", on="commented,closed").id
    assert shop.poll().errors == []
    return identity


def _offline(host: GitHubHost) -> None:
    host.offline = True


def _online(host: GitHubHost) -> None:
    host.offline = False


@pytest.mark.parametrize(
    ("spoil", "mend"),
    [
        (_offline, _online),
        (lambda h: h.faults.next(9, status=503), lambda h: h.faults.clear()),
        (lambda h: h.faults.next(9, status=500, body=b"oops"), lambda h: h.faults.clear()),
        (lambda h: h.faults.drop(9), lambda h: h.faults.clear()),
        (lambda h: h.faults.cut(9), lambda h: h.faults.clear()),
        (lambda h: h.faults.html(9), lambda h: h.faults.clear()),
        (lambda h: h.faults.truncate(9), lambda h: h.faults.clear()),
        (lambda h: h.revoke(), lambda h: h.restore()),
    ],
    ids=["offline", "503", "500", "dropped", "cut", "html", "truncated", "token-refused"],
)
def test_a_job_stays_parked_says_why_and_recovers_in_one_cycle(
    spoil: Spoil, mend: Spoil, host: GitHubHost, shop: Workshop, job: str
) -> None:
    host.pull("acme/api", 1).comment("alice")
    spoil(host)
    report = shop.poll()
    assert report.errors and report.events == []
    assert (shop.state(job), shop.job(job)["attention"][:13]) == ("parked", "unavailable: ")
    assert shop.poll().errors
    mend(host)
    assert shop.poll().errors == []
    assert (shop.state(job), shop.job(job)["attention"]) == ("completed", "")


def test_a_plugin_that_does_not_work_is_a_stub_with_a_reason(host: GitHubHost, shop: Workshop, job: str) -> None:
    host.revoke()
    shop.poll()
    row = shop.db.one("plugin_get", name="github")
    assert row is not None and row["state"] == "stub" and "401" in row["reason"]
    host.restore()
    shop.poll()
    row = shop.db.one("plugin_get", name="github")
    assert row is not None and (row["state"], row["reason"]) == ("ok", "")


@pytest.mark.parametrize("way", ["file", "command"])
def test_a_new_token_in_the_file_or_from_the_command_is_taken_up(
    way: str, host: GitHubHost, make: Callable[..., Workshop], tmp_path: Path
) -> None:
    secret = tmp_path / "token"
    secret.write_text(host.token)
    secret.chmod(0o600)
    reader = "import sys; sys.stdout.write(open(sys.argv[1]).read())"
    command = json.dumps([sys.executable, "-c", reader, str(secret)])
    line = f'token_file = "{secret}"' if way == "file" else f"token_command = {command}"
    shop = make(lines=[line])
    job = _quiet_job(host, shop, "acme/api")
    host.token = "ghp_renewed"
    assert "401" in shop.poll().errors[0]
    host.pull("acme/api", 1).comment("alice")
    secret.write_text(host.token)
    assert shop.poll().errors == []
    assert shop.state(job) == "completed"


def test_a_repository_that_is_forbidden_touches_only_its_own_jobs(host: GitHubHost, shop: Workshop, job: str) -> None:
    other = _quiet_job(host, shop, "acme/web")

    def web(request: Request) -> bool:
        return request.path.startswith("/repos/acme/web/")

    host.faults.next(9, status=403, body=b'{"message": "Resource not accessible by personal access token"}', when=web)
    host.pull("acme/api", 1).comment("alice")
    report = shop.poll()
    assert len(report.errors) == 1 and "acme/web" in report.errors[0]
    assert shop.state(job) == "completed"
    assert "Resource not accessible" in shop.job(other)["attention"]
    told = explain.explain(shop.db, other, runner_alive=True)
    assert "Resource not accessible" in told["answer"]
    host.faults.clear()
    shop.poll()
    assert shop.job(other)["attention"] == ""
    assert explain.explain(shop.db, other, runner_alive=True)["watching"][0]["reason"] == ""


def test_one_repository_that_always_fails_does_not_starve_the_others(host: GitHubHost, shop: Workshop, job: str) -> None:
    other = _quiet_job(host, shop, "acme/web")
    host.faults.next(99, status=502, when=lambda r: r.path.startswith("/repos/acme/web/"))
    host.pull("acme/api", 1).comment("alice")
    assert shop.poll().errors
    assert (shop.state(job), shop.state(other)) == ("completed", "parked")


def test_a_deleted_repository_is_gone_and_after_a_day_explain_says_so(
    host: GitHubHost, shop: Workshop, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.delete_repo("acme/api")
    assert shop.poll().errors
    row = shop.object("github:acme/api#1")
    assert row["gone_since"] is not None and shop.state(job) == "parked"
    with shop.db.transaction():
        shop.db._connection.execute("UPDATE objects SET gone_since = gone_since - 90000")
    shop.poll()
    assert "is gone since" in shop.job(job)["attention"]
    assert "is gone since" in explain.explain(shop.db, job, runner_alive=True)["answer"]


def test_access_that_comes_back_ends_the_mourning(host: GitHubHost, shop: Workshop, job: str) -> None:
    host.forbid("acme/api")
    shop.poll()
    host.pull("acme/api", 1).comment("alice")
    host.forbid("acme/api", False)
    assert shop.poll().errors == []
    assert (shop.state(job), shop.object("github:acme/api#1")["gone_since"]) == ("completed", None)


def test_a_running_plugin_remembers_when_it_was_last_well(host: GitHubHost, shop: Workshop, job: str) -> None:
    before = shop.db.one("plugin_get", name="github")
    host.revoke()
    shop.poll()
    after = shop.db.one("plugin_get", name="github")
    assert before is not None and after is not None and before["polled_at"] == after["polled_at"]


def test_downtime_is_caught_up_in_one_cycle_and_said_aloud(host: GitHubHost, shop: Workshop, job: str) -> None:
    with shop.db.transaction():
        shop.db._connection.execute("UPDATE plugins SET polled_at = polled_at - ?", (6 * 86400 + 4 * 3600,))
    for number in range(2, 251):
        host.pull("acme/api", number)
    host.pull("acme/api", 1).comment("alice")
    for number in range(2, 251):
        host.pull("acme/api", number).label("noise")
    report = shop.poll()
    assert shop.state(job) == "completed"
    assert report.note == "caught up 6 d 4 h: 1 event, 1 job"


@pytest.mark.parametrize("skew", [3600.0, -3600.0], ids=["ahead", "behind"])
def test_a_host_whose_clock_is_an_hour_off_is_watched_all_the_same(skew: float, host: GitHubHost, shop: Workshop) -> None:
    host.skew = skew - 7200
    pull: Any = host.pull("acme/api", 1)
    pull.comment("alice", "long ago")
    host.skew = skew
    job = shop.park("github:acme/api#1", on="commented").id
    shop.poll()
    assert shop.state(job) == "parked"
    host.skew += 2
    pull.comment("alice", "now")
    assert shop.poll().errors == []
    assert shop.state(job) == "completed"
    assert len(shop.told("pull_request:commented")) == 1


def test_when_graphql_goes_away_rest_takes_over_and_nothing_is_told_twice(host: GitHubHost, shop: Workshop, job: str) -> None:
    host.graphql_enabled = False
    host.pull("acme/api", 1).review_comment("alice", body="")
    report = shop.poll()
    assert report.errors == [] and [e.name for e in report.events] == ["pull_request:reviewed"]
    host.graphql_enabled = True
    shop.fleet.renew("github")
    host.pull("acme/api", 1).label("x")
    assert [e.name for e in shop.poll().events] == ["pull_request:labeled"]


def test_too_large_a_query_is_halved_until_the_host_can(host: GitHubHost, shop: Workshop) -> None:
    host.skew = -7200.0
    for number in range(1, 9):
        host.pull("acme/api", number)
        shop.park(f"github:acme/api#{number}", on="commented", check=False)
    host.skew = 0.0
    host.slow_graphql_above = 1800
    assert shop.poll().errors == []
    asked = [(r.path, r.status) for r in host.requests if r.path != "/user"]
    assert ("/graphql", 502) in asked and ("/graphql", 200) in asked
    assert not any("/pulls/" in path for path, _ in asked), "what is too much at once is not too much one by one"
    assert all(shop.object(f"github:acme/api#{n}")["snapshot"] for n in range(1, 9))


def test_the_token_of_an_app_has_no_user_and_works_all_the_same(host: GitHubHost, shop: Workshop) -> None:
    host.faults.next(9, status=403, body=b'{"message": "Resource not accessible by integration"}', when=lambda r: r.path == "/user")
    host.pull("acme/api", 1).approve("alice")
    assert shop.state(shop.park("github:acme/api#1", on="approved").id) == "completed"
    row = shop.db.one("plugin_get", name="github")
    assert row is not None and row["me"] == "me"


def test_watched_issues_are_found_in_the_list_of_issues_and_pull_requests_with_them(host: GitHubHost, shop: Workshop, job: str) -> None:
    host.skew = -7200.0
    issue = host.issue("acme/api", 2)
    host.skew = 0.0
    other = shop.park("github:acme/api#2", on="commented").id
    shop.poll()
    host.clear()
    for thing in (issue, host.pull("acme/api", 1)):
        thing.comment("alice")
    assert shop.poll().errors == []
    assert [r.path for r in host.requests if r.method == "GET"] == ["/repos/acme/api/issues"]
    assert [shop.state(one) for one in (job, other)] == ["completed"] * 2


def test_a_dismissal_is_one_event_with_the_person_and_the_time_of_it(host: GitHubHost, shop: Workshop) -> None:
    host.skew = -7200.0
    review = host.pull("acme/api", 1).approve("alice")
    host.skew = 0.0
    shop.park("github:acme/api#1", on="review_dismissed", repeat=True, command=("true",))
    shop.poll()
    host.pull("acme/api", 1).dismiss(review, "bob", message="too old")
    (event,) = shop.poll().events
    assert event.key.endswith(f":review:{review.id}:dismissed")
    assert (event.actor.login, event.body) == ("bob", "too old")
    assert event.occurred_at > host.now() - 60
