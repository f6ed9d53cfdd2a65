"""Several `coro` processes on one home at the same time, and parks beside polls: each event once, none lost."""

from __future__ import annotations

import signal
import sqlite3
from collections import Counter
from pathlib import Path

import pytest
from core import World
from helpers import Coro, until

from coro_cli.drills.host.github import GitHubHost
from coro_cli.store.parking import JobSpec

pytestmark = pytest.mark.crash
REF = "github:acme/api#42"
JOBS = 40


def many(coro: Coro, host: GitHubHost, did: Path) -> list[str]:
    """Jobs that all wait for the same comment and note that they ran. Made in one process: a park a time would take minutes."""
    world = World(coro.home, now=host.now() - 30)
    command = JobSpec(command=("sh", "-c", f'echo "$CORO_JOB_ID" >> {did}'), cwd=str(coro.cwd))
    made = [world.park(on="commented", look=False, description=command) for _ in range(JOBS)]
    world.db.close()
    return made


def deeds(did: Path) -> Counter[str]:
    """How often each job has run."""
    return Counter(did.read_text().split() if did.exists() else ())


def states(home: Path) -> Counter[str]:
    """How many jobs there are in each state."""
    store = sqlite3.connect(home / "coro.db")
    found = Counter(state for (state,) in store.execute("SELECT state FROM jobs"))
    store.close()
    return found


def test_a_start_two_polls_and_resumes_by_hand_run_each_job_exactly_once(coro: Coro, host: GitHubHost, home: Path, tmp_path: Path) -> None:
    did = tmp_path / "did"
    host.advance(-60)
    pr = host.pull("acme/api", 42)
    host.advance(60)
    jobs = many(coro, host, did)
    pr.comment("alice", "go", association="MEMBER")
    with coro.running("--interval", "1s", "--parallel", "8"):
        others = [coro.popen("poll"), coro.popen("poll"), *(coro.popen("resume", "--job", job) for job in jobs[:2])]
        for process in others:
            process.communicate(timeout=50)
        until(lambda: states(home) == {"completed": JOBS}, timeout=40.0)
    ran = deeds(did)
    # A job that was resumed by hand after it had completed would have been refused; before, it took the comment along.
    assert sorted(ran) == sorted(jobs) and set(ran.values()) == {1}


def test_a_runner_that_is_killed_and_replaced_again_and_again_loses_and_doubles_nothing(
    coro: Coro, host: GitHubHost, home: Path, tmp_path: Path
) -> None:
    did = tmp_path / "did"
    host.advance(-60)
    pr = host.pull("acme/api", 42)
    host.advance(60)
    jobs = many(coro, host, did)
    pr.comment("alice", "go", association="MEMBER")
    for _ in range(6):
        with coro.running("--interval", "1s", "--parallel", "4") as runner:
            seen = deeds(did).total()
            until(lambda seen=seen: deeds(did).total() > seen or states(home) == {"completed": JOBS}, timeout=20.0)
            runner.process.send_signal(signal.SIGKILL)
            runner.process.wait(10)
    assert coro("poll").code == 0
    until(lambda: states(home) == {"completed": JOBS}, timeout=40.0)
    ran = deeds(did)
    assert sorted(ran) == sorted(jobs) and set(ran.values()) == {1}


def test_an_event_between_deciding_and_waiting_is_seen(coro: Coro, host: GitHubHost) -> None:
    host.advance(-60)
    pr = host.pull("acme/api", 42)
    host.advance(60)
    said: list[object] = []

    def at_the_first_request(_request: object) -> None:
        if not said:
            said.append(pr.comment("alice", "now", association="MEMBER"))

    stop = host.before(at_the_first_request)
    job = coro("park", REF, "--on", "commented", "--", "true").id
    stop()
    assert said
    coro("poll")
    assert coro.json("show", job)["state"] == "completed"


def test_a_park_beside_a_job_that_waits_already_takes_no_event_from_it(coro: Coro, host: GitHubHost) -> None:
    """The look of the second park becomes what the next poll compares with: it has to tell what came before it."""
    host.advance(-600)
    pr = host.pull("acme/api", 42)
    host.advance(300)
    first = coro("park", REF, "--on", "commented", "--", "true").id
    host.advance(100)
    pr.comment("alice", "for the first", association="MEMBER")
    host.advance(200)
    second = coro("park", REF, "--on", "commented", "--", "true").id
    coro("poll")
    assert [coro.json("show", job)["state"] for job in (first, second)] == ["completed", "parked"]
