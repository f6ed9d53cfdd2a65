"""Answers of GitLab read into the shared words: people, times, reviews, comments, states. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from coro_cli.domain.events import ISSUE, PULL_REQUEST, Actor
from coro_cli.domain.snapshot import CLOSED, MERGED, OPEN, Change, Checks, Comment, Review, Snapshot, Thread
from coro_cli.plugins.answers import instant, moment
from coro_cli.plugins.protocol import items, maybe, text, want
from coro_cli.plugins.round_robin import digest
from coro_cli.plugins.trusted_users import Circle

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
    own = f"{url}#note_{number}" if url else ""
    return Comment(
        f"note:{number}", actor(circle, note.get("author")), at, text(note, "body"), own, _edited(note, at), path,
        line if isinstance(line, int) else None, internal=note.get("internal") is True or note.get("confidential") is True,
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


# Verdicts on a merge request: who approves it, and who asks for changes.
#
# `/approvals` answers on Free as well, though with less; where it does not, the reviewers' states tell. Neither says on which
# commit, and older ones (before GitLab 18) not even when: then the verdict keeps the key and commit it was first seen with.

# https://docs.gitlab.com/api/merge_requests/#retrieve-merge-request-reviewers
_REVIEW_STATES = {"approved": "approved", "requested_changes": "changes_requested", "reviewed": "commented"}


@dataclass(frozen=True, slots=True)
class Version:
    """The head from an instant on."""

    sha: str
    at: float


@dataclass(frozen=True, slots=True)
class Ground:
    """What verdicts are read against. versions: oldest first. known: what was last seen of the merge request."""

    circle: Circle
    head: str
    updated_at: float
    versions: Sequence[Version] = ()
    known: Snapshot | None = None

    def head_at(self, at: float) -> str:
        """The commit that a verdict of that instant was about."""
        before = [version.sha for version in self.versions if version.at <= at]
        return before[-1] if before else self.versions[0].sha if self.versions else ""

    def first_seen_at(self) -> str:
        """The commit of a verdict without a date that was not there before; "" where nobody can tell."""
        only = len(self.versions) == 1 or (self.known is not None and self.known.head == self.head)
        return self.head if only else ""


def read(ground: Ground, approvals: Any, reviewers: Any) -> tuple[Review, ...]:
    """The verdict of each person that stands now. approvals, reviewers: None where the host does not answer."""
    found: dict[str, Review] = {}
    for review in _from_reviewers(ground, reviewers, told=approvals is not None):
        found[review.actor.login] = review
    for approval in items(maybe(approvals, "approved_by")):
        who = _judge(ground, approval)
        if who.login not in found or found[who.login].state != "changes_requested":
            found[who.login] = _approval(ground, approval)
    return tuple(found.values())


def _from_reviewers(ground: Ground, reviewers: Any, *, told: bool) -> Iterator[Review]:
    for entry in items(reviewers):
        state = _REVIEW_STATES.get(text(entry, "state"))
        # An approval counts from its own list, if there is one: it is the one that says when.
        if state is not None and not (told and state == "approved"):
            yield _undated(ground, entry, state, f"reviewer:{_id(entry)}:{text(entry, 'state')}")


def _approval(ground: Ground, approval: Json) -> Review:
    at = moment(approval.get("approved_at"))
    key = f"approval:{_id(approval)}"
    if at is None:
        return _undated(ground, approval, "approved", key)
    return Review(f"{key}:{int(at)}", _judge(ground, approval), "approved", at, ground.head_at(at))


def _undated(ground: Ground, entry: Json, state: str, key: str) -> Review:
    who = _judge(ground, entry)
    for earlier in ground.known.reviews if ground.known is not None else ():
        if earlier.actor.login == who.login and earlier.state == state and earlier.key.startswith(f"{key}:"):
            return Review(earlier.key, who, state, earlier.at, earlier.commit)
    return Review(f"{key}:{ground.head}", who, state, ground.updated_at, ground.first_seen_at())


def _judge(ground: Ground, entry: Json) -> Actor:
    # https://docs.gitlab.com/user/project/merge_requests/approvals/: members alone may approve, and be asked to review.
    return actor(ground.circle, entry.get("user"), able=True)


def _id(entry: Json) -> str:
    return str(maybe(entry, "user", "id") or text(entry, "user", "username"))
