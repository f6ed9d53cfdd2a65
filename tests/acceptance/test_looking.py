"""What a person is told of a job's history, and by the verbs that end a job or wait for its end."""

from __future__ import annotations

import re
import sqlite3

from helpers import Coro

from coro_cli.drills.host.github import GitHubHost

REF = "github:acme/api#42"


def test_each_run_has_the_number_that_logs_takes(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 42)
    job = coro("park", REF, "--on", "merged", "--", "sh", "-c", "echo $CORO_ATTEMPT; exit 3").id
    failed = coro("resume", job)
    assert failed.out == "1\n" and failed.err == f"run 1 of {job} ended with exit code 3; the job is failed\n"
    assert coro("resume", job, "--quiet").err == ""
    coro("retry", job)
    assert f"{job} run 3: failed, exit 3" in coro("poll").out
    shown = coro("show", job).out
    assert re.findall(r"run (\d), exit 3", shown) == ["1", "2", "3"]
    assert "retried by hand" in shown and coro("logs", job, "--run", "3").code == 0
    missing = coro("logs", job, "--run", "4")
    assert missing.code == 3 and missing.err.endswith(f"hint: its runs: coro show {job}\n")


def test_what_is_done_by_hand_names_the_pull_request_and_its_page(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 42, title="Add retries")
    job = coro("park", REF, "--on", "merged", "--", "sh", "-c", 'echo "$CORO_URL"; cat').id
    out = coro("resume", job).out
    assert out.startswith("https://github.com/acme/api/pull/42\n")
    assert f"The job was resumed by hand; it waits for {REF} (Add retries)" in out


def test_a_cancelled_job_says_why(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 42)
    job = coro("park", REF, "--on", "merged").id
    coro("cancel", job, "--reason", "shipped by hand")
    assert "cancelled: shipped by hand" in coro("show", job).out
    assert "it was cancelled: shipped by hand" in coro("explain", job).out


def test_of_several_jobs_one_that_is_over_does_not_keep_the_others_from_being_cancelled(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 42)
    over, live = coro("park", REF, "--on", "merged").id, coro("park", REF, "--on", "merged").id
    coro("cancel", over)
    done = coro("cancel", over, live)
    assert done.code == 5 and f"{over} is cancelled already" in done.err
    assert coro.json("show", live)["state"] == "cancelled"


def test_wait_says_when_what_was_waited_for_did_not_come(coro: Coro, host: GitHubHost) -> None:
    pr = host.pull("acme/api", 42)
    job = coro("park", REF, "--on", "approved").id
    assert coro("wait", job, "--timeout", "0").code == 124
    pr.close("dev")
    coro("poll")
    done = coro("wait", job, "--timeout", "0")
    assert done.code == 1 and done.err.startswith(f"{job} completed, but what it waited for did not come")


def test_a_list_that_is_cut_says_so(coro: Coro, host: GitHubHost) -> None:
    """The store is filled behind coro's back: six hundred parks would take a minute."""
    host.pull("acme/api", 42)
    job = coro("park", REF, "--on", "merged").id
    with sqlite3.connect(coro.home / "coro.db") as store:
        columns = [row[1] for row in store.execute("PRAGMA table_info(jobs)")]
        others = ", ".join("?" if name == "id" else name for name in columns)
        store.executemany(f"INSERT INTO jobs SELECT {others} FROM jobs WHERE id = '{job}'", [(f"{n:06d}",) for n in range(600)])
    store.close()
    cut = coro("jobs", "--json")
    assert len(cut.document) == 500 and cut.err == "warning: only the 500 jobs last changed are listed: --limit N lists more\n"
    whole = coro("jobs", "--json", "--limit", "1000")
    assert len(whole.document) == 601 and whole.err == ""
    assert len(coro.json("jobs", "--limit", "7")) == 7


def test_a_token_that_is_told_nothing_of_itself_works_all_the_same(coro: Coro, host: GitHubHost) -> None:
    pr = host.pull("acme/api", 42)
    host.faults.next(100, status=404, when=lambda request: request.path.endswith(("/user", "/graphql")))
    job = coro("park", REF, "--on", "approved", "--", "true").id
    pr.approve("alice")
    assert coro("poll").code == 0 and coro("poll").code == 0
    assert coro.json("show", job)["state"] == "completed"
    assert sum(request.path.endswith("/user") for request in host.requests) == 1, "it was asked once"
    checked = coro("doctor")
    assert checked.code == 0 and "whom the token acts as is not told" in checked.out


def test_every_condition_of_a_wait_is_shown(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 42)
    job = coro("park", REF, "--on", "approved", "--at-head", "--only", "--from", "alice", "--match", "ship").id
    assert "(from alice, matching `ship`, on the head commit, nothing else)" in coro("show", job).out
    coro("cancel", job)
    done = coro("park", "--job", job, REF, "--on", "merged")
    assert done.code == 5 and f"coro resume --job {job} --force" in done.err


def test_what_is_promised_counts_the_slow_cycles_of_a_poll_by_hand(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 42)
    coro("park", "github:acme/api#42", "--on", "commented", "--", "true")
    host.faults.delay(1.5, 1)
    coro("poll")
    assert 61.5 <= coro.json("status")["detection"]["promised"] < 75
    for _ in range(8):
        coro("poll")
    assert coro.json("status")["detection"]["promised"] < 61, "quick ones make it forgotten"


def test_what_one_host_has_told_is_nothing_to_a_job_on_another(coro: Coro, host: GitHubHost) -> None:
    """The plugin keeps its name, and is pointed at a host that has another pull request of that number, and then at none."""
    pull = host.pull("acme/api", 42)
    coro("park", "github:acme/api#42", "--on", "merged", "--", "true")
    pull.merge("alice")
    coro("poll")
    with GitHubHost(token=host.token) as other:
        other.pull("acme/api", 42)
        coro("config", "set", "plugins.github.api_url", other.url)
        assert coro.json("show", coro("park", "github:acme/api#42", "--on", "merged", "--", "true").id)["state"] == "parked"
        coro("config", "set", "plugins.github.api_url", host.url)
    coro("poll")
    coro("config", "set", "plugins.github.api_url", "http://127.0.0.1:9")
    job = coro("park", "github:acme/api#42", "--no-check", "--on", "merged", "--", "true").id
    assert coro.json("show", job)["state"] == "parked"
    coro("config", "set", "plugins.github.api_url", host.url)
    coro("poll")
    assert coro.json("show", job)["state"] == "completed"
