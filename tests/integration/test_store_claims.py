"""Claims: of many processes one gets each job, a run ends once, and what never began is given back."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from core import NOBODY, REF, START, World, comment

from coro_cli.jobs import act
from coro_cli.store import claims, database, finish
from coro_cli.store.database import Database

CLAIMER = """
import sys, time
from coro_cli.store import claims
from coro_cli.store.database import Database
path, now = sys.argv[1], float(sys.argv[2])
db = Database(path)
print("ready", flush=True)
sys.stdin.readline()
won = []
while True:
    ready = [row["id"] for row in db.all("jobs_ready", now=now, limit=5)]
    if not ready:
        break
    for job in ready:
        with db.transaction():
            batch = claims.claim(db, job, now=now)
        if batch is not None:
            won.append(job + ":" + ",".join(e.key for e in batch.events))
    time.sleep(0.005)  # starting a run takes longer: who waits for the lock gets its turn
print(" ".join(won))
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A store in which no illegal state is left behind."""
    world = World(tmp_path)
    yield world
    world.legal()
    world.db.close()


def queued(world: World, jobs: int) -> list[str]:
    """Jobs that one comment has woken."""
    world.db._connection.execute("PRAGMA synchronous = OFF")  # only while they are made: hundreds of them take a while
    made = [world.park(on="commented") for _ in range(jobs)]
    world.db._connection.execute("PRAGMA synchronous = FULL")
    world.see(comments=(comment("1", START),))
    world.later(20.0)
    return made


def test_eight_processes_claim_five_hundred_jobs_exactly_once_each(world: World) -> None:
    jobs = queued(world, 500)
    words, pipe = [sys.executable, "-c", CLAIMER, world.path, str(world.now)], subprocess.PIPE
    claimers = [subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True) for _ in range(8)]
    outs = []
    for process in claimers:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in claimers:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in claimers:
        outs.append(process.communicate(timeout=50)[0].split())
    won = [word for out in outs for word in out]
    assert sorted(word.partition(":")[0] for word in won) == sorted(jobs)
    assert all(word.endswith("comment:1") for word in won)
    assert sum(bool(out) for out in outs) > 1, "one process did it all: nothing was tried"
    (count,) = world.db._connection.execute("SELECT count(*) FROM runs").fetchone()
    assert count == 500


def test_a_job_that_is_claimed_cannot_be_claimed_again_nor_a_stale_claim_change_anything(world: World) -> None:
    (job,) = queued(world, 1)
    assert world.claim(job) is not None
    assert world.claim(job) is None
    with world.db.transaction():
        assert world.db.run("job_move", id=job, state="parked", expected="queued", ready_at=None, gather_until=None, now=world.now) == 0
        assert world.db.run("run_begin", job=job, number=1, supervisor=9, pid=NOBODY, pid_started="9") == 0
    assert world.state(job) == "running"


def test_the_database_itself_refuses_a_second_live_run_and_a_second_open_wait(world: World) -> None:
    (job,) = queued(world, 1)
    world.claim(job)
    for statement in (
        "INSERT INTO runs (job, number, attempt, state, baseline, since, started_at) SELECT job, 9, 1, 'starting', 0, 0, 0 FROM runs",
        "INSERT INTO waits (job, state, refs, patterns, since, baseline, created_at) SELECT job, 'open', '[]', '[]', 0, 0, 0 FROM waits",
    ):
        with pytest.raises(Exception, match="UNIQUE"):
            world.db._connection.execute(statement)


def test_a_run_ends_once_whoever_comes_first(world: World) -> None:
    (job,) = queued(world, 1)
    world.claim(job)
    assert world.finish(job, 0) is not None
    assert world.finish(job, 1) is None
    assert world.finish(job, None) is None
    run = world.db.one("run_last", job=job)
    assert run is not None and (run["state"], run["exit_code"], world.state(job)) == ("succeeded", 0, "completed")


def test_eight_threads_that_settle_the_same_run_move_the_job_once(world: World) -> None:
    (job,) = queued(world, 1)
    world.db.run("job_describe", id=job, now=world.now, title="", phase="", command='["x"]', cwd="/", env="{}", repeat=1, retries=0,
                 on_interrupt="hold")  # fmt: skip
    world.claim(job)
    results, gate = [], threading.Barrier(8)

    def settle() -> None:
        with Database(world.path) as db:
            gate.wait()
            with db.transaction():
                results.append(finish.finish(db, job, 1, 0, now=world.now, jitter=0.0))

    threads = [threading.Thread(target=settle) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(result is not None for result in results) == 1
    assert world.state(job) == "parked"


def test_what_is_given_back_is_claimed_again_whole_and_counts_as_no_attempt(world: World) -> None:
    (job,) = queued(world, 1)
    act.message(world.db, job, "hi", resume=True)
    world.now = max(world.now, time.time()) + 1
    first = world.claim(job)
    with world.db.transaction():
        assert claims.give_back(world.db, job, 1, now=world.now)
        assert not claims.give_back(world.db, job, 1, now=world.now)
    second = world.claim(job)
    assert first is not None and second is not None
    assert [e.key for e in first.events] == [e.key for e in second.events] and second.messages == first.messages == ["hi"]
    assert second.attempt == 1
    assert world.finish(job, 0, number=1) is None
    assert world.state(job) == "running"


def test_the_batch_of_a_failed_run_survives_a_run_that_never_began(world: World) -> None:
    world_job = world.park(on="commented", retries=1)
    world.see(comments=(comment("1", START),))
    world.later(20.0)
    world.claim(world_job)
    world.finish(world_job, 1)
    world.later(600.0)
    world.claim(world_job)
    with world.db.transaction():
        claims.give_back(world.db, world_job, 2, now=world.now)
    third = world.claim(world_job)
    assert third is not None and [e.key.rpartition(":")[2] for e in third.events] == ["1"]
    assert (third.attempt, third.satisfied) == (2, True)
    world.finish(world_job, 1)
    assert world.state(world_job) == "failed"


def test_what_cannot_begin_is_tried_again_ever_more_slowly_and_says_so_and_is_no_loop(world: World) -> None:
    job = world.park(on="commented", repeat=True)
    world.see(comments=(comment("1", START),))
    world.later(20.0)
    pauses = []
    for _ in range(9):
        batch = world.claim(job)
        assert batch is not None
        with world.db.transaction():
            claims.give_back(world.db, job, batch.number, now=world.now, why="no room")
        pauses.append(world.job(job)["ready_at"] - world.now)
        world.now = world.job(job)["ready_at"]
    assert pauses == [0, 1, 2, 4, 8, 16, 32, 60, 60]
    assert "no room" in world.job(job)["attention"]
    batch = world.run(job)
    assert len(batch.events) == 1 and world.state(job) == "parked"
    world.see(comments=(comment("1", START), comment("2", world.now)))
    assert (world.state(job), world.job(job)["attention"]) == ("queued", "")


def test_a_job_cancelled_and_forced_again_waits_until_its_old_processes_are_gone(world: World) -> None:
    (job,) = queued(world, 1)
    world.claim(job)
    act.cancel(world.db, job, "", grace=0.0)
    assert world.state(job) == "cancelled"
    with pytest.raises(Exception, match="still ending"):
        act.resume(world.db, job, event="", text="", force=True)
    world.finish(job, 143)
    run = world.db.one("run_last", job=job)
    assert run is not None and run["state"] == "cancelled"
    act.resume(world.db, job, event="", text="", force=True)
    world.now = max(world.now, time.time()) + 1
    world.run(job)
    assert world.state(job) == "completed"


@pytest.mark.parametrize("state", ["parked", "queued", "starting", "running", "next"])
def test_a_job_can_be_cancelled_in_every_state_and_then_nothing_of_it_runs(world: World, state: str) -> None:
    job = world.park(on="commented")
    if state != "parked":
        world.see(comments=(comment("1", START),))
        world.later(20.0)
    if state == "starting":
        with world.db.transaction():
            claims.claim(world.db, job, now=world.now)
    if state in ("running", "next"):
        world.claim(job)
    if state == "next":
        world.park(on="merged", job=job)
    act.cancel(world.db, job, "enough", grace=0.0)
    assert world.state(job) == "cancelled"
    if state == "starting":
        assert world.db.run("run_begin", job=job, number=1, supervisor=1, pid=NOBODY, pid_started="1") == 0
    world.see(comments=(comment("1", START), comment("2", world.now)))
    assert (world.state(job), world.claim(job)) == ("cancelled", None)
    with pytest.raises(Exception, match="cancelled already"):
        act.cancel(world.db, job, "")


@pytest.mark.parametrize(("code", "state"), [(0, "completed"), (1, "failed"), (None, "interrupted")])
def test_every_stopped_job_can_be_started_again_where_the_contract_allows_it(world: World, code: int | None, state: str) -> None:
    (job,) = queued(world, 1)
    world.claim(job)
    world.finish(job, code)
    assert world.state(job) == state
    if state == "completed":
        with pytest.raises(Exception, match="is completed"):
            act.resume(world.db, job, event="", text="", force=False)
        with pytest.raises(Exception, match="only failed and interrupted"):
            act.retry(world.db, job)
    act.resume(world.db, job, event="", text="again", force=state == "completed")
    world.now = max(world.now, time.time()) + 1
    batch = world.claim(job)
    assert batch is not None and batch.messages == ["again"]
    assert any(e.name.endswith("commented") for e in batch.events) == (state != "completed")
    world.finish(job, 75)
    assert (world.state(job), world.db.one("ref_watched", ref=REF) is not None) == ("parked", True)


@pytest.mark.parametrize(
    "name",
    [
        "jobs_ready", "jobs_next_ready", "waits_due", "waits_next_deadline", "runs_live", "runs_outliving", "jobs_needing_person",
        "watched_from", "plugin_unsaid", "attention_any", "waits_on_ref", "verdict_get", "verdicts_pending", "verdicts_reset_pending",
        "verdicts_consume_messages", "event_newest_before", "wakes_by_actor", "job_claim", "objects_due", "job_prefix",
    ],
)  # fmt: skip
def test_what_is_asked_every_second_or_for_every_event_reads_no_table_from_end_to_end(world: World, name: str) -> None:
    statement = database.load()[name]
    values = dict.fromkeys(re.findall(r":(\w+)", statement))
    plan = [row["detail"] for row in world.db._connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    if name == "event_newest_before":  # from the newest down, and the newest is it but after a clock that was set back
        assert plan == ["SCAN events"]
        return
    assert not [step for step in plan if step.startswith("SCAN")], plan
    # Of the parked there are thousands: nothing that is asked so often may begin there.
    assert not any("jobs_by_state (state=?)" in step for step in plan if name in ("waits_due", "waits_next_deadline")), plan
