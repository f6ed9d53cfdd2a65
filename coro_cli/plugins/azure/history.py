"""A pull request's threads at Azure DevOps: besides the conversation a log of votes, pushes and ends, with ids that stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coro_cli.domain.snapshot import Change, Review
from coro_cli.plugins.azure.people import People, key, prop
from coro_cli.plugins.pushes import Branch, Push
from coro_cli.plugins.reading import moment
from coro_cli.plugins.standing import Standing
from coro_cli.plugins.wire import items, maybe, text

Json = dict[str, Any]


def kind(thread: Json) -> str:
    """`VoteUpdate`, `RefUpdate`, `StatusUpdate` …; "" for a conversation."""
    return prop(thread, "CodeReviewThreadType")


def log(threads: Sequence[Json], wanted: str) -> list[tuple[float, Json]]:
    """The threads of one kind with their time, oldest first."""
    found = [(at, t) for t in threads if kind(t) == wanted and (at := moment(t.get("publishedDate"))) is not None]
    return sorted(found, key=lambda each: (each[0], each[1].get("id") or 0))


def verdict(vote: int) -> str:
    """10 approved, 5 approved with suggestions, -5 waits for the author, -10 rejected, 0 nothing."""
    return "approved" if vote > 0 else "changes_requested" if vote < 0 else ""


def branch(threads: Sequence[Json], head: str, people: People) -> Branch:
    """Where the head stood. Nobody tells where it began, unless it never moved."""
    moves = log(threads, "RefUpdate")
    found = [
        Push(sha, at, people.actor(people.named(t, "CodeReviewRefUpdatedBy")))
        for at, t in moves
        if (sha := prop(t, "CodeReviewRefNewHeadCommit"))
    ]
    return Branch("" if found else head, found)


def reopenings(threads: Sequence[Json], people: People) -> list[Change]:
    """An abandoned pull request can be reactivated."""
    found = [(at, t) for at, t in log(threads, "StatusUpdate") if prop(t, "CodeReviewStatus").lower() == "active"]
    return [Change(f"thread:{t.get('id')}", "reopened", people.actor(people.named(t, "CodeReviewStatusUpdatedBy")), at) for at, t in found]


def votes(found: Any) -> dict[str, tuple[int, Json]]:
    """The votes that stand, by person. A group's vote only repeats that of the member who voted for it (`votedFor`)."""
    people = [r for r in items(maybe(found, "reviewers")) if r.get("isContainer") is not True]
    return {key(r): (vote if isinstance(vote := r.get("vote"), int) else 0, r) for r in people}


def reviews(threads: Sequence[Json], found: Any, heads: Branch, updated: float, people: People) -> list[Review]:
    """All votes, each with its thread's id; those that do not stand any more are dismissed.

    Resets by a policy are not written as votes: what the reviewers' list says holds.
    """
    standing, holds = Standing(), votes(found)
    for at, thread in log(threads, "VoteUpdate"):
        voter, text_of = people.named(thread, "CodeReviewVotedBy"), prop(thread, "CodeReviewVoteResult")
        voter = voter if key(voter) else next((c.get("author") for c in items(thread.get("comments"))), None)
        state = verdict(int(text_of)) if text_of.lstrip("-").isdecimal() else ""
        if state:
            standing.give(key(voter), Review(f"vote:{thread.get('id')}", people.actor(voter), state, at, heads.head_at(at)))
        else:
            standing.take_back(key(voter), at)
    head = text(found, "lastMergeSourceCommit", "commitId")
    for person in sorted({*standing.said, *holds}):
        vote, reviewer = holds.get(person, (0, {}))
        state = verdict(vote)
        now = Review(f"vote:{person}:{vote}:{head}", people.actor(reviewer), state, updated) if state else None
        standing.settle(person, now, updated)
    return standing.all()
