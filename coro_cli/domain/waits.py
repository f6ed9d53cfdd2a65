"""What a parked job waits for, and whether one event is it.

Three questions, in this order: is the event about this wait (ref, pattern, after the job last looked), does its author
count, and (for state events) is it still so. Every "no" has a word for the log and a sentence for `coro explain`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from coro_cli.domain import events
from coro_cli.domain.conditions import Condition, condition
from coro_cli.domain.events import TRUSTED, Actor, Event
from coro_cli.domain.snapshot import Snapshot

Search = Callable[[str, str], bool]

# Outcomes (contract, section 6). The first two take the event into a run; the others say why not.
WOKE, QUEUED = "woke", "queued"
NO_JOB, NO_MATCH, UNTRUSTED, OWN_MARKER = "no-job", "no-match", "untrusted", "own-marker"
BEFORE_WAIT, DUPLICATE, HELD = "before-wait", "duplicate", "held"

MARKER = "coro-run:"
# A delivery tells when the object was changed, the list of its changes when each came about: cut to seconds, both.
SAME = 2.0


@dataclass(frozen=True, slots=True)
class Wait:
    """One wait of one job.

    on: full patterns. who: `trusted anyone self` or a login. since: the instant the job last looked, by the host's
    clock. baseline: the newest event number at that instant; what was recorded up to then had been there to be seen.
    deadline: epoch seconds by our clock. made_at: when the wait was made, with a look at its refs, by our clock.
    """

    id: int
    job: str
    refs: tuple[str, ...]
    on: tuple[str, ...]
    all: bool = False
    only: bool = False
    at_head: bool = False
    who: str = "trusted"
    match: str = ""
    since: float = 0.0
    baseline: int = 0
    deadline: float | None = None
    satisfied: bool | None = None
    made_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Decision:
    """What one event does to one wait. wakes: it may start a run; satisfies: and it is what was waited for."""

    outcome: str
    why: str
    wakes: bool = False
    satisfies: bool = False


def marker(job: str, number: int) -> str:
    """What a run puts into its own comments so that they never wake it: invisible in Markdown."""
    return f"<!-- {MARKER}{job}.{number} -->"


def counts(wait: Wait, actor: Actor) -> bool:
    """Whether what this actor says counts for the wait (`--from`)."""
    if wait.who == "anyone":
        return True
    if wait.who == "self":
        return actor.trust == "self"
    if wait.who == "trusted":
        return actor.trust in TRUSTED
    return actor.login.lower() == wait.who.lower()


def match(wait: Wait, event: Event, number: int, snapshot: Snapshot | None, search: Search) -> Decision:
    """The verdict on one event (whose ref is one of the wait's). number: its place in the event log."""
    if event.name.startswith("job:"):
        return Decision(WOKE, "asked for by hand or by the deadline", wakes=True, satisfies=event.name in wait.on)
    if f"{MARKER}{wait.job}." in event.body:
        return Decision(OWN_MARKER, "it carries the marker of one of this job's own runs")
    pattern = pattern_for(wait, event)
    if pattern is None:
        return _without_pattern(wait, event)
    verdict = _about_state(wait, event, pattern, snapshot, search) or _about_edge(wait, event, number, search, pattern)
    if verdict.outcome == BEFORE_WAIT and snapshot is not None and _matches(wait, event, search):
        # A state counts though it came before the wait: one that `family:*` covers, or what `--match` names (a label).
        now = level_of(wait, event.name if pattern.endswith(":*") else pattern, snapshot, event.ref, search)
        return Decision(WOKE, now.why, wakes=True, satisfies=True) if now is not None and now.true else verdict
    return verdict


def pattern_for(wait: Wait, event: Event) -> str | None:
    """The pattern of the wait that this event answers to, if any."""
    for pattern in wait.on:
        if events.covers(pattern, event.name) or _also_covers(pattern, event):
            return pattern
    return None


def _also_covers(pattern: str, event: Event) -> bool:
    # A review is a review whatever its verdict, and one with a text is a comment too.
    is_review = events.short_of(event.name) in ("approved", "changes_requested", "reviewed")
    return is_review and (pattern == "pull_request:reviewed" or (pattern == "pull_request:commented" and bool(event.body.strip())))


def _without_pattern(wait: Wait, event: Event) -> Decision:
    if event.name in events.TERMINAL_EVENTS and not wait.only:
        return Decision(WOKE, "the pull request is over: nothing else will come", wakes=True)
    return Decision(NO_MATCH, f"the job waits for {', '.join(wait.on)}")


def _about_state(wait: Wait, event: Event, pattern: str, snapshot: Snapshot | None, search: Search) -> Decision | None:
    """State events are judged by what holds now, not by when they came about; None: judge it as an edge."""
    short = events.short_of(pattern)
    if short not in events.STATE_EVENTS or snapshot is None:
        return None
    if short in events.SPOKEN_EVENTS and not counts(wait, event.actor):
        return _untrusted(wait, event)
    now = level_of(wait, pattern, snapshot, event.ref, search)
    if now is not None and now.true:
        return Decision(WOKE, now.why, wakes=True, satisfies=True)
    return Decision(NO_MATCH, now.why if now else "it is not so now")


def _about_edge(wait: Wait, event: Event, number: int, search: Search, pattern: str) -> Decision:
    # Hosts cut their times to the second. What was known at the last look is compared exactly; what came to light later
    # gets the benefit of its second. Not so our own words that the park has found: a script that comments and then parks
    # does not wake itself. (An event that is just being recorded has no time of detection yet.)
    found_at_park = 0 < event.detected_at <= wait.made_at
    exact = number <= wait.baseline or (event.actor.trust == "self" and found_at_park)
    threshold = wait.since if exact else math.floor(wait.since)
    if event.occurred_at < threshold and not _is_state_told_since(wait, event, number, pattern):
        return Decision(BEFORE_WAIT, "it happened before the job last looked")
    if events.short_of(event.name) in events.SPOKEN_EVENTS and not _heard(wait, event):
        return _untrusted(wait, event)
    if not _matches(wait, event, search):
        return Decision(NO_MATCH, f"`{wait.match}` is not found in it")
    return Decision(WOKE, "it is what the job waits for", wakes=True, satisfies=True)


def _is_state_told_since(wait: Wait, event: Event, number: int, pattern: str) -> bool:
    """A state that nobody could read, and that came to light after the wait began: it holds, however long ago it came about."""
    short = events.short_of(event.name)
    return number > wait.baseline and short in events.STATE_EVENTS and events.short_of(pattern) in (short, "*")


def _heard(wait: Wait, event: Event) -> bool:
    is_comment = events.short_of(event.name) in ("commented", "comment_edited")
    return counts(wait, event.actor) or (wait.who == "trusted" and is_comment and event.actor.trust == "author")


def _untrusted(wait: Wait, event: Event) -> Decision:
    return Decision(UNTRUSTED, f"{event.actor.login or 'its author'} ({event.actor.trust}) does not count with --from {wait.who}")


# What `--match` is held against; an event that is not here has no words of its own and is not asked.
_SUBJECT = {
    "labeled": "label", "unlabeled": "label", "assigned": "assignee", "unassigned": "assignee", "transitioned": "to",
    "epic_linked": "epic", "epic_unlinked": "epic", "review_requested": "reviewer", "linked": "to",
}  # fmt: skip


def _matches(wait: Wait, event: Event, search: Search) -> bool:
    if not wait.match:
        return True
    short = events.short_of(event.name)
    if short in _SUBJECT:
        return search(wait.match, str(event.data.get(_SUBJECT[short], ""))) or _is_called(wait, event.data.get("known_as"), search)
    if short in events.SPOKEN_EVENTS or short == "review_dismissed":
        return search(wait.match, event.body)
    return True


def _is_called(wait: Wait, also: Any, search: Search) -> bool:
    """By another name, or by the id as it stands: in a long id a pattern of few letters is easily found."""
    if not isinstance(also, dict):
        return False
    return also.get("id") == wait.match or any(search(wait.match, str(name)) for name in also.get("names", ()))


def is_same(told: Event, read: Event) -> bool:
    """Whether two events of one ref and name, under two keys, are one happening: what a delivery told, and what was then read."""
    word = _SUBJECT.get(events.short_of(read.name), "")
    by_one = told.actor.login == read.actor.login or "ghost" in (told.actor.kind, read.actor.kind)
    return by_one and told.data.get(word) == read.data.get(word) and abs(told.occurred_at - read.occurred_at) <= SAME


def level_of(wait: Wait, pattern: str, snapshot: Snapshot, ref: str, search: Search) -> Condition | None:
    """The level of one of the wait's patterns on one snapshot; None where it is an edge for this wait."""
    short = events.short_of(pattern)
    if events.family_of(pattern) != snapshot.family:
        return None
    if short not in events.STATE_EVENTS and not (short in events.NAMED_STATE_EVENTS and wait.match):
        return None

    def named(text: str) -> bool:
        return not wait.match or search(wait.match, text)

    def called(also: Any) -> bool:
        return _is_called(wait, also, search)

    return condition(
        pattern, snapshot, ref, counts=lambda actor: counts(wait, actor), named=named, at_head=wait.at_head, called=called
    )


def proofs(wait: Wait, snapshot: Snapshot, ref: str, search: Search) -> list[Event]:
    """The events that prove what already holds: the wait's own state patterns, and the end of a pull request."""
    patterns = [p for pattern in wait.on for p in _single(pattern)]
    if not wait.only:
        patterns += [p for p in sorted(events.TERMINAL_EVENTS) if p not in patterns]
    found = [level_of(wait, pattern, snapshot, ref, search) for pattern in patterns]
    return [now.proof for now in found if now is not None and now.true and now.proof is not None]


def _single(pattern: str) -> list[str]:
    family, _, short = pattern.partition(":")
    if short != "*":
        return [pattern]
    return [f"{family}:{s}" for s in events.FAMILIES[family] if s in events.STATE_EVENTS]
