"""Events, waits and jobs in the store: nothing is lost, nothing counts twice, and what people say is heard."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from core import ALICE, ME, REF, START, World, change, comment, review, snapshot

from coro_cli.domain import diff
from coro_cli.domain.events import Actor, Event
from coro_cli.domain.ref import canonical
from coro_cli.domain.snapshot import CLOSED, MERGED, Checks, Snapshot
from coro_cli.jobs import act
from coro_cli.jobs.park import FirstLook, news
from coro_cli.plugins.base import Look, Watched
from coro_cli.polling.plugin_set import Member
from coro_cli.polling.record import record_look
from coro_cli.running import dispatch
from coro_cli.store import inbox, parking
from coro_cli.store.parking import JobSpec, Seen
from coro_cli.system import regex

OTHER = "github:acme/api#43"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A store in which no illegal state is left behind."""
    world = World(tmp_path)
    yield world
    world.legal()
    world.db.close()


class Marking:
    """A plugin whose change detector marks nothing."""

    def mark(self, snapshot: Snapshot) -> str:
        return ""


def talk(world: World, *keys: str, by: Actor = ALICE) -> None:
    """One more comment for each key, now."""
    said = world.shown[REF].comments if REF in world.shown else ()
    world.see(comments=(*said, *(comment(key, float(int(world.now)), by=by) for key in keys)))


def events_of(world: World, job: str, number: int) -> list[str]:
    """The keys that a run was given."""
    rows = world.db.all("run_events_of", job=job, run=number)
    return [row["key"].rpartition(":")[2] for row in rows if not row["name"].startswith("job:")]


def test_an_event_in_the_second_of_the_park_counts_and_one_that_was_known_before_does_not(world: World) -> None:
    world.park(on="labeled")
    talk(world, "1")
    world.later(0.5)
    job = world.park(on="commented")
    assert world.state(job) == "parked"
    talk(world, "2")
    assert world.state(job) == "queued"
    world.run(job)
    assert events_of(world, job, 1) == ["2"]


def test_what_a_park_itself_finds_of_its_very_second_counts(world: World) -> None:
    """It may have happened between the decision and the look: the host cuts its times, so nobody knows."""
    world.see(comments=(comment("0", START - 100),))
    world.shown[REF] = replace(world.shown[REF], comments=(comment("0", START - 100), comment("1", float(int(START)))))
    found = list(diff.found(None, world.shown[REF], REF, since=float(int(START))))
    job = world.park(on="commented", events=found)
    assert world.state(job) == "queued"
    world.run(job)
    assert events_of(world, job, 1) == ["1"]


def test_our_own_words_wake_us_if_they_were_said_after_the_park_be_it_in_the_same_second(world: World) -> None:
    world.see()
    second = float(int(START))
    before = comment("before", second, by=ME)
    world.shown[REF] = replace(world.shown[REF], comments=(before,))
    job = world.park(on="commented", events=list(diff.found(None, world.shown[REF], REF, since=second)))
    assert world.outcomes(job) == {"commented": "before-wait"}
    again = [diff.commented(world.shown[REF], REF, before)]  # another park's look tells it once more
    with world.db.transaction():
        inbox.record(world.db, again, {}, now=world.later(0.3), search=regex.search)
    assert world.state(job) == "parked"
    world.see(comments=(before, comment("after", second, by=ME)))
    assert world.state(job) == "queued"
    world.run(job)
    assert events_of(world, job, 1) == ["after"]


def test_what_is_true_already_wakes_at_once_and_only_once(world: World) -> None:
    world.see(reviews=(review("1", START - 500),))
    job = world.park(on="approved", repeat=True)
    assert world.state(job) == "queued"
    world.run(job)
    assert world.state(job) == "parked"
    world.later(60.0)
    world.see()
    assert world.state(job) == "parked"


def test_an_event_between_the_last_look_and_the_start_of_a_run_is_not_lost(world: World) -> None:
    """It was not in the batch, for nobody had seen it yet; and it happened before the run."""
    job = world.park(on="commented", repeat=True)
    talk(world, "1")
    missed = comment("2", float(int(world.later(2.0))))
    world.later(20.0)
    assert world.claim(job) is not None
    world.later(20.0)
    world.finish(job)
    world.later(5.0)
    world.see(comments=(*world.shown[REF].comments, missed))
    assert world.state(job) == "queued"
    world.run(job)
    assert [events_of(world, job, n) for n in (1, 2)] == [["1"], ["2"]]


def test_what_the_old_wait_wanted_and_no_run_was_given_counts_for_the_new_one(world: World) -> None:
    job = world.park(on="commented")
    talk(world, "1")
    missed = comment("2", float(int(world.later(3.0))))
    world.later(20.0)
    world.claim(job)
    world.later(5.0)
    world.see(comments=(*world.shown[REF].comments, missed))
    world.later(5.0)
    world.park(on="commented", job=job)
    world.finish(job)
    assert world.state(job) == "queued"
    world.run(job)
    assert events_of(world, job, 2) == ["2"]


def test_a_job_that_parks_itself_again_hears_what_happened_while_it_ran_and_nothing_older(world: World) -> None:
    job = world.park(on="commented")
    world.see(changes=(change("l0", "labeled", float(int(world.now)), label="old"),))
    world.later(5.0)
    talk(world, "1")
    world.later(20.0)
    world.claim(job)
    world.later(2.0)
    world.see(changes=(*world.shown[REF].changes, change("l1", "labeled", float(int(world.now)), label="new")))
    world.later(2.0)
    world.park(on="labeled", job=job)
    assert world.state(job) == "running"
    world.finish(job)
    assert world.state(job) == "queued"
    world.run(job)
    assert events_of(world, job, 2) == ["l1"]


def test_a_wait_for_later_and_its_command_come_into_force_only_when_the_run_ends_well(world: World) -> None:
    job = world.park(on="commented", command=["first"], retries=1)
    talk(world, "1")
    world.later(20.0)
    world.claim(job)
    world.park(on="labeled", job=job, description=JobSpec(command=("second",), cwd="/tmp", phase="two"))
    world.finish(job, 1)
    assert (world.state(job), world.job(job)["command"], world.job(job)["phase"]) == ("queued", '["first"]', "")
    world.later(600.0)
    world.claim(job)
    assert events_of(world, job, 2) == ["1"]
    world.park(on="labeled", job=job, description=JobSpec(command=("second",), cwd="/tmp", phase="two"))
    world.finish(job, 0)
    assert (world.state(job), world.job(job)["command"], world.job(job)["phase"]) == ("parked", '["second"]', "two")


def test_a_run_that_parks_itself_and_then_fails_is_retried_with_the_batch_it_had(world: World) -> None:
    job = world.park(on="commented")
    talk(world, "1")
    world.later(20.0)
    world.claim(job)
    world.park(on="merged", job=job)
    world.finish(job, 1)
    assert world.state(job) == "failed"
    act.retry(world.db, job)
    world.now = max(world.now, time.time()) + 1
    world.run(job)
    assert events_of(world, job, 2) == ["1"]
    assert world.state(job) == "completed"


def test_what_came_while_a_failing_run_ran_is_in_the_next_attempt_also_by_hand(world: World) -> None:
    job = world.park(on="commented")
    talk(world, "1")
    world.later(20.0)
    world.claim(job)
    world.later(5.0)
    talk(world, "2")
    world.finish(job, 1)
    assert world.state(job) == "failed"
    act.retry(world.db, job)
    world.now = max(world.now, time.time()) + 1
    world.run(job)
    assert events_of(world, job, 2) == ["1", "2"]


def test_exit_75_keeps_the_wait_and_its_deadline(world: World) -> None:
    job = world.park(on="commented", deadline=START + 30)
    talk(world, "1")
    world.later(10.0)
    world.claim(job)
    world.later(60.0)
    world.finish(job, 75)
    assert world.state(job) == "parked"
    assert dispatch.expire(world.db) == []  # the world's clock is ahead of the real one
    row = world.db.one("waits_next_deadline")
    assert row is not None and row["at"] == START + 30


def test_a_deadline_that_passed_during_the_run_wakes_the_job_once(world: World) -> None:
    world.now = time.time() - 100
    job = world.park(on="commented", deadline=world.now + 30)
    talk(world, "1")
    world.later(10.0)
    world.claim(job)
    assert dispatch.expire(world.db) == []
    world.finish(job, 75)
    assert dispatch.expire(world.db) == [job]
    assert dispatch.expire(world.db) == []
    assert world.state(job) == "queued"
    world.now = time.time() + 1
    batch = world.claim(job)
    assert batch is not None and [e.name for e in batch.events] == ["job:timeout"] and not batch.satisfied
    world.finish(job)
    assert world.state(job) == "completed"


def test_a_message_wakes_a_parked_job_and_leaves_its_wait_as_it_was(world: World) -> None:
    job = world.park(on="commented")
    act.message(world.db, job, "hello", resume=True)
    assert world.state(job) == "queued"
    world.now = time.time() + 1_000_000_000
    batch = world.claim(job)
    assert batch is not None and (batch.messages, batch.events, batch.satisfied) == (["hello"], [], False)
    world.finish(job)
    assert world.state(job) == "parked"
    talk(world, "1")
    assert world.state(job) == "queued"


def test_what_is_done_to_one_job_by_hand_or_by_its_deadline_wakes_no_other_on_the_same_ref(world: World) -> None:
    job, other = world.park(on="commented", repeat=True), world.park(on="merged", deadline=1.0)
    act.message(world.db, other, "for you alone", resume=False)
    dispatch.expire(world.db)
    act.resume(world.db, other, event="pull_request:commented", text="", force=False)
    talk(world, "1")
    world.run(job)
    assert (world.state(job), world.outcomes(job)) == ("parked", {"commented": "woke"})
    late = world.park(on="commented", since=1.0, repeat=True, look=False)
    world.run(late)
    assert (world.state(late), world.outcomes(late)) == ("parked", {"commented": "woke"})
    world.park(on="merged", job=late, since=1.0)
    assert world.state(late) == "parked"


def test_a_message_that_is_left_for_the_next_run_wakes_nobody_whenever_it_comes(world: World) -> None:
    job = world.park(on="commented", repeat=True)
    act.message(world.db, job, "parked", resume=False)
    assert world.state(job) == "parked"
    talk(world, "1")
    world.later(20.0)
    batch = world.claim(job)
    assert batch is not None and batch.messages == ["parked"]
    act.message(world.db, job, "running", resume=False)
    world.finish(job)
    assert world.state(job) == "parked"
    world.later(700.0)
    talk(world, "2")
    world.later(20.0)
    batch = world.claim(job)
    assert batch is not None and batch.messages == ["running"]


def test_a_message_while_it_runs_wakes_it_when_it_parks_again_and_survives_a_new_wait(world: World) -> None:
    job = world.park(on="commented", repeat=True)
    talk(world, "1")
    world.later(20.0)
    world.claim(job)
    act.message(world.db, job, "and this", resume=True)
    world.park(on="labeled", job=job)
    world.finish(job)
    assert world.state(job) == "queued"
    world.park(on="merged", job=job)
    assert world.state(job) == "queued"
    world.now = max(world.now, time.time()) + 1_000
    batch = world.claim(job)
    assert batch is not None and batch.messages == ["and this"]


def test_all_gathers_its_parts_and_a_message_in_between_takes_none_of_them(world: World) -> None:
    job = world.park(on=["approved", "commented"], all=True)
    talk(world, "1")
    assert (world.state(job), world.outcomes(job)["commented"]) == ("parked", "queued")
    act.message(world.db, job, "any news?", resume=True)
    world.now = time.time() + 1_000_000_000
    batch = world.claim(job)
    assert batch is not None and (batch.events, batch.messages) == ([], ["any news?"])
    world.finish(job)
    assert world.state(job) == "parked"
    world.see(reviews=(review("r", float(int(world.now))),))
    assert world.state(job) == "queued"
    world.later(20.0)
    batch = world.claim(job)
    assert batch is not None and batch.satisfied and {e.name.partition(":")[2] for e in batch.events} == {"commented", "approved"}
    world.finish(job)


def test_all_over_several_refs_waits_for_each_and_a_state_has_to_hold_at_the_end(world: World) -> None:
    job = world.park(REF, OTHER, on="approved", all=True)
    world.see(REF, reviews=(review("1", START),))
    assert world.state(job) == "parked"
    world.see(REF, reviews=(review("1", START, "dismissed"),))
    world.see(OTHER, reviews=(review("2", START),))
    assert world.state(job) == "parked"
    world.later(30.0)
    world.see(REF, reviews=(review("1", START, "dismissed"), review("3", world.now)))
    assert world.state(job) == "queued"
    batch = world.run(job)
    assert batch.satisfied


def test_a_part_of_an_all_that_a_run_by_hand_took_still_counts(world: World) -> None:
    job = world.park(on=["approved", "labeled"], all=True)
    world.see(changes=(change("l", "labeled", START, label="x"),))
    act.resume(world.db, job, event="", text="", force=False)
    world.now = max(world.now, time.time()) + 1_000_000_000
    world.claim(job)
    world.finish(job, 75)
    assert world.state(job) == "parked"
    world.see(reviews=(review("r", world.now),))
    assert world.state(job) == "queued"
    batch = world.run(job)
    assert batch.satisfied


def test_a_burst_is_one_run_and_the_gathering_ends_after_ten_seconds(world: World) -> None:
    job = world.park(on="commented")
    for number in range(25):
        talk(world, str(number))
        assert world.claim(job) is None
        if world.now - START > 9.4:
            break
        world.later(0.5)
    world.later(1.0)
    batch = world.claim(job)
    assert batch is not None and len(batch.events) == 20
    world.finish(job)


def test_a_burst_that_a_run_ends_in_is_gathered_too(world: World) -> None:
    job = world.park(on="commented", repeat=True)
    talk(world, "0")
    world.later(10.0)
    world.claim(job)
    world.later(5.0)
    talk(world, "1")
    world.later(0.2)
    world.finish(job)
    assert world.state(job) == "queued" and world.claim(job) is None
    talk(world, "2")
    world.later(1.0)
    assert world.claim(job) is not None
    world.finish(job)
    assert events_of(world, job, 2) == ["1", "2"]


def test_a_message_at_the_end_of_a_run_is_not_made_to_wait(world: World) -> None:
    job = world.park(on="commented", repeat=True)
    talk(world, "0")
    world.later(10.0)
    world.claim(job)
    talk(world, "1")
    act.message(world.db, job, "now", resume=True)
    world.finish(job)
    assert world.claim(job) is not None
    world.finish(job)


def test_the_sixth_wake_by_one_actor_in_ten_minutes_holds_the_job_until_a_person_comes(world: World) -> None:
    job = world.park(on="commented", repeat=True)
    for number in range(5):
        talk(world, f"a{number}")
        world.run(job)
    talk(world, "a5")
    assert (world.state(job), bool(world.job(job)["held"])) == ("parked", True)
    talk(world, "b0", by=Actor("bob", "user", "owner"))
    assert world.state(job) == "parked"
    act.resume(world.db, job, event="", text="", force=False)
    world.now = max(world.now, time.time()) + 1
    assert world.state(job) == "queued" and not world.job(job)["held"]
    world.run(job)
    assert set(events_of(world, job, 6)) == {"a5", "b0"}


def test_a_job_cannot_loop_by_what_happens_while_it_runs(world: World) -> None:
    job = world.park(on="commented", repeat=True)
    talk(world, "0")
    for number in range(1, 12):
        if world.state(job) != "queued":
            break
        world.later(10.0)
        world.claim(job)
        talk(world, str(number))
        world.finish(job)
    assert (world.state(job), bool(world.job(job)["held"]), world.job(job)["runs"]) == ("parked", True, 5)


def test_other_actors_and_slower_ones_are_no_loop(world: World) -> None:
    job = world.park(on="commented", repeat=True)
    for number in range(12):
        talk(world, str(number), by=Actor(f"user{number % 3}", "user", "member"))
        world.run(job)
        world.later(70.0)
    assert (world.job(job)["runs"], bool(world.job(job)["held"])) == (12, False)


def test_what_names_nobody_is_a_loop_only_where_it_may_be_the_jobs_own_doing(world: World) -> None:
    """Results of checks and compared differences have no actor: six of them are not one person's, but six own pushes loop."""
    job, own = world.park(on=("checks_failed", "synchronized"), repeat=True), world.park(on="synchronized", repeat=True)
    for number in range(12):
        sha = f"{number:040x}"
        world.see(head=sha, updated_at=world.later(5.0))
        world.see(checks=Checks(sha, "failed", world.now, ("ci",), 1), updated_at=world.later(10.0))
        world.run(job)
        if world.state(own) == "queued":
            world.claim(own)
            world.see(head=f"{sha}f", updated_at=world.later(1.0))
            world.finish(own)
    assert (world.job(job)["runs"], bool(world.job(job)["held"])) == (12, False)
    assert world.job(own)["held"] and "what happened while it ran woke it more than 5 times" in world.job(own)["attention"]


def test_the_same_event_by_another_door_starts_nothing_again(world: World) -> None:
    job = world.park(on="commented", repeat=True)
    talk(world, "1")
    world.run(job)
    with world.db.transaction():
        world.db._connection.execute("UPDATE objects SET snapshot = NULL, looked_at = NULL")
    world.later(5.0)
    world.see()
    assert (world.state(job), world.job(job)["runs"]) == ("parked", 1)


def test_a_merge_ends_every_wait_but_those_that_ask_for_something_only(world: World) -> None:
    plain, only, loop = world.park(on="approved"), world.park(on="approved", only=True), world.park(on="commented", repeat=True)
    world.later(5.0)
    world.see(state=MERGED, merged_at=world.now)
    assert [world.state(job) for job in (plain, only, loop)] == ["queued", "parked", "queued"]
    assert not world.run(plain).satisfied
    world.run(loop)
    assert world.state(loop) == "completed"


def test_a_job_without_a_command_completes_in_the_transaction_that_wakes_it(world: World) -> None:
    job = world.park(on="commented", command=())
    talk(world, "1")
    assert world.state(job) == "completed"
    (wait,) = world.db.all("waits_of_job", job=job)
    assert wait["satisfied"] == 1
    world.see(state=MERGED, merged_at=world.now)
    assert world.job(job)["runs"] == 1


def test_what_else_holds_when_a_job_without_a_command_completes_is_no_batch_of_its(world: World) -> None:
    world.shown[REF] = snapshot(
        reviews=(review("1", START - 50),), checks=Checks("c0ffee", "passed", START - 40, (), 1)
    )  # fmt: skip
    job = world.park(on=["approved", "checks_passed"], command=())
    assert world.state(job) == "completed"
    assert sorted(world.outcomes(job).values()) == ["no-job", "woke"]


def test_a_repeating_job_goes_on_until_the_last_of_its_refs_is_over(world: World) -> None:
    world.see(OTHER)
    job = world.park(REF, OTHER, on="commented", repeat=True)
    world.see(REF, state=MERGED, merged_at=world.now)
    world.run(job)
    assert world.state(job) == "parked"
    world.see(OTHER, comments=(comment("1", world.later(1.0)),))
    world.run(job)
    assert world.state(job) == "parked"
    world.see(OTHER, state=CLOSED, closed_at=world.later(1.0))
    world.run(job)
    assert world.state(job) == "completed"


def test_a_repeating_job_on_an_end_that_was_taken_back_goes_on(world: World) -> None:
    world.see(OTHER)
    job = world.park(REF, OTHER, on="commented", repeat=True)
    world.see(REF, state=CLOSED, closed_at=world.now)
    world.run(job)
    world.see(REF, state="open", closed_at=None)
    world.see(OTHER, state=MERGED, merged_at=world.later(1.0))
    world.run(job)
    assert world.state(job) == "parked"
    world.see(REF, state=CLOSED, closed_at=world.later(1.0))
    world.run(job)
    assert world.state(job) == "completed"


@pytest.mark.parametrize("code", [1, None])
def test_a_job_that_is_started_again_has_its_refs_read_again(world: World, code: int | None) -> None:
    """While it was stopped the lists of its repository were read for others: they do not tell the same twice."""
    job = world.park(on="commented")
    talk(world, "1")
    world.run(job, code)
    assert not world.db.all("objects_due", plugin="github")
    act.retry(world.db, job)
    assert [row["ref"] for row in world.db.all("objects_due", plugin="github")] == [REF]


def test_what_came_for_others_while_a_job_was_stopped_is_in_the_batch_when_it_is_started_again(world: World) -> None:
    job, other = world.park(on="commented"), world.park(on="commented", repeat=True)
    talk(world, "1")
    world.run(job, 1)
    world.run(other)
    talk(world, "2")
    world.run(other)
    act.retry(world.db, job)
    world.now = max(world.now, time.time()) + 1
    world.run(job)
    assert (world.state(job), events_of(world, job, 2)) == ("completed", ["1", "2"])


@pytest.mark.parametrize("back", [60.0, 3600.0])
def test_a_clock_that_is_set_back_delays_no_queued_job(world: World, back: float) -> None:
    jobs = [world.park(on="commented", retries=3) for _ in range(2)]
    talk(world, "1")
    world.later(20.0)
    world.claim(jobs[0])
    world.finish(jobs[0], 1)
    world.now -= back
    assert {row["id"] for row in world.db.all("jobs_ready", now=world.now, limit=9)} == set(jobs)
    assert all(world.claim(job) is not None for job in jobs)


def test_what_a_poll_and_the_look_of_a_park_both_find_has_one_key(world: World) -> None:
    """A host without ids of its own for labels: the poll's answer was read first, the park's was taken before the poll's was kept."""
    world.see(updated_at=world.now)
    job = world.park(on="labeled", repeat=True)
    world.see(labels=("bug",), updated_at=world.later(30.0))
    world.run(job)
    later = replace(world.shown[REF], updated_at=world.later(30.0), looked_at=world.now)
    look = FirstLook(looks={REF: Seen("github", later)}, since={REF: world.now})
    world.shown[REF] = later
    world.park(on="merged", events=news(world.db, look))
    assert world.state(job) == "parked"
    assert [row["name"] for row in world.db.all("events_of_job", job=job, since=0.0, limit=9)].count("pull_request:labeled") == 1


def test_an_answer_that_is_older_than_the_one_we_have_takes_nothing_back(world: World) -> None:
    job = world.park(on="unlabeled")
    world.later(60.0)
    world.see(labels=("x",))
    world.now -= 30.0
    world.see(labels=())
    row = world.db.one("object_get", ref=REF)
    assert row is not None and '"labels":["x"]' in row["snapshot"]
    assert job


def test_a_look_takes_back_no_mark_of_a_change_it_did_not_see(world: World) -> None:
    world.park(on="commented")
    with world.db.transaction():
        world.db.run("object_marked", ref=REF, marker="2")
        parking.see(world.db, "github", REF, world._stamped(REF), now=world.now, marker="1")
    row = world.db.one("object_get", ref=REF)
    assert row is not None and row["dirty"] == 1
    with world.db.transaction():
        parking.see(world.db, "github", REF, world._stamped(REF), now=world.now, marker="2")
        parking.see(world.db, "github", REF, world._stamped(REF), now=world.now, marker="2")
    row = world.db.one("object_get", ref=REF)
    assert row is not None and row["dirty"] == 0


def test_a_mark_that_was_set_while_a_look_was_under_way_stays(world: World) -> None:
    world.park(on="commented")
    asked = world.later(1.0)
    with world.db.transaction():
        world.db.run("object_dirty", ref=REF, now=world.later(0.5))
        parking.see(world.db, "github", REF, world._stamped(REF), now=world.later(0.5), asked=asked)
        row = world.db.one("object_get", ref=REF)
        assert row is not None and row["dirty"] == 1
        parking.see(world.db, "github", REF, world._stamped(REF), now=world.later(0.5))
        row = world.db.one("object_get", ref=REF)
        assert row is not None and row["dirty"] == 0


@pytest.mark.parametrize("door", ["poll", "park", "quick"])
def test_a_look_that_was_overtaken_tells_of_nothing_and_is_done_again(world: World, door: str) -> None:
    """Two looks in one second of the host's, which had nothing to say of its own time; what the later one saw was kept first."""
    job = world.park(on=("review_dismissed", "unlabeled", "labeled"), repeat=True)
    second = float(int(world.later(60.0)))
    shown = {"updated_at": second - 600.0, "looked_at": second, "standing_reviews": True}
    earlier, later = snapshot(**shown), snapshot(**shown, labels=("bug",), reviews=(review("1", second - 30.0),))
    asked, look = world.now, {"search": regex.search}
    member = Member("github", Marking(), None)  # type: ignore[arg-type]
    with world.db.transaction():
        record_look(world.db, member, Look({REF: later}), {}, now=world.later(0.3), asked=world.now - 0.1, skew=0.0)
    if door == "quick":
        earlier = replace(earlier, looked_at=second + 1.0)
    if door == "park":
        seen = FirstLook(looks={REF: Seen("github", earlier, asked=asked)}, since={REF: world.now})
        spec = parking.WaitSpec((REF,), ("pull_request:merged",))
        parking.park_new(world.db, JobSpec(("true",), "/"), spec, seen.looks, news(world.db, seen), now=world.now, started=asked, **look)
    else:
        watched = {REF: Watched(canonical(REF), quick=door == "quick")}
        with world.db.transaction():
            record_look(world.db, member, Look({REF: earlier}), watched, now=world.now, asked=asked, skew=0.0)
    row = world.db.one("object_get", ref=REF)
    assert row is not None and '"labels":["bug"]' in row["snapshot"] and row["dirty"] == 1
    with world.db.transaction():
        again = replace(later, looked_at=second + 2.0)
        record_look(world.db, member, Look({REF: again}), {}, now=world.later(2.0), asked=world.now, skew=0.0)
    told = [row["name"] for row in world.db.all("events_of_job", job=job, since=0.0, limit=100)]
    assert sorted(told) == ["pull_request:approved", "pull_request:labeled"]


@pytest.mark.parametrize("match", ["", "bug"])
def test_what_a_delivery_told_under_a_key_of_its_own_is_known_again_once(world: World, match: str) -> None:
    job = world.park(on="labeled", repeat=True, look=False, match=match)
    at = float(int(world.later(5.0)))

    def labeled(key: str, at: float, by: Actor = ALICE, **data: object) -> Event:
        return Event(f"x:{key}", "pull_request:labeled", REF, by, at, data={"label": "bug"} | data)

    def record(*events: Event, **shown: Snapshot) -> list[str]:
        with world.db.transaction():
            inbox.record(world.db, events, shown, now=world.now, search=regex.search)
        return [row["outcome"] for row in reversed(world.db.all("events_of_job", job=job, since=0.0, limit=9))]

    assert record(labeled("labeled:bug:1", at, loose=True)) == ["woke"]
    world.run(job)
    present = snapshot(labels=("bug",), changes=(change("1", "labeled", at + 1.0, label="bug"),))
    first = {"github:acme/api#42": present} if match else {}
    read = () if match else (labeled("1", at + 1.0),)
    assert record(*read, **first) == ["woke", "duplicate"]
    assert record(*read, **first) == ["woke", "duplicate"] and world.state(job) == "parked"
    assert record(labeled("2", at + 2.0)) == ["woke", "duplicate", "woke"], "one delivery was one happening"
    world.run(job)
    bob = Actor("bob", "user", "member")
    record(labeled("labeled:bug:2", at + 20.0, loose=True))
    world.run(job)
    assert record(labeled("3", at + 20.0, bob), labeled("4", at + 30.0))[-2:] == ["woke", "queued"]


@pytest.mark.parametrize("event", ["", "pull_request:merged", "job:timeout"])
def test_what_is_said_to_one_job_by_hand_wakes_no_other_on_the_same_ref(world: World, event: str) -> None:
    other, loop, again = (world.park(on=("commented", "merged"), **more) for more in ({}, {"repeat": True}, {}))
    world.see(comments=[comment("1", world.later(5.0))])
    world.later(10.0)
    taken = [world.claim(job) for job in (loop, again)]
    assert all(taken)
    world.run(other)
    with world.db.transaction():
        act.resume_in(world.db, other, event=event, text="", force=True, now=world.later(1.0))
    world.park(on=("commented", "merged"), job=again)
    world.finish(loop)
    world.finish(again)
    new = world.park(on=("commented", "merged"), since=world.now - 60.0)
    for job in (loop, again):
        assert world.state(job) == "parked" and set(world.outcomes(job)) == {"commented"}, job
    assert set(world.outcomes(new)) <= {"commented", "opened"}
    world.legal()
