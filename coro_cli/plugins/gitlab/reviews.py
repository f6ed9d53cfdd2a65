"""Verdicts on a merge request: who approves it, and who asks for changes.

`/approvals` answers on Free as well, though with less; where it does not, the reviewers' states tell. Neither says on which
commit, and older ones (before GitLab 18) not even when: then the verdict keeps the key and commit it was first seen with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from coro_cli.domain.events import Actor
from coro_cli.domain.snapshot import Review, Snapshot
from coro_cli.plugins.circle import Circle
from coro_cli.plugins.gitlab.forms import Json, actor
from coro_cli.plugins.reading import moment
from coro_cli.plugins.wire import items, maybe, text

# https://docs.gitlab.com/api/merge_requests/#retrieve-merge-request-reviewers
_STATES = {"approved": "approved", "requested_changes": "changes_requested", "reviewed": "commented"}


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
        state = _STATES.get(text(entry, "state"))
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
