"""Whether one event is what one wait waits for: who counts, whose marker it is, what matches, what ends it all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from core import ALICE, ME, REF, STRANGER, change, comment, review, snapshot

from coro_cli.domain import diff, waits
from coro_cli.domain.events import Actor, Event
from coro_cli.domain.snapshot import Checks, Snapshot
from coro_cli.domain.waits import Wait
from coro_cli.system.regex import search

SINCE = 1000.5
AUTHOR = Actor("dev", "user", "author")


def wait(*on: str, **facts: Any) -> Wait:
    full = tuple(n if ":" in n else f"pull_request:{n}" for n in on)
    return Wait(**{"id": 1, "job": "aaaaaa", "refs": (REF,), "on": full, "since": SINCE, "baseline": 10} | facts)


def said(body: str = "hello", *, by: Actor = ALICE, at: float = 1001.0) -> Event:
    return diff.commented(snapshot(), REF, comment("1", at, by=by, body=body))


def outcome(asked: Wait, event: Event, shown: Snapshot | None = None, *, number: int = 11) -> tuple[str, bool]:
    found = waits.match(asked, event, number, shown, search)
    assert found.wakes == (found.outcome in ("woke", "queued")) and found.why
    return found.outcome, found.satisfies


def test_a_state_that_nobody_could_read_counts_when_it_comes_to_light_after_the_park() -> None:
    old = diff.reviewed(snapshot(), REF, review("1", 1.0))
    assert outcome(wait("approved"), old) == outcome(wait("pull_request:*"), old) == ("woke", True)
    assert outcome(wait("approved"), old, number=10) == ("before-wait", False), "it was known at the park"
    assert outcome(wait("reviewed"), old) == ("before-wait", False), "that somebody reviews is an edge"


@pytest.mark.parametrize("trust", ["owner", "member", "collaborator", "self", "author"])
def test_by_default_comments_of_those_with_a_say_and_of_the_author_count(trust: str) -> None:
    assert outcome(wait("commented"), said(by=Actor("x", "user", trust))) == ("woke", True)


@pytest.mark.parametrize("trust", ["contributor", "none", "", "OWNER"])
def test_by_default_nobody_else_counts(trust: str) -> None:
    assert outcome(wait("commented"), said(by=Actor("x", "user", trust))) == ("untrusted", False)


@pytest.mark.parametrize(
    ("who", "actor", "counts"),
    [
        ("anyone", STRANGER, True), ("self", ME, True), ("self", ALICE, False), ("self", Actor("me", "user", "member"), False),
        ("alice", ALICE, True), ("ALICE", ALICE, True), ("alice", Actor("Alice", "user", "none"), True), ("bob", ALICE, False),
        ("trusted", AUTHOR, True), ("dev", AUTHOR, True), ("self", AUTHOR, False),
    ],
)  # fmt: skip
def test_from_says_whose_comments_count(who: str, actor: Actor, counts: bool) -> None:
    assert outcome(wait("commented", who=who), said(by=actor)) == (("woke", True) if counts else ("untrusted", False))


def test_the_authors_own_review_does_not_count_though_a_comment_does() -> None:
    event = diff.reviewed(snapshot(), REF, review("1", 1001.0, "commented", by=AUTHOR, body="mine"))
    assert outcome(wait("reviewed"), event) == ("untrusted", False)


def test_an_approval_of_a_stranger_neither_satisfies_nor_blocks() -> None:
    shown = snapshot(reviews=(review("1", 1001.0, by=STRANGER), review("2", 1002.0, by=ALICE)))
    approvals = [diff.reviewed(shown, REF, r) for r in shown.reviews]
    assert [outcome(wait("approved"), event, shown) for event in approvals] == [("untrusted", False), ("woke", True)]
    against = snapshot(reviews=(review("1", 1001.0, "changes_requested", by=STRANGER), review("2", 1002.0, by=ALICE)))
    assert outcome(wait("approved"), diff.reviewed(against, REF, against.reviews[1]), against) == ("woke", True)


def test_an_approval_counts_only_while_nobody_who_counts_asks_for_changes() -> None:
    bob = Actor("bob", "user", "owner")
    shown = snapshot(reviews=(review("1", 1001.0, by=ALICE), review("2", 1002.0, "changes_requested", by=bob)))
    assert outcome(wait("approved"), diff.reviewed(shown, REF, shown.reviews[0]), shown) == ("no-match", False)
    taken_back = snapshot(reviews=(*shown.reviews, review("3", 1003.0, by=bob)))
    assert outcome(wait("approved"), diff.reviewed(taken_back, REF, taken_back.reviews[0]), taken_back) == ("woke", True)


def test_at_head_wants_the_approval_on_the_head_commit() -> None:
    shown = snapshot(head="new", reviews=(review("1", 1001.0, commit="old"),))
    event = diff.reviewed(shown, REF, shown.reviews[0])
    assert outcome(wait("approved", at_head=True), event, shown) == ("no-match", False)
    assert outcome(wait("approved"), event, shown) == ("woke", True)


def test_a_state_that_came_before_the_wait_counts_and_one_that_has_lapsed_does_not() -> None:
    old = snapshot(reviews=(review("1", 1.0),))
    assert outcome(wait("approved"), diff.reviewed(old, REF, old.reviews[0]), old, number=1) == ("woke", True)
    lapsed = snapshot(reviews=(review("1", 1.0, "dismissed"),))
    assert outcome(wait("approved"), diff.reviewed(old, REF, old.reviews[0]), lapsed) == ("no-match", False)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"done {waits.marker('aaaaaa', 3)}", "own-marker"), (f"done {waits.marker('bbbbbb', 3)}", "woke"),
        ("coro-run:aaaaaa.1", "own-marker"), ("coro-run:aaaaaab", "woke"),
    ],
)  # fmt: skip
def test_a_comment_with_the_jobs_own_marker_never_wakes_it(body: str, expected: str) -> None:
    assert outcome(wait("commented", who="anyone"), said(body))[0] == expected


@pytest.mark.parametrize(
    ("pattern", "event", "matches"),
    [
        ("ship", said("please ship it"), True), ("^ship$", said("please ship it"), False), ("^/go", said("well\n/go on"), True),
        ("ready", diff.changed(snapshot(), REF, change("l1", "labeled", 1001.0, label="ready")), True),
        ("^ready$", diff.changed(snapshot(), REF, change("l1", "labeled", 1001.0, label="not ready")), False),
        ("ready", diff.changed(snapshot(), REF, change("p1", "synchronized", 1001.0, sha="abc")), True),
    ],
)  # fmt: skip
def test_match_is_held_against_the_words_or_the_label_and_not_against_what_has_none(pattern: str, event: Event, matches: bool) -> None:
    asked = wait("commented", "labeled", "synchronized", match=pattern)
    assert outcome(asked, event) == (("woke", True) if matches else ("no-match", False))


@pytest.mark.parametrize("state", ["merged", "closed"])
def test_the_end_of_a_pull_request_wakes_unsatisfied_unless_only(state: str) -> None:
    shown = snapshot(state=state, merged_at=1001.0, closed_at=1001.0)
    event = diff.ended(shown, REF)
    assert event is not None
    assert outcome(wait("approved"), event, shown) == ("woke", False)
    assert outcome(wait("approved", only=True), event, shown) == ("no-match", False)
    assert outcome(wait(state, only=True), event, shown) == ("woke", True)
    assert outcome(wait(state), event, shown) == ("woke", True)


def test_the_end_of_an_issue_wakes_only_those_who_asked_for_it() -> None:
    shown = snapshot(family="issue", state="closed", closed_at=1001.0)
    event = diff.ended(shown, REF)
    assert event is not None
    assert outcome(wait("issue:commented"), event, shown) == ("no-match", False)
    assert outcome(wait("issue:*"), event, shown) == ("woke", True)


@pytest.mark.parametrize(
    ("at", "number", "expected"),
    [
        (1000.5, 5, "woke"), (1000.0, 5, "before-wait"),  # it was known, to the fraction
        (1000.0, 11, "woke"), (999.9, 11, "before-wait"),  # it came to light later: its second counts whole
        (1001.0, 5, "woke"), (0.0, 11, "before-wait"),
    ],
)  # fmt: skip
def test_an_edge_counts_from_the_last_look_and_has_the_benefit_of_its_second(at: float, number: int, expected: str) -> None:
    assert outcome(wait("commented"), said(at=at), number=number)[0] == expected


def test_our_own_words_of_the_very_second_that_the_park_found_were_said_before() -> None:
    asked = replace(wait("commented"), made_at=5001.0)
    assert outcome(asked, replace(said(at=1000.0, by=ME), detected_at=5001.0))[0] == "before-wait"
    assert outcome(asked, replace(said(at=1001.0, by=ME), detected_at=5001.0))[0] == "woke"


def test_our_own_words_of_the_very_second_that_came_to_light_after_the_park_count() -> None:
    asked = replace(wait("commented"), made_at=5001.0)
    for detected in (0.0, 5001.5):  # just being recorded, or recorded later
        assert outcome(asked, replace(said(at=1000.0, by=ME), detected_at=detected))[0] == "woke"


def test_a_review_with_words_is_a_comment_too_and_any_review_is_a_review() -> None:
    worded = diff.reviewed(snapshot(), REF, review("1", 1001.0, body="looks fine"))
    silent = diff.reviewed(snapshot(), REF, review("1", 1001.0))
    assert [outcome(wait("commented"), e)[0] for e in (worded, silent)] == ["woke", "no-match"]
    assert [outcome(wait("reviewed"), e)[0] for e in (worded, silent)] == ["woke", "woke"]


def test_what_is_asked_for_by_hand_always_wakes_but_satisfies_only_who_waits_for_it() -> None:
    event = Event(key="k", name="job:timeout", ref=REF, actor=Actor("coro", "bot", "self"), occurred_at=1.0)
    assert outcome(wait("approved"), event) == ("woke", False)
    assert outcome(wait("approved", "job:timeout"), event) == ("woke", True)


def test_checks_are_judged_by_the_head_commit_and_none_is_not_green() -> None:
    green = Checks("c0ffee", "passed", 1001.0, (), 2)
    done = diff.checked(snapshot(checks=green), REF)
    assert done is not None
    assert outcome(wait("checks_passed"), done, snapshot(checks=green)) == ("woke", True)
    for shown in (snapshot(checks=Checks("c0ffee", "none")), snapshot(checks=green, head="other"), snapshot(checks=None)):
        assert outcome(wait("checks_passed"), done, shown) == ("no-match", False)


def test_a_pattern_that_backtracks_without_end_finds_nothing_within_its_second() -> None:
    assert outcome(wait("commented", match=r"(a+)+$"), said("a" * 60 + "!"))[0] == "no-match"
