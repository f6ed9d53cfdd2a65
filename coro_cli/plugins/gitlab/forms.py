"""GitLab's answers read into the shared words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from coro_cli.domain.events import Actor
from coro_cli.domain.names import ISSUE, PULL_REQUEST
from coro_cli.domain.snapshot import CLOSED, MERGED, OPEN, Change, Checks, Comment, Snapshot, Thread
from coro_cli.plugins.circle import Circle
from coro_cli.plugins.reading import instant, moment
from coro_cli.plugins.turns import digest
from coro_cli.plugins.wire import items, maybe, text, want

Json = dict[str, Any]
# `locked` is the moment of merging: https://docs.gitlab.com/api/merge_requests/
_STATES = {"opened": OPEN, "locked": OPEN, "closed": CLOSED, "merged": MERGED}
_DRAFT = re.compile(r"\s*(?:draft:|\[draft\]|\(draft\)|wip:|\[wip\])", re.IGNORECASE)
_BOT = re.compile(r"(?:project|group)_\d+_bot|service_account_|.*\[bot\]$")
# Writing a note stamps it twice, milliseconds apart.
_SAME_STAMP = 1.0
# https://docs.gitlab.com/ci/pipelines/#pipeline-statuses. A skipped or manual pipeline has passed nothing.
_PIPELINES = {"success": "passed", "failed": "failed", "canceled": "failed", "skipped": "none"}


def facts(found: Any, url: str) -> Json:
    """What a list and the object itself both tell: the fields of a snapshot, without people's trust."""
    state = _STATES.get(text(found, "state"), OPEN)
    is_pull = "source_branch" in found
    return {
        "family": PULL_REQUEST if is_pull else ISSUE, "state": state, "head": text(found, "sha"), "draft": is_pull and _draft(found),
        "updated_at": instant(maybe(found, "updated_at"), "updated_at", url), "labels": labels(found),
        "assignees": logins(found, "assignees"), "requested": logins(found, "reviewers"), "conflicted": _conflicted(found, state),
    }  # fmt: skip


def is_of_fork(found: Any) -> bool:
    """Whether its branch is in another project, or in one that is gone."""
    return "source_project_id" in found and found["source_project_id"] != found.get("target_project_id", found["source_project_id"])


def mark(snapshot: Snapshot) -> str:
    """The mark of one state. `updated_at` alone is not enough: assignees, reviewers and conflicts may leave it as it is."""
    return mark_of({name: getattr(snapshot, name) for name in _MARKED})


def mark_of(found: Json) -> str:
    """The same of the `facts` of a list's entry."""
    return digest(*(sorted(v) if isinstance(v := found[name], tuple) else v for name in _MARKED))


_MARKED = ("updated_at", "state", "head", "draft", "labels", "assignees", "requested", "conflicted")


def labels(found: Any) -> tuple[str, ...]:
    """The labels' names; asked for with details they are objects."""
    given = maybe(found, "labels")
    names = [each if isinstance(each, str) else text(each, "name") for each in given] if isinstance(given, list) else []
    return tuple(name for name in names if name)


def logins(found: Any, field: str) -> tuple[str, ...]:
    """The user names in a list of users."""
    return tuple(name for user in items(maybe(found, field)) if (name := text(user, "username")))


def actor(circle: Circle, user: Any, *, able: bool = False) -> Actor:
    """Who it was. Everything of deleted accounts belongs to the user `ghost`. able: as `Circle.actor`."""
    login = text(user, "username")
    return circle.actor(login, bot=bool(maybe(user, "bot")) or bool(_BOT.match(login)), ghost=login == "ghost", able=able)


def comments(circle: Circle, discussions: Iterable[Json], url: str) -> tuple[Comment, ...]:
    """What people wrote. What GitLab writes itself (`system`) is prose in the instance's language, and is not read."""
    return tuple(
        found for talk in discussions for note in items(talk.get("notes")) if (found := comment(circle, note, url)) is not None
    )


def comment(circle: Circle, note: Json, url: str) -> Comment | None:
    """One note; None for the system's own."""
    at, number = moment(note.get("created_at")), note.get("id")
    if note.get("system") is True or at is None or not isinstance(number, int):
        return None
    line = maybe(note, "position", "new_line") or maybe(note, "position", "old_line")
    path = text(note, "position", "new_path") or text(note, "position", "old_path")
    return Comment(
        f"note:{number}", actor(circle, note.get("author")), at, text(note, "body"), f"{url}#note_{number}", _edited(note, at), path,
        line if isinstance(line, int) else None,
    )  # fmt: skip


def _edited(note: Json, at: float) -> float | None:
    updated, resolved = moment(note.get("updated_at")), moment(note.get("resolved_at"))
    if updated is None or updated - at < _SAME_STAMP:
        return None
    # Resolving a thread stamps its notes as well.
    return None if resolved is not None and abs(updated - resolved) < _SAME_STAMP else updated


def threads(circle: Circle, discussions: Iterable[Json]) -> tuple[Thread, ...]:
    """The threads that can be resolved: resolved when all their notes are."""
    found = []
    for talk in discussions:
        notes = [note for note in items(talk.get("notes")) if note.get("resolvable") is True]
        if notes:
            done = all(note.get("resolved") is True for note in notes)
            last = max(notes, key=lambda note: moment(note.get("resolved_at")) or 0.0)
            at = moment(last.get("resolved_at")) if done else None
            path = text(notes[0], "position", "new_path")
            found.append(Thread(text(talk, "id"), done, actor(circle, last.get("resolved_by")), at, path))
    return tuple(found)


def label_changes(circle: Circle, events: Sequence[Json]) -> list[Change]:
    """Labels put on and taken off; a label that was deleted since has no name any more."""
    names = {"add": "labeled", "remove": "unlabeled"}
    return [
        Change(f"label:{e.get('id')}", names[text(e, "action")], actor(circle, e.get("user")), at, {"label": text(e, "label", "name")})
        for e in events if text(e, "action") in names and (at := moment(e.get("created_at"))) is not None
    ]  # fmt: skip


def state_changes(circle: Circle, events: Sequence[Json]) -> list[Change]:
    """Reopenings; closing and merging are told by the object itself."""
    return [
        Change(f"state:{e.get('id')}", "reopened", actor(circle, e.get("user")), at)
        for e in events if text(e, "state") in ("reopened", "opened") and (at := moment(e.get("created_at"))) is not None
    ]  # fmt: skip


def link_changes(links: Sequence[Json]) -> list[Change]:
    """Issues it was related to."""
    return [
        Change(f"link:{e.get('issue_link_id')}", "linked", Actor(), at, {"to": text(e, "web_url") or text(e, "references", "full")})
        for e in links if (at := moment(e.get("link_created_at"))) is not None
    ]  # fmt: skip


def checks(found: Any, sha: str, failing: tuple[str, ...] = ()) -> Checks:
    """The head pipeline: the one that GitLab itself asks for before it merges."""
    pipe = maybe(found, "head_pipeline")
    if not isinstance(pipe, dict):
        return Checks(sha)
    state = _PIPELINES.get(text(pipe, "status"), "pending")
    at = moment(pipe.get("finished_at")) or moment(pipe.get("updated_at"))
    named = failing or ((f"pipeline {pipe.get('id')}",) if state == "failed" else ())
    return Checks(sha, state, at if state in ("passed", "failed") else None, named, 0 if state == "none" else 1)


def number_of(found: Any, url: str) -> tuple[int, int]:
    """`(project_id, iid)`."""
    return want(found, "project_id", int, url), want(found, "iid", int, url)


def _draft(found: Any) -> bool:
    told = maybe(found, "draft")
    told = maybe(found, "work_in_progress") if told is None else told
    return told if isinstance(told, bool) else bool(_DRAFT.match(text(found, "title")))


def _conflicted(found: Any, state: str) -> bool:
    told = maybe(found, "has_conflicts")
    return state == OPEN and (told is True or text(found, "detailed_merge_status") == "conflict")
