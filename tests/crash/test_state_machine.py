"""Any order of parks, events, messages, hands, runs, crashes and restarts: a model says what must not happen.

Three promises hold after every step: no illegal state; one (job, event) starts at most one batch (another attempt of the same
batch is no other start); every event that came while a job waited for it is consumed, pending, or explained.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from coro_cli.domain.snapshot import CLOSED, MERGED
from coro_cli.errors import Conflict
from coro_cli.jobs import act
from coro_cli.running import dispatch
from coro_cli.store import claims, finish
from coro_cli.store.database import Database
from tests.core import ALICE, STRANGER, World, comment, review

# What a batch may have been left by for another run to get the same one again.
UNSETTLED = {"failed", "interrupted", "abandoned", "cancelled"}
REFS = ("github:acme/api#1", "github:acme/api#2")
picks = st.integers(min_value=0, max_value=50)


class Jobs(RuleBasedStateMachine):
    """Jobs on two pull requests, two runners, one clock."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self.folder.name))
        self.other = Database(self.world.path)
        self.jobs: list[str] = []
        act.time = dispatch.time = SimpleNamespace(time=lambda: self.world.now)  # type: ignore[assignment]
        self.number = 0
        for ref in REFS:
            self.world.see(ref)

    def teardown(self) -> None:
        act.time = dispatch.time = time
        if hasattr(self, "other"):
            self.other.close()
            self.world.db.close()
            self.folder.cleanup()

    # ── what people and hosts do

    @rule(
        ref=st.sampled_from(REFS), on=st.sampled_from(["approved", "commented", "merged", ["approved", "commented"]]), both=st.booleans(),
        repeat=st.booleans(), retries=st.integers(0, 2), interrupt=st.sampled_from(["hold", "rerun"]), all_=st.booleans(),
    )  # fmt: skip
    def park(self, ref: str, on: Any, both: bool, repeat: bool, retries: int, interrupt: str, all_: bool) -> None:
        refs = REFS if both else (ref,)
        job = self.world.park(*refs, on=on, repeat=repeat, retries=retries, on_interrupt=interrupt, all=all_)
        self.jobs.append(job)

    @rule(ref=st.sampled_from(REFS), by=st.sampled_from([ALICE, STRANGER]))
    def comments(self, ref: str, by: Any) -> None:
        self.number += 1
        known = self.world.shown[ref].comments if ref in self.world.shown else ()
        self.world.later(1)
        self.world.see(ref, comments=(*known, comment(str(self.number), self.world.now, by=by)))

    @rule(ref=st.sampled_from(REFS), state=st.sampled_from(["approved", "changes_requested", "dismissed"]))
    def reviews(self, ref: str, state: str) -> None:
        self.number += 1
        known = self.world.shown[ref].reviews if ref in self.world.shown else ()
        self.world.later(1)
        self.world.see(ref, reviews=(*known, review(str(self.number), self.world.now, state)))

    @rule(ref=st.sampled_from(REFS), state=st.sampled_from([MERGED, CLOSED, "open"]))
    def ends_or_reopens(self, ref: str, state: str) -> None:
        if ref in self.world.shown and self.world.shown[ref].state == MERGED:
            return
        self.world.later(1)
        at = self.world.now
        self.world.see(ref, state=state, merged_at=at if state == MERGED else None, closed_at=at if state != "open" else None)

    @rule(ref=st.sampled_from(REFS))
    def the_same_answer_comes_again_by_another_door(self, ref: str) -> None:
        self.world.see(ref)

    @rule(ref=st.sampled_from(REFS), only=st.booleans(), back=st.sampled_from([None, 100.0]))
    def park_without_a_command(self, ref: str, only: bool, back: float | None) -> None:
        options: dict[str, Any] = {"only": only, "since": None if back is None else self.world.now - back}
        self.jobs.append(self.world.park(ref, on=["approved", "commented"], command=(), deadline=self.world.now + 50, **options))

    @precondition(lambda self: self.jobs)
    @rule(pick=picks, on=st.sampled_from(["merged", ["approved", "commented"]]), all_=st.booleans(), after=st.sampled_from([5.0, 4e3]))
    def somebody_parks_it_again(self, pick: int, on: Any, all_: bool, after: float) -> None:
        with suppress(Conflict):
            self.world.park(REFS[1], on=on, job=self.pick(pick), all=all_, deadline=self.world.now + after)

    @precondition(lambda self: self.jobs)
    @rule(pick=picks, resume=st.booleans())
    def message(self, pick: int, resume: bool) -> None:
        with suppress(Conflict):
            act.message(self.world.db, self.pick(pick), "hello", resume=resume)

    @precondition(lambda self: self.jobs)
    @rule(pick=picks, event=st.sampled_from(["", "pull_request:approved"]), text=st.sampled_from(["", "go"]), force=st.booleans())
    def resume(self, pick: int, event: str, text: str, force: bool) -> None:
        self.world.later(0.01)
        with suppress(Conflict):
            act.resume(self.world.db, self.pick(pick), event=event, text=text, force=force)

    @precondition(lambda self: self.jobs)
    @rule(pick=picks)
    def cancel(self, pick: int) -> None:
        job = self.pick(pick)
        if self.world.state(job) in ("parked", "queued", "running"):
            with self.world.db.transaction():
                finish.cancel(self.world.db, job, "", now=self.world.now)

    @precondition(lambda self: self.jobs)
    @rule(pick=picks)
    def retry(self, pick: int) -> None:
        job = self.pick(pick)
        if self.world.state(job) in ("failed", "interrupted"):
            with self.world.db.transaction():
                finish.queue_again(self.world.db, job, now=self.world.now)

    # ── what runners do

    @precondition(lambda self: self.jobs)
    @rule(pick=picks, seconds=st.sampled_from([0.0, 2.0, 11.0, 700.0]))
    def a_runner_claims(self, pick: int, seconds: float) -> None:
        self.world.later(seconds)
        self.world.claim(self.pick(pick))

    @precondition(lambda self: self.jobs)
    @rule(pick=picks)
    def two_runners_claim(self, pick: int) -> None:
        job = self.pick(pick)
        with self.other.transaction():
            first = claims.claim(self.other, job, now=self.world.now)
        with self.world.db.transaction():
            second = claims.claim(self.world.db, job, now=self.world.now)
        assert first is None or second is None

    @precondition(lambda self: self.jobs)
    @rule(pick=picks, code=st.sampled_from([0, 0, 1, 75, None]))
    def a_run_ends(self, pick: int, code: int | None) -> None:
        job = self.pick(pick)
        live = self.world.db.one("run_live_of_job", job=job)
        if live is not None and live["state"] == "running":
            self.world.later(1)
            self.world.finish(job, code, number=live["number"])
            assert self.world.finish(job, code, number=live["number"]) is None, "an end is recorded once"

    @precondition(lambda self: self.jobs)
    @rule(pick=picks)
    def a_claimer_dies_before_the_command_began(self, pick: int) -> None:
        job = self.pick(pick)
        live = self.world.db.one("run_live_of_job", job=job)
        if live is not None and live["state"] == "starting":
            with self.world.db.transaction():
                claims.give_back(self.world.db, job, live["number"], now=self.world.now)

    @precondition(lambda self: self.jobs)
    @rule(pick=picks, on=st.sampled_from(["approved", "commented", "merged"]))
    def a_running_job_parks_itself_again(self, pick: int, on: str) -> None:
        job = self.pick(pick)
        if self.world.state(job) == "running":
            self.world.park(REFS[0], on=on, job=job)

    @rule()
    def deadlines_pass(self) -> None:
        dispatch.expire(self.world.db)

    @rule(seconds=st.sampled_from([-3600.0, 5.0, 3600.0]))
    def the_clock_jumps(self, seconds: float) -> None:
        self.world.later(seconds)

    @rule()
    def everything_restarts(self) -> None:
        self.world.db.close()
        self.other.close()
        self.world.db, self.other = Database(self.world.path), Database(self.world.path)
        dispatch.expire(self.world.db)

    # ── what must hold

    @invariant()
    def no_state_is_illegal(self) -> None:
        if hasattr(self, "world"):
            self.world.legal()

    @invariant()
    def no_event_starts_two_batches(self) -> None:
        if not hasattr(self, "world"):
            return
        for job in self.jobs:
            states = {r["number"]: r["state"] for r in self.world.db.all("runs_of_job", job=job)}
            taken: dict[int, list[int]] = {}
            for number in states:
                for event in self.world.db.all("run_events_of", job=job, run=number):
                    taken.setdefault(event["number"], []).append(number)
            for event_number, numbers in taken.items():
                again = [n for before, n in pairwise(numbers) if states[before] not in UNSETTLED]
                assert not again, f"event {event_number} started runs {numbers} of {job}: {states}"

    @invariant()
    def no_run_is_about_nothing(self) -> None:
        if not hasattr(self, "world"):
            return
        for job in self.jobs:
            for run in self.world.db.all("runs_of_job", job=job):
                told = self.world.db.all("run_events_of", job=job, run=run["number"])
                said = self.world.db.all("run_messages_of", job=job, run=run["number"])
                assert told or said, f"run {run['number']} of {job} was started by nothing"

    @invariant()
    def what_is_done_to_one_job_starts_no_other(self) -> None:
        if not hasattr(self, "world"):
            return
        for job in self.jobs:
            for run in self.world.db.all("runs_of_job", job=job):
                taken = self.world.db.all("run_events_of", job=job, run=run["number"])
                strange = [e["key"] for e in taken if e["source"] in ("manual", "runner") and not e["key"].startswith(f"{job}:")]
                assert not strange, f"{strange} in run {run['number']} of {job}"

    @invariant()
    def what_waits_for_a_run_has_one_to_come(self) -> None:
        if not hasattr(self, "world"):
            return
        for job in self.jobs:
            pending = [row["name"] for row in self.world.db.all("verdicts_pending", job=job)]
            over = self.world.state(job) in ("completed", "cancelled")
            assert not over or set(pending) <= {"job:message"}, f"{job} is over, and {pending} wait for its run"

    @invariant()
    def every_event_on_a_watched_ref_has_its_verdict(self) -> None:
        if not hasattr(self, "world"):
            return
        for ref in REFS:
            waiting = self.world.db.all("waits_on_ref", ref=ref)
            for wait in waiting:
                after = self.world.db.all("events_on_ref_after", ref=ref, baseline=wait["baseline"], since=wait["since"] + 10**9)
                for event in after:
                    verdict = self.world.db.one("verdict_get", job=wait["job"], event=event["number"])
                    assert verdict is not None, f"{event['name']} came while {wait['job']} waited, and nothing says what it did"

    def pick(self, pick: int) -> str:
        return self.jobs[pick % len(self.jobs)]


Jobs.TestCase.settings = settings(
    max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
TestJobs = Jobs.TestCase
