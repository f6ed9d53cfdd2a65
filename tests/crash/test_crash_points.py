"""kill -9 at every named point of the way from a park to the end of a run; then one plain `coro poll`, or two.

The processes are real, and so are the host's answers. An outside checker reads the store and what the command has done:
an event is never lost and never acted upon twice, and `interrupted` is only said where the command had begun.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

import pytest
from helpers import Coro, until

from coro_cli.drills.host.github import GitHubHost
from coro_cli.drills.host.github.pull import Pull

pytestmark = pytest.mark.crash
REF = "github:acme/api#42"
DEAD = -9
# Behind these the command has begun: dying there leaves an end that nobody knows.
BEGUN = {"supervise.exited"}
ON_THE_WAY = (
    "poll.read", "record.before-commit", "record.committed", "poll.recorded", "claim.before-commit", "claim.committed",
    "spawn.files-written", "spawn.started", "supervise.forked", "supervise.running", "supervise.exited", "supervise.recorded",
    "finish.before-commit", "finish.committed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scene:
    """A job that waits for an approval and then notes that it ran."""

    coro: Coro
    host: GitHubHost
    pr: Pull
    did: Path

    def park(self, *options: str, code: int = 0) -> str:
        """Park it. The command notes its run and event before it exits."""
        script = f'echo "$CORO_RUN_ID $CORO_EVENT" >> {self.did}; exit {code}'
        return self.coro("park", REF, "--on", "approved", *options, "--", "sh", "-c", script).id

    def deeds(self) -> list[str]:
        """What the command has done, a line a run."""
        return self.did.read_text().splitlines() if self.did.exists() else []

    def store(self) -> sqlite3.Connection:
        """The store, read from outside."""
        made = sqlite3.connect(self.coro.home / "coro.db")
        made.row_factory = sqlite3.Row
        return made

    def settled(self, job: str) -> str:
        """The job's state once its supervisor has done what it can."""
        return str(until(lambda: state if (state := self.state(job)) not in ("running", "queued") else None))

    def state(self, job: str) -> str:
        """The job's state."""
        with self.store() as store:
            (state,) = store.execute("SELECT state FROM jobs WHERE id = ?", (job,)).fetchone()
        store.close()
        return str(state)


@pytest.fixture
def scene(coro: Coro, host: GitHubHost, tmp_path: Path) -> Scene:
    """Pull request 42, opened a minute ago, so that no look is repeated for its freshness."""
    host.advance(-60)
    pr = host.pull("acme/api", 42)
    host.advance(60)
    return Scene(coro, host, pr, tmp_path / "did")


def check(scene: Scene, job: str) -> None:
    """What has to hold after every recovery, read from the store itself."""
    store = scene.store()
    assert store.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    (approvals,) = store.execute("SELECT count(*) FROM events WHERE name = 'pull_request:approved'").fetchone()
    assert approvals == 1, "the approval was lost, or counted twice"
    live = store.execute("SELECT count(*) FROM runs WHERE state IN ('starting', 'running')").fetchone()[0]
    assert live == 0
    ended = [tuple(row) for row in store.execute("SELECT number, state FROM runs WHERE job = ? AND state <> 'abandoned'", (job,))]
    store.close()
    assert len(ended) == len(scene.deeds()) == 1, (ended, scene.deeds())
    assert scene.deeds()[0].endswith("pull_request:approved")


def kill_at(scene: Scene, job: str, point: str) -> None:
    """Let `coro poll` die there; where it is the supervisor that dies, `coro resume`, which starts one run and no more."""
    if point.startswith(("supervise", "finish")):
        scene.coro("poll", "--no-resume")
        scene.coro("resume", "--job", job, env={"CORO_CRASH_AT": point})
    else:
        assert scene.coro("poll", env={"CORO_CRASH_AT": point}).code == DEAD


@pytest.mark.parametrize("point", ON_THE_WAY)
def test_a_process_killed_on_the_way_loses_nothing_and_does_nothing_twice(scene: Scene, point: str) -> None:
    job = scene.park()
    scene.pr.approve("alice")
    kill_at(scene, job, point)
    for _ in range(2):
        scene.coro("poll")
        state = scene.settled(job)
    assert state == ("interrupted" if point in BEGUN else "completed")
    check(scene, job)


@pytest.mark.parametrize("point", ["park.before-commit", "park.committed"])
def test_a_park_that_is_killed_is_there_whole_or_not_at_all(scene: Scene, point: str) -> None:
    script = f'echo "$CORO_RUN_ID $CORO_EVENT" >> {scene.did}'
    scene.pr.approve("alice")
    killed = scene.coro("park", REF, "--on", "approved", "--", "sh", "-c", script, env={"CORO_CRASH_AT": point})
    assert killed.code == DEAD
    jobs = scene.coro.json("jobs")
    assert len(jobs) == (point == "park.committed")
    scene.coro("poll")
    if jobs:
        assert scene.settled(jobs[0]["id"]) == "completed"
        check(scene, jobs[0]["id"])
    else:
        assert scene.deeds() == []


@pytest.mark.parametrize("point", ["supervise.running", "supervise.exited"])
def test_a_job_that_may_be_run_twice_is_run_again_when_its_run_vanishes(scene: Scene, point: str) -> None:
    job = scene.park("--on-interrupt", "rerun")
    scene.pr.approve("alice")
    kill_at(scene, job, point)
    scene.coro("poll")
    assert scene.settled(job) == "completed"
    assert len(scene.deeds()) == (2 if point in BEGUN else 1)


def test_a_retry_that_is_killed_before_it_begins_is_not_counted_and_keeps_its_batch(scene: Scene) -> None:
    job = scene.park("--retries", "1", code=1)
    scene.pr.approve("alice")
    scene.coro("poll", "--no-resume")
    scene.coro("resume", "--job", job, "--detach")
    for _ in range(2):
        assert scene.coro("resume", "--job", job, env={"CORO_CRASH_AT": "spawn.files-written"}).code == DEAD
    scene.coro("resume", "--job", job)
    scene.coro("resume", "--job", job)
    assert scene.settled(job) == "failed"
    assert [deed.partition(" ")[2] for deed in scene.deeds()] == ["pull_request:approved"] * 2


def test_a_cancel_that_is_killed_after_its_commit_leaves_no_way_to_run(scene: Scene) -> None:
    job = scene.park()
    scene.pr.approve("alice")
    assert scene.coro("poll", "--no-resume").code == 0
    assert scene.coro("cancel", job, env={"CORO_CRASH_AT": "record.committed"}).code == DEAD
    scene.coro("poll")
    assert (scene.state(job), scene.deeds()) == ("cancelled", [])


@pytest.mark.parametrize("point", ["prune.before-commit"])
def test_a_pruning_that_is_killed_is_done_another_day(scene: Scene, point: str) -> None:
    job = scene.park()
    scene.coro("cancel", job)
    store = scene.store()
    with store:
        store.execute("UPDATE jobs SET updated_at = 1")
    store.close()
    assert scene.coro("poll", env={"CORO_CRASH_AT": point}).code == DEAD
    assert scene.state(job) == "cancelled"
    store = scene.store()
    with store:
        store.execute("DELETE FROM cursors WHERE scope = 'prune'")
    store.close()
    assert scene.coro("poll").code == 0
    assert scene.coro("show", job).code == 3
