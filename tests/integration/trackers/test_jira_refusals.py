"""The ways in which Jira says no, or says nothing while it seems to answer."""

from __future__ import annotations

import pytest
from acting import Open, parked

from coro_cli.errors import NotFound
from tests.simulated.jira import JiraHost


@pytest.mark.parametrize("kind", ["jira-cloud", "jira-server"])
def test_bad_credentials_that_get_everybodys_view_make_a_stub_that_comes_back(open_bench: Open, kind: str) -> None:
    b = open_bench(kind)
    issue, job = parked(b)
    host = b.world.host
    host.anonymous_fallback, host.revoked = True, True
    host.public.add("PROJ")
    issue.comment("alice", "While nobody could see.")
    report = b.poll()
    assert report.errors and b.state(job) == "parked"
    row = b.db.one("job_get", id=job)
    assert row["attention"].startswith("unavailable: ")
    host.revoked = False
    assert b.poll().errors == [] and b.state(job) == "completed"


def test_a_login_page_at_the_park_parks_with_a_warning(open_bench: Open) -> None:
    b = open_bench("jira-cloud")
    b.world.host.skew = 0.0
    b.world.host.faults.html(50)
    issue = b.world.issue()
    made = b.park(b.world.ref(issue), "commented")
    assert "web page" in made.warnings[0] and b.state(made.id) == "parked"
    b.world.host.faults.clear()
    issue.comment("alice", "After the login.")
    assert b.poll().errors == [] and b.state(made.id) == "completed"


def test_a_site_that_is_no_jira_is_said_to_be_none(open_bench: Open) -> None:
    b = open_bench("jira-server")
    b.world.host.faults.next(50, status=404, body=b"{}")
    made = b.park("jira:PROJ-1", "commented")
    assert "there is no Jira at" in made.warnings[0]


def test_a_captcha_is_told_as_one(open_bench: Open) -> None:
    b = open_bench("jira-server")
    b.world.host.faults.next(9, status=403, headers={"x-seraph-loginreason": "AUTHENTICATION_DENIED"}, body=b"{}")
    assert "captcha" in b.park("jira:PROJ-1", "commented").warnings[0]


def test_an_unknown_issue_and_a_hidden_project_cannot_be_parked_on(open_bench: Open) -> None:
    b = open_bench("jira-cloud")
    issue = b.world.issue()
    with pytest.raises(NotFound, match="there is no `jira:PROJ-99`"):
        b.park("jira:PROJ-99", "commented")
    b.world.host.forbid("PROJ")
    with pytest.raises(NotFound, match="may not see it"):
        b.park(b.world.ref(issue), "commented")


def test_a_project_that_was_hidden_for_a_while_is_caught_up_with(open_bench: Open) -> None:
    b = open_bench("jira-cloud")
    issue, job = parked(b)
    b.world.host.forbid("PROJ")
    assert b.poll().errors and b.state(job) == "parked"
    issue.comment("alice", "Behind the curtain.")
    b.world.host.forbid("PROJ", False)
    assert b.poll().errors == [] and b.state(job) == "completed"


@pytest.mark.parametrize(
    ("status", "headers"),
    [(429, {"retry-after": "7", "ratelimit-reason": "jira-burst-based"}), (503, {"retry-after": "7"})],
)
def test_a_limit_is_obeyed_and_says_its_reason(open_bench: Open, status: int, headers: dict[str, str]) -> None:
    b = open_bench("jira-cloud")
    _, job = parked(b)
    b.world.host.faults.next(1, status=status, headers=headers, body=b"{}")
    report = b.poll()
    assert report.limited_until is not None and "7 s" in report.errors[0]
    assert headers.get("ratelimit-reason", "") in report.errors[0]
    assert b.state(job) == "parked"


def test_whose_a_token_is_that_was_refused_at_first_is_asked_again(open_bench: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    b = open_bench("jira-server")
    parked(b)
    assert b.poll().errors == []
    monkeypatch.setenv("SIMULATED_HOST_TOKEN", "another")
    b.fleet.renew("jira")
    assert b.poll().errors, "it is not known to Jira yet"
    b.world.host.token, b.world.host.me = "another", "bob"
    assert b.poll().errors == []
    assert b.fleet.member("jira").plugin.me == "bob"


def test_a_token_that_ended_without_a_word_hides_no_issue_as_gone(open_bench: Open) -> None:
    b = open_bench("jira-cloud")
    _, job = parked(b)
    b.poll()
    faults = b.world.host.faults
    faults.next(100, status=401, body=b"{}", when=lambda request: request.path.endswith("/myself"))
    faults.next(100, status=404, body=b"{}", when=lambda request: "/issue/" in request.path)
    faults.next(100, status=200, body=b'{"issues":[]}', when=lambda request: request.path.endswith("/search/jql"))
    assert "/myself refuses the token" in b.poll().errors[0]
    row = b.db.one("job_get", id=job)
    assert row["state"] == "parked" and "refuses the token" in row["attention"]


@pytest.mark.parametrize("kind", ["jira-cloud", "redmine", "linear"])
def test_single_sign_on_at_another_host_makes_a_stub(open_bench: Open, kind: str) -> None:
    b = open_bench(kind)
    with JiraHost() as elsewhere:
        elsewhere.faults.html(100)
        address = elsewhere.url.replace("127.0.0.1", "localhost")
        b.world.host.faults.next(100, status=302, headers={"location": f"{address}/login"})
        ref = {"jira-cloud": "jira:PROJ-1", "redmine": "redmine:1", "linear": "linear:ENG-1"}[kind]
        parked_ = b.park(ref, "commented")
    assert "web page" in parked_.warnings[0] and b.state(parked_.id) == "parked"


def test_an_address_that_is_not_linears_parks_with_a_warning(open_bench: Open) -> None:
    b = open_bench("linear")
    b.world.host.faults.next(100, status=404, body=b"<html>nope</html>", headers={"content-type": "text/html"})
    assert "not Linear at all" in b.park("linear:ENG-1", "commented").warnings[0]
