"""What the end of a run makes of its job: every combination has exactly one answer."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from coro_cli.domain import states
from coro_cli.domain.states import Next, RunEnd


def end(exit_code: int | None = 0, **facts: Any) -> RunEnd:
    plain: dict[str, Any] = {"attempt": 1, "retries": 0, "repeat": False, "reparked": False, "message_only": False, "terminal": False}
    return RunEnd(exit_code, **plain | facts)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (end(), Next("completed")),
        (end(message_only=True), Next("parked", wait="same")),
        (end(repeat=True), Next("parked", wait="same")),
        (end(repeat=True, terminal=True), Next("completed")),
        (end(repeat=True, terminal=True, message_only=True), Next("parked", wait="same")),
        (end(reparked=True), Next("parked", wait="new")),
        (end(reparked=True, repeat=True, terminal=True), Next("parked", wait="new")),
        (end(75), Next("parked", wait="same")),
        (end(75, terminal=True), Next("parked", wait="same")),
        (end(75, reparked=True), Next("parked", wait="new")),
        (end(1), Next("failed")),
        (end(1, repeat=True), Next("failed")),
        (end(1, reparked=True), Next("failed")),
        (end(1, retries=2), Next("queued", again=True)),
        (end(1, retries=2, attempt=2), Next("queued", again=True)),
        (end(1, retries=2, attempt=3), Next("failed")),
        (end(143), Next("failed")),
        (end(None), Next("interrupted")),
        (end(None, retries=5), Next("interrupted")),
        (end(None, on_interrupt="rerun", attempt=9), Next("queued", again=True)),
    ],
)
def test_each_ending_leads_where_the_contract_says(given: RunEnd, expected: Next) -> None:
    assert states.after(given) == expected


def test_every_ending_leads_to_a_state_that_exists() -> None:
    for code, flags in itertools.product((None, 0, 1, 75, 126, 137), itertools.product((False, True), repeat=4)):
        repeat, reparked, message_only, terminal = flags
        for attempt, retries, policy in itertools.product((1, 2), (0, 1), ("hold", "rerun")):
            after = states.after(RunEnd(code, attempt, retries, repeat, reparked, message_only, terminal, policy))
            assert after.state in states.ALL and after.state != states.RUNNING
            assert (after.wait == "none") == (after.state != states.PARKED)
            assert after.again == (after.state == states.QUEUED)


def test_the_back_off_doubles_is_capped_and_shrinks_by_half_at_most() -> None:
    assert [states.backoff(n, 0.0) for n in (1, 2, 3)] == [5.0, 10.0, 20.0]
    assert states.backoff(1000, 0.0) == 600.0
    assert all(states.backoff(n, 0.0) / 2 < states.backoff(n, 0.999) < states.backoff(n, 0.0) for n in range(1, 20))


def test_a_run_that_vanished_is_done_again_at_once_but_not_for_ever_at_once() -> None:
    pauses = [states.pause_before(end(None, on_interrupt="rerun", attempt=n), 0.0) for n in (1, 2, 3)]
    assert pauses == [0.0, 5.0, 10.0]
    assert states.pause_before(end(1, retries=3), 0.0) == 5.0
