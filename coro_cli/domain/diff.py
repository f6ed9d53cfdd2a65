"""Two looks at one object, before and now, to the events between them: one function builds each, so that every door gives the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from coro_cli.domain.events import GHOST, ISSUE, SPOKEN_EVENTS, Actor, Event, short_of
from coro_cli.domain.snapshot import MERGED, OPEN, Change, Comment, Review, Snapshot, Thread

# A thing whose own time is this much older than our last look was published late (a pending review, a lagging
# replica): it counts from that look, when it was not to be seen yet.
LATE = 5.0
_REVIEW_NAMES = {"approved": "approved", "changes_requested": "changes_requested", "dismissed": "review_dismissed"}


def found(previous: Snapshot | None, present: Snapshot, ref: str, *, since: float) -> Iterator[Event]:
    """The events that `present` shows and `previous` did not, oldest first.

    since: on a first look (`previous` is None) only what happened from here on is news.
    """
    events = {e.key: _published(e, previous) for e in _all(previous, present, ref) if _is_news(e, previous, since)}
    return iter(sorted(events.values(), key=lambda e: e.occurred_at))


def _is_news(event: Event, previous: Snapshot | None, since: float) -> bool:
    if previous is None:
        return event.occurred_at >= since
    # Older than what the last look had read to its end: it was there, only not read.
    return previous.complete_since is None or event.occurred_at >= previous.complete_since


def _published(event: Event, previous: Snapshot | None) -> Event:
    if previous is None or event.occurred_at >= previous.looked_at - LATE or short_of(event.name) not in SPOKEN_EVENTS:
        return event
    return replace(event, occurred_at=previous.looked_at)


def _all(previous: Snapshot | None, present: Snapshot, ref: str) -> Iterator[Event]:
    yield from _listed(previous, present, ref)
    ending = ended(present, ref)
    if ending and (previous is None or previous.state != present.state):
        yield ending
    if previous is None or previous.checks != present.checks:
        done = checked(present, ref)
        if done:
            yield done
    if previous is not None:
        yield from _compared(previous, present, ref)


def _listed(previous: Snapshot | None, present: Snapshot, ref: str) -> Iterator[Event]:
    known = _known(previous)
    if previous is None:
        yield _event(present, ref, "opened", "opened", present.author, present.created_at)
    for review in present.reviews:
        if ("review", review.key, review.state) not in known:
            yield _turned(previous, reviewed(present, ref, review), review)
    if previous is not None and present.standing_reviews:
        yield from _withdrawn(previous, present, ref)
    for comment in present.comments:
        if ("comment", comment.key, None) not in known:
            yield commented(present, ref, comment)
        if comment.edited_at is not None and ("comment", comment.key, comment.edited_at) not in known:
            yield edited(present, ref, comment)
    for change in present.changes:
        if ("change", change.key, None) not in known:
            yield changed(present, ref, change)
    for thread in present.threads:
        if thread.resolved and previous is not None and ("thread", thread.key, True) not in known:
            yield resolved(present, ref, thread)


def _turned(previous: Snapshot | None, event: Event, review: Review) -> Event:
    """A review we know that changed its state did so after our last look, though hosts show the time it was written."""
    if previous is None or all(r.key != review.key for r in previous.reviews):
        return event
    return replace(event, occurred_at=max(event.occurred_at, previous.looked_at))


def _withdrawn(old: Snapshot, new: Snapshot, ref: str) -> Iterator[Event]:
    """Verdicts that are no longer there, and whose author has given no other."""
    present = {review.actor.login for review in new.reviews}
    at = max(new.updated_at, old.looked_at)
    for review in old.reviews:
        if review.state in ("approved", "changes_requested") and review.actor.login not in present:
            yield reviewed(new, ref, replace(review, state="dismissed", at=at))


def _known(snapshot: Snapshot | None) -> set[tuple[str, str, Any]]:
    if snapshot is None:
        return set()
    known: set[tuple[str, str, Any]] = {("review", r.key, r.state) for r in snapshot.reviews}
    known |= {("comment", c.key, None) for c in snapshot.comments}
    known |= {("comment", c.key, c.edited_at) for c in snapshot.comments if c.edited_at is not None}
    known |= {("change", c.key, None) for c in snapshot.changes}
    return known | {("thread", t.key, t.resolved) for t in snapshot.threads}


def _compared(old: Snapshot, new: Snapshot, ref: str) -> Iterator[Event]:
    """What only shows as a difference of two looks, for the names the host gives no ids for."""
    at = max(new.updated_at, old.looked_at)
    for name, key, data in diff(old, new):
        if name not in new.told:
            yield _event(new, ref, name, key, GHOST, at, data=data)


def _event(
    s: Snapshot, ref: str, name: str, key: str, actor: Actor, at: float,
    *, body: str = "", url: str = "", data: dict[str, Any] | None = None
) -> Event:
    return Event(
        key=f"{s.id}:{key}", name=f"{s.family}:{name}", ref=ref, actor=actor, occurred_at=at, title=s.title,
        body=body, url=url or s.url, data=_facts(s, actor) | (data or {}),
    )  # fmt: skip


def _facts(s: Snapshot, actor: Actor) -> dict[str, Any]:
    """What a reader of the event wants to know besides: how the issue stands, and who an account id is."""
    named = {"by": actor.name} if actor.name and actor.name != actor.login else {}
    if s.family != ISSUE:
        return named
    facts = {"status": s.status, "assignee": ", ".join(s.assignees), "parent": s.epic}
    return named | {word: value for word, value in facts.items() if value}


def reviewed(s: Snapshot, ref: str, review: Review) -> Event:
    """approved, changes_requested, reviewed or review_dismissed."""
    name = _REVIEW_NAMES.get(review.state, "reviewed")
    data = {"state": review.state, "commit": review.commit}
    key = f"review:{review.key}:{review.state}"
    return _event(s, ref, name, key, review.actor, review.at, body=review.body, url=review.url, data=data)


def commented(s: Snapshot, ref: str, comment: Comment) -> Event:
    """A comment, in the conversation or on a line (`path`, `line`)."""
    return _event(s, ref, "commented", comment.key, comment.actor, comment.at, body=comment.body, url=comment.url, data=_place(comment))


def _place(comment: Comment) -> dict[str, Any]:
    place = {"path": comment.path, "line": comment.line} if comment.path else {}
    return place | ({"internal": True} if comment.internal else {})


def edited(s: Snapshot, ref: str, comment: Comment) -> Event:
    """The latest edit of a comment; its version is the time of the edit."""
    at = comment.edited_at or comment.at
    key = f"{comment.key}:{int(at)}"
    return _event(s, ref, "comment_edited", key, comment.actor, at, body=comment.body, url=comment.url, data=_place(comment))


def resolved(s: Snapshot, ref: str, thread: Thread) -> Event:
    """A review thread was resolved. Most hosts tell no time for it."""
    at = thread.at if thread.at is not None else s.looked_at
    version = f":{int(thread.at)}" if thread.at is not None else ""
    key = f"thread:{thread.key}:resolved{version}"
    return _event(s, ref, "thread_resolved", key, thread.actor, at, data={"path": thread.path})


def changed(s: Snapshot, ref: str, change: Change) -> Event:
    """An edge that the host lists with an id of its own."""
    return _event(s, ref, change.name, change.key, change.actor, change.at, body=change.body, url=change.url, data=dict(change.data))


def ended(s: Snapshot, ref: str) -> Event | None:
    """merged (once in a life) or closed (once per closing)."""
    if s.state == MERGED:
        data = {"commit": s.merge_commit} if s.merge_commit else {}
        return _event(s, ref, "merged", "merged", s.closed_by, s.merged_at or s.closed_at or s.updated_at, data=data)
    if s.state == OPEN:
        return None
    at = s.closed_at or s.updated_at
    return _event(s, ref, "closed", f"closed:{int(at)}", s.closed_by, at)


def conflicted(s: Snapshot, ref: str) -> Event | None:
    """It cannot be merged into its base as it stands."""
    if not s.conflicted:
        return None
    return _event(s, ref, "conflicted", f"conflicted:{s.head}", GHOST, s.updated_at or s.looked_at, data={"sha": s.head})


def checked(s: Snapshot, ref: str) -> Event | None:
    """checks_passed or checks_failed of the head commit; nothing while they run, nor where there are none."""
    checks = s.checks
    if checks is None or checks.state not in ("passed", "failed"):
        return None
    at = checks.at or s.looked_at
    data = {"sha": checks.sha, "failing": list(checks.failing), "total": checks.total}
    key = f"checks:{checks.sha}:{checks.state}:{int(checks.at or 0)}"
    return _event(s, ref, f"checks_{checks.state}", key, GHOST, at, data=data)


def carrying(s: Snapshot, ref: str, short: str, value: str) -> Event:
    """The event that gave the object this label, person, status or epic: the host's own where it lists one."""
    for change in reversed(s.changes):
        if change.name == short and change.data.get(SUBJECTS[short]) == value:
            return changed(s, ref, change)
    return _event(s, ref, short, f"{short}:{value}", GHOST, s.updated_at, data={SUBJECTS[short]: value})


# What only shows as a difference of two looks, for hosts (and names) that give it no id of its own.

# Events that give the object something that it then has, and where they name it.
SUBJECTS = {"labeled": "label", "assigned": "assignee", "transitioned": "to", "epic_linked": "epic"}


def diff(old: Snapshot, new: Snapshot) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(short event name, key, data) of each."""
    # Not everywhere does an assignment move the object's own time; the second one of a day must not have the first one's key.
    stamp = int(new.updated_at if new.updated_at > old.updated_at else new.looked_at)
    for gained, lost, word, before, after in (
        ("labeled", "unlabeled", "label", old.labels, new.labels),
        ("assigned", "unassigned", "assignee", old.assignees, new.assignees),
        ("review_requested", "", "reviewer", old.requested, new.requested),
    ):
        yield from ((gained, f"{gained}:{v}:{stamp}", {word: v} | _called(new, word, v)) for v in after if v not in before)
        yield from ((lost, f"{lost}:{v}:{stamp}", {word: v} | _called(old, word, v)) for v in before if lost and v not in after)
    if new.head and old.head and new.head != old.head:
        yield "synchronized", f"head:{new.head}", {"sha": new.head, "before": old.head}
    if old.draft != new.draft:
        name = "converted_to_draft" if new.draft else "ready_for_review"
        yield name, f"{name}:{stamp}", {}
    if old.state not in (OPEN, MERGED) and new.state == OPEN:
        yield "reopened", f"reopened:{stamp}", {}
    if new.conflicted and not old.conflicted:
        yield "conflicted", f"conflicted:{new.head}", {"sha": new.head}
    if old.status and new.status and old.status != new.status:
        yield "transitioned", f"status:{new.status}:{stamp}", {"from": old.status, "to": new.status}
    if old.epic != new.epic:
        name = "epic_linked" if new.epic else "epic_unlinked"
        yield name, f"{name}:{new.epic or old.epic}:{stamp}", {"epic": new.epic or old.epic, "from": old.epic, "to": new.epic}


def _called(s: Snapshot, word: str, value: str) -> dict[str, Any]:
    return {"known_as": s.known_as[value]} if word == "assignee" and value in s.known_as else {}


def remembering(previous: Snapshot | None, present: Snapshot) -> Snapshot:
    """`present` with the edges in `changes` that only comparing shows, or that it no longer lists, while what they brought holds.

    So a label, person, status or epic that is found to hold is proved by the very event that told of it.
    """
    if previous is None:
        return present
    at = max(present.updated_at, previous.looked_at)
    listed = {change.key for change in present.changes}
    kept = [c for c in previous.changes if c.name in SUBJECTS and c.key not in listed and _holds(present, c)]
    compared = [Change(key, name, GHOST, at, data) for name, key, data in diff(previous, present)]
    fresh = [c for c in compared if c.name in SUBJECTS and c.name not in present.told and _holds(present, c)]
    return replace(present, changes=(*kept, *present.changes, *fresh))


def _holds(s: Snapshot, change: Change) -> bool:
    values = {"labeled": s.labels, "assigned": s.assignees, "transitioned": (s.status,), "epic_linked": (s.epic, *s.groups)}
    return change.data.get(SUBJECTS[change.name]) in values[change.name]
