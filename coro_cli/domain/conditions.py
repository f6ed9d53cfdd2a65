"""Is it true now? The state events, read off one snapshot, each with the event that proves it.

The proof carries the same key as the edge that made it so: a job that was already woken by that edge is not woken
again by finding it still true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from coro_cli.domain import diff
from coro_cli.domain.events import Actor, Event
from coro_cli.domain.snapshot import CLOSED, MERGED, Review, Snapshot

Counts = Callable[[Actor], bool]
Names = Callable[[str], bool]
Called = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Condition:
    """Whether a state holds, the event that proves it, and a sentence for `coro explain`."""

    true: bool
    why: str
    proof: Event | None = None


def latest_reviews(reviews: tuple[Review, ...], counts: Counts) -> dict[str, Review]:
    """The latest opinionated review of each reviewer who counts, by login.

    A dismissed review ends its author's say altogether: GitHub drops all earlier ones of that author from the decision.
    """
    latest: dict[str, Review] = {}
    for review in sorted(reviews, key=lambda r: r.at):
        if review.state != "commented" and counts(review.actor):
            latest[review.actor.login.lower()] = review
    return {login: review for login, review in latest.items() if review.state != "dismissed"}


def condition(
    name: str, snapshot: Snapshot, ref: str, *, counts: Counts, named: Names, at_head: bool, called: Called = lambda also: False
) -> Condition | None:
    """The level of one full event name on one snapshot, or None where the name is a mere edge.

    counts: does this actor's review count (`--from`)? named: does `--match` name this label, person, status, epic?
    called: does it name a person by another name, or by id (`Snapshot.known_as`)?
    """
    short = name.partition(":")[2]
    if short == "approved":
        return _approved(snapshot, ref, counts, named, at_head)
    if short == "changes_requested":
        return _changes_requested(snapshot, ref, counts, named)
    if short in ("merged", "closed"):
        return _ended(short, snapshot, ref)
    if short in ("checks_passed", "checks_failed"):
        return _checks(short.removeprefix("checks_"), snapshot, ref)
    if short == "conflicted":
        return _level(snapshot.conflicted, diff.conflicted(snapshot, ref), "it conflicts with its base", "it merges cleanly")
    return _named(short, snapshot, ref, named, called)


def _level(true: bool, proof: Event | None, yes: str, no: str) -> Condition:
    return Condition(true, yes if true else no, proof if true else None)


def _approved(snapshot: Snapshot, ref: str, counts: Counts, named: Names, at_head: bool) -> Condition:
    stands = latest_reviews(snapshot.reviews, counts)
    against = [r.actor.login for r in stands.values() if r.state == "changes_requested"]
    if against:
        return Condition(False, f"a review by {', '.join(sorted(against))} still asks for changes")
    approvals = [r for r in stands.values() if r.state == "approved"]
    fresh = [r for r in approvals if not at_head or (r.commit and snapshot.head.startswith(r.commit))]
    if approvals and not fresh:
        return Condition(False, "the approvals were given on an earlier commit, not on the head")
    worded = [r for r in fresh if named(r.body)]
    if not worded:
        return Condition(False, "the text of the approvals does not match" if fresh else _no_approval(snapshot, counts))
    last = max(worded, key=lambda r: r.at)
    return Condition(True, f"{last.actor.login} approved it", diff.reviewed(snapshot, ref, last))


def _no_approval(snapshot: Snapshot, counts: Counts) -> str:
    refused = {r.actor.login for r in snapshot.reviews if r.state == "approved" and not counts(r.actor)}
    return f"the approval by {', '.join(sorted(refused))} does not count" if refused else "nobody who counts has approved it"


def _changes_requested(snapshot: Snapshot, ref: str, counts: Counts, named: Names) -> Condition:
    against = [r for r in latest_reviews(snapshot.reviews, counts).values() if r.state == "changes_requested" and named(r.body)]
    if not against:
        return Condition(False, "no standing review asks for changes")
    last = max(against, key=lambda r: r.at)
    return Condition(True, f"{last.actor.login} asks for changes", diff.reviewed(snapshot, ref, last))


def _ended(short: str, snapshot: Snapshot, ref: str) -> Condition:
    wanted = MERGED if short == "merged" else CLOSED
    return _level(snapshot.state == wanted, diff.ended(snapshot, ref), f"it is {wanted}", f"it is {snapshot.state}")


def _checks(wanted: str, snapshot: Snapshot, ref: str) -> Condition:
    checks = snapshot.checks
    if checks is None:
        return Condition(False, "its checks were not looked at yet")
    if checks.sha and snapshot.head and not snapshot.head.startswith(checks.sha) and not checks.sha.startswith(snapshot.head):
        return Condition(False, "the checks belong to an earlier commit")
    words = {
        "none": "there is no check on the head commit",
        "pending": "the checks are still running",
        "passed": "the checks passed",
        "failed": f"failing: {', '.join(checks.failing[:5])}",
    }
    true = checks.state == wanted
    return Condition(true, words.get(checks.state, checks.state), diff.checked(snapshot, ref) if true else None)


def _named(short: str, snapshot: Snapshot, ref: str, named: Names, called: Called) -> Condition | None:
    values = {
        "labeled": snapshot.labels,
        "assigned": snapshot.assignees,
        "transitioned": (snapshot.status,) if snapshot.status else (),
        "epic_linked": tuple(epic for epic in (snapshot.epic, *snapshot.groups) if epic),
    }.get(short)
    if values is None:
        return None
    for value in values:
        if named(value) or (short == "assigned" and called(snapshot.known_as.get(value))):
            return Condition(True, f"{short}: {value}", diff.carrying(snapshot, ref, short, value))
    return Condition(False, f"now: {', '.join(values) or 'none'}")


def proofs(levels: Iterator[Condition | None]) -> Iterator[Event]:
    """The proving events of the levels that hold."""
    return (found.proof for found in levels if found and found.true and found.proof)
