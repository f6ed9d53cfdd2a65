"""What only shows as a difference of two looks, for hosts (and names) that give it no id of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from coro_cli.domain.events import GHOST
from coro_cli.domain.snapshot import MERGED, OPEN, Change, Snapshot

# Events that give the object something that it then has, and where they name it.
SUBJECTS = {"labeled": "label", "assigned": "assignee", "transitioned": "to", "epic_linked": "epic"}


def differences(old: Snapshot, new: Snapshot) -> Iterator[tuple[str, str, dict[str, Any]]]:
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
    compared = [Change(key, name, GHOST, at, data) for name, key, data in differences(previous, present)]
    fresh = [c for c in compared if c.name in SUBJECTS and c.name not in present.told and _holds(present, c)]
    return replace(present, changes=(*kept, *present.changes, *fresh))


def _holds(s: Snapshot, change: Change) -> bool:
    values = {"labeled": s.labels, "assigned": s.assignees, "transitioned": (s.status,), "epic_linked": (s.epic, *s.groups)}
    return change.data.get(SUBJECTS[change.name]) in values[change.name]
