"""Every option of `coro park`, by what it is for."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

import pytest
from helpers import Coro, until

from coro_cli.drills.host.github import GitHubHost
from coro_cli.drills.host.github.pull import Pull

State = Callable[[str], str]
REF = "github:acme/api#42"


@pytest.fixture
def pr(host: GitHubHost) -> Pull:
    """Pull request 42, opened a minute ago."""
    host.advance(-60)
    made = host.pull("acme/api", 42)
    host.advance(60)
    return made


@pytest.fixture
def state(coro: Coro, host: GitHubHost) -> State:
    """The state of a job after a poll. What has happened is seconds old by then: no burst is waited for."""

    def look(job: str) -> str:
        host.advance(3)
        coro("poll")
        return str(coro.json("show", job)["state"])

    return look


def test_on_repeats_takes_commas_and_any_of_them_wakes(coro: Coro, pr: Pull, state: State) -> None:
    job = coro("park", REF, "--on", "labeled,checks_passed", "--on", "APPROVED", "--", "true").id
    assert coro.json("show", job)["waits"][0]["on"] == [f"pull_request:{n}" for n in ("labeled", "checks_passed", "approved")]
    pr.label("bug")
    assert state(job) == "completed"


def test_a_family_covers_all_its_events(coro: Coro, pr: Pull, state: State) -> None:
    job = coro("park", REF, "--on", "pull_request:*", "--", "true").id
    pr.label("bug")
    assert state(job) == "completed"


def test_all_waits_for_each(coro: Coro, pr: Pull, state: State) -> None:
    job = coro("park", REF, "--on", "approved,labeled", "--all", "--", "true").id
    pr.approve("alice")
    assert state(job) == "parked"
    assert "labeled" in coro("explain", job).out
    pr.label("bug")
    assert state(job) == "completed"


def test_all_of_several_refs_waits_for_each_of_them(coro: Coro, host: GitHubHost, pr: Pull, state: State) -> None:
    other = host.pull("acme/web", 7)
    job = coro("park", REF, "github:acme/web#7", "--on", "merged", "--all", "--", "true").id
    pr.merge("alice")
    assert state(job) == "parked"
    other.merge("alice")
    assert state(job) == "completed"


@pytest.mark.parametrize(("words", "expected"), [((), "completed"), (("--only",), "parked")])
def test_a_merge_wakes_every_wait_unless_only(coro: Coro, pr: Pull, words: tuple[str, ...], expected: str, state: State) -> None:
    job = coro("park", REF, "--on", "approved", *words, "--", "sh", "-c", 'test "$CORO_SATISFIED" = false').id
    pr.merge("alice")
    assert state(job) == expected


def test_at_head_wants_the_approval_on_the_last_commit(coro: Coro, pr: Pull, state: State) -> None:
    pr.approve("alice")
    pr.push("more")
    plain = coro("park", REF, "--on", "approved", "--", "true").id
    strict = coro("park", REF, "--on", "approved", "--at-head", "--", "true").id
    assert (state(plain), state(strict)) == ("completed", "parked")
    assert "on an earlier commit" in coro("explain", strict).out
    pr.approve("alice")
    assert state(strict) == "completed"


def test_from_says_whose_word_counts(coro: Coro, pr: Pull, state: State) -> None:
    counts = {"trusted": False, "anyone": True, "stranger": True, "@Stranger": True, "alice": False, "self": False}
    jobs = {who: coro("park", REF, "--on", "commented", "--from", who, "--", "true").id for who in counts}
    pr.comment("stranger", "let me in", association="NONE")
    state(jobs["trusted"])
    for who, job in jobs.items():
        told = coro.json("events", job)[-1]
        assert told["outcome"] == ("woke" if counts[who] else "untrusted"), who
        assert counts[who] or "does not count" in told["why"]


def test_match_is_held_against_the_text(coro: Coro, pr: Pull, state: State) -> None:
    job = coro("park", REF, "--on", "commented", "--match", r"^/ship\b", "--", "true").id
    pr.comment("alice", "please /ship it", association="MEMBER")
    assert state(job) == "parked"
    pr.comment("alice", "fine\n/ship now", association="MEMBER")
    assert state(job) == "completed"


def test_match_names_the_label_that_is_there_already(coro: Coro, host: GitHubHost, pr: Pull, state: State) -> None:
    pr.label("ready")
    host.advance(2)  # hosts cut their times: what happened in the very second of the park may have happened after it
    edge = coro("park", REF, "--on", "labeled", "--", "true").id
    level = coro("park", REF, "--on", "labeled", "--match", "^ready$", "--", "true").id
    assert (state(edge), state(level)) == ("parked", "completed")


def test_what_is_true_already_wakes_at_once(coro: Coro, pr: Pull) -> None:
    pr.approve("alice")
    parked = coro("park", REF, "--on", "approved")
    assert parked.code == 0 and "it is so already" in parked.err
    assert coro.json("show", parked.id)["state"] == "completed" and coro("wait", parked.id).code == 0


def test_since_looks_back(coro: Coro, host: GitHubHost, pr: Pull, state: State) -> None:
    host.advance(-30)
    pr.comment("alice", "earlier", association="MEMBER")
    host.advance(30)
    now = coro("park", REF, "--on", "commented", "--", "true").id
    back = coro("park", REF, "--on", "commented", "--since", "1h", "--", "true").id
    assert (state(now), state(back)) == ("parked", "completed")


def test_a_timeout_wakes_with_its_own_event(coro: Coro, pr: Pull, state: State) -> None:
    job = coro("park", REF, "--on", "approved", "--timeout", "0.5s", "--", "sh", "-c", 'echo "$CORO_EVENT"').id
    waiting = coro("park", REF, "--on", "approved", "--timeout", "0.5s").id
    time.sleep(0.5)
    assert state(job) == "completed" and coro("logs", job).out == "job:timeout\n"
    assert coro.json("show", waiting)["state"] == "completed" and coro("wait", waiting).code == 1


def test_repeat_goes_on_until_the_ref_is_over(coro: Coro, pr: Pull, state: State) -> None:
    job = coro("park", REF, "--on", "commented", "--repeat", "--", "true").id
    for number in (1, 2):
        pr.comment("alice", f"round {number}", association="MEMBER")
        assert state(job) == "parked" and coro.json("show", job)["runs"] == number
    pr.merge("alice")
    assert state(job) == "completed" and coro.json("show", job)["runs"] == 3


def test_retries_come_after_a_pause_and_keep_the_batch(coro: Coro, pr: Pull) -> None:
    script = 'echo "$CORO_ATTEMPT $CORO_EVENT"; [ "$CORO_ATTEMPT" = 2 ]'
    job = coro("park", REF, "--on", "approved", "--retries", "1", "--", "sh", "-c", script).id
    pr.approve("alice")
    coro("poll")
    until(lambda: coro.json("show", job)["state"] != "queued" or coro("poll").code, timeout=30)
    assert coro.json("show", job)["state"] == "completed"
    assert coro("logs", job, "--run", "1").out == "1 pull_request:approved\n"
    assert coro("logs", job).out == "2 pull_request:approved\n"


def test_exit_75_means_not_yet(coro: Coro, pr: Pull, state: State) -> None:
    job = coro("park", REF, "--on", "commented", "--", "sh", "-c", '[ "$CORO_RUN_ID" = "$CORO_JOB_ID.2" ] || exit 75').id
    pr.comment("alice", "one", association="MEMBER")
    assert state(job) == "parked"
    pr.comment("alice", "two", association="MEMBER")
    assert state(job) == "completed"


@pytest.mark.parametrize(("policy", "expected"), [("hold", "interrupted"), ("rerun", "completed")])
def test_on_interrupt_says_what_follows_a_run_that_vanished(coro: Coro, pr: Pull, state: State, policy: str, expected: str) -> None:
    # Its supervisor goes first, so that nobody is left to write down how it ended.
    script = 'if [ ! -e once ]; then touch once; kill -9 "$PPID"; kill -9 $$; fi'
    job = coro("park", REF, "--on", "approved", "--on-interrupt", policy, "--", "sh", "-c", script).id
    pr.approve("alice")
    state(job)
    assert state(job) == expected
    if policy == "hold":
        assert f"coro retry {job}" in coro("explain", job).out
        assert coro("retry", job).id == job and state(job) == "completed"


def test_a_ref_is_not_asked_for_with_no_check(coro: Coro, host: GitHubHost) -> None:
    host.clear()
    job = coro("park", "github:acme/none#9", "--no-check", "--on", "approved").id
    assert host.requests == [] and coro.json("show", job)["state"] == "parked"


def test_a_parked_job_parked_again_gets_the_new_wait(coro: Coro, pr: Pull, state: State) -> None:
    job = coro("park", REF, "--on", "approved", "--title", "T", "--", "true").id
    assert coro("park", "--job", job[:5], "--on", "merged", "--title", "U").id == job
    shown = coro.json("show", job)
    assert (shown["title"], shown["command"], shown["waits"][0]["on"]) == ("U", ["true"], ["pull_request:merged"])
    pr.approve("alice")
    assert state(job) == "parked"


def test_the_marker_of_a_run_never_wakes_its_own_job(coro: Coro, pr: Pull, state: State) -> None:
    job = coro("park", REF, "--on", "commented", "--repeat", "--from", "anyone", "--", "sh", "-c", 'echo "$CORO_MARKER"').id
    coro("resume", job)
    pr.comment("me", f"done {coro('logs', job).out}", association="MEMBER")
    assert state(job) == "parked" and coro.json("show", job)["runs"] == 1
    assert coro.json("events", job)[-1]["outcome"] == "own-marker"


def test_in_a_checkout_the_short_forms_are_enough(coro: Coro, host: GitHubHost) -> None:
    pr = host.pull("acme/api", 42, head="feature")
    with (coro.home / "config.toml").open("a") as config:
        config.write('web_url = "https://github.com"\n')
    for words in (("init", "-q", "-b", "feature"), ("remote", "add", "origin", "git@github.com:acme/api.git")):
        subprocess.run(["git", *words], cwd=coro.cwd, check=True)
    ids = [coro("park", ref, "--on", "merged").id for ref in ("#42", ".", "https://github.com/acme/api/pull/42/files?w=1#diff")]
    assert {coro.json("show", job)["waits"][0]["refs"][0] for job in ids} == {REF}
    pr.comment("alice", "hello", association="MEMBER")
    coro("poll")
    for ref in ("#42", ".", "GitHub:Acme/API#42"):
        assert len(coro.json("jobs", "--ref", ref)) == 3 and coro.json("events", "--ref", ref), ref
    subprocess.run(["git", "checkout", "-q", "-b", "other"], cwd=coro.cwd, check=True)
    done = coro("park", ".", "--on", "merged")
    assert done.code == 3 and "there is no pull request of the branch `other`" in done.err


@pytest.mark.parametrize("known", [False, True])
def test_a_park_without_a_look_begins_by_the_clock_of_a_host_that_is_behind_ours(coro: Coro, host: GitHubHost, known: bool) -> None:
    host.advance(-4000)
    one, other = host.pull("acme/api", 1), host.pull("acme/api", 2)
    one.comment("alice", "long before", association="MEMBER")
    host.advance(400)
    if known:
        coro("park", "github:acme/api#2", "--on", "commented", "--", "true")
        other.comment("alice", "another's", association="MEMBER")
    job = coro("park", "github:acme/api#1", "--no-check", "--on", "commented", "--", "true").id
    coro("poll")
    assert coro.json("show", job)["state"] == "parked"
    host.advance(2)
    one.comment("alice", "now", association="MEMBER")
    host.advance(3)
    coro("poll")
    shown = coro.json("show", job)
    assert (shown["state"], [e["body"] for e in shown["runs_detail"][0]["events"]]) == ("completed", ["now"])
