"""Answers of Gitea and Forgejo read into the shared words: people, times, reviews, comments, states. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from coro_cli.domain.events import ISSUE, PULL_REQUEST, Actor
from coro_cli.domain.snapshot import CLOSED, MERGED, OPEN, Change, Checks, Comment, Review, Snapshot, Thread
from coro_cli.plugins.answers import instant, moment, rollup
from coro_cli.plugins.protocol import items, maybe, text, want
from coro_cli.plugins.trusted_users import Circle

Json = dict[str, Any]
# The prefixes of an instance that has not set its own: https://docs.gitea.com/usage/pull-request#work-in-progress-pull-requests
_DRAFT = re.compile(r"\s*(?:wip:|\[wip\])", re.IGNORECASE)
# A request for a review is an entry among the reviews, and a pending one is its author's alone.
_REVIEWS = {"APPROVED": "approved", "REQUEST_CHANGES": "changes_requested", "COMMENT": "commented"}
# Forgejo and Gitea count a warning as passed: https://docs.gitea.com/usage/automatically-linked-references
_STATUSES = {"success": "passed", "warning": "passed", "skipped": "passed", "failure": "failed", "error": "failed"}
TOLD_ISSUE = ("labeled", "unlabeled", "assigned", "unassigned", "reopened", "linked")
TOLD_PULL = (*TOLD_ISSUE[:-1], "review_requested")


def time(value: Any) -> float | None:
    """An instant; the year 1, which Go programs send for "never", is none."""
    found = moment(value)
    return found if found is not None and found > 0 else None


def actor(circle: Circle, user: Any, *, able: bool = False) -> Actor:
    """Who it was. Deleted accounts have the id -1, the actions' own user has -2. able: as `Circle.actor`."""
    login, number = text(user, "login") or text(user, "username"), maybe(user, "id")
    return circle.actor(login, bot=number == -2 or login.endswith("[bot]"), ghost=number == -1, able=able)


def logins(found: Any, field: str) -> tuple[str, ...]:
    """The logins in a list of users."""
    return tuple(name for user in items(maybe(found, field)) if (name := text(user, "login")))


def item(found: Json, url: str, circle: Circle) -> Snapshot:
    """What issues and pull requests share; `id` is still empty."""
    state = CLOSED if text(found, "state") == "closed" else OPEN
    return Snapshot(
        id="", family=ISSUE, url=text(found, "html_url"), title=text(found, "title"), body=text(found, "body"),
        author=actor(circle, found.get("user")), state=state, created_at=instant(found.get("created_at"), "created_at", url),
        updated_at=instant(found.get("updated_at"), "updated_at", url),
        closed_at=time(found.get("closed_at")) if state == CLOSED else None,
        labels=tuple(text(label, "name") for label in items(found.get("labels"))),
        assignees=logins(found, "assignees") or tuple(filter(None, [text(found, "assignee", "login")])),
    )  # fmt: skip


def pull(found: Json) -> dict[str, Any]:
    """What a pull request has besides. `mergeable` is also false for drafts, and while a push is worked on."""
    merged = found.get("merged") is True
    state = {"state": MERGED, "merged_at": time(found.get("merged_at"))} if merged else {}
    draft = found.get("draft")
    return state | {
        "family": PULL_REQUEST, "head": text(found, "head", "sha"), "requested": logins(found, "requested_reviewers"),
        "draft": draft if isinstance(draft, bool) else bool(_DRAFT.match(text(found, "title"))),
        "merge_commit": text(found, "merge_commit_sha") if merged else "",
    }  # fmt: skip


def is_stuck(found: Any) -> bool:
    """Whether it looks as if it conflicted with its base."""
    return maybe(found, "mergeable") is False and text(found, "state") == "open" and not pull(found)["draft"]


def repository_of(found: Json, url: str) -> int:
    """The number of a pull request's repository."""
    return want(maybe(found, "base", "repo") or {"id": maybe(found, "base", "repo_id")}, "id", int, url)


def reviews(circle: Circle, found: Iterable[Json]) -> tuple[Review, ...]:
    """The reviews that were given. A dismissed one says so at its side, and keeps its id."""
    given = []
    for one in found:
        state, at = _REVIEWS.get(text(one, "state")), time(one.get("submitted_at"))
        if state is None or at is None or not isinstance(one.get("id"), int):
            continue
        gone = one.get("dismissed") is True
        at = (time(one.get("updated_at")) or at) if gone else at
        # `official`: of somebody who may write, or whose approval the branch asks for.
        who, state = actor(circle, one.get("user"), able=one.get("official") is True), "dismissed" if gone else state
        given.append(Review(str(one["id"]), who, state, at, text(one, "commit_id"), text(one, "body"), text(one, "html_url")))
    return tuple(given)


def comment(circle: Circle, one: Json) -> Comment | None:
    """A comment of the conversation or on a line."""
    at, updated = time(one.get("created_at")), time(one.get("updated_at"))
    if at is None or not isinstance(one.get("id"), int):
        return None
    line = one.get("position") or one.get("original_position")
    return Comment(
        f"comment:{one['id']}", actor(circle, one.get("user")), at, text(one, "body"), text(one, "html_url"),
        updated if updated is not None and updated > at else None, text(one, "path"), line if isinstance(line, int) else None,
    )  # fmt: skip


def threads(circle: Circle, inline: Iterable[Json]) -> tuple[Thread, ...]:
    """Conversations on lines. Who resolved one stands on its first comment; when is not told."""
    return tuple(
        Thread(str(one.get("id")), isinstance(one.get("resolver"), dict), actor(circle, one.get("resolver")), None, text(one, "path"))
        for one in inline
    )


def history(circle: Circle, timeline: Sequence[Json]) -> tuple[Change, ...]:
    """What the timeline tells with an id of its own."""
    return tuple(found for one in timeline if (found := change(circle, one)) is not None)


def change(circle: Circle, one: Json) -> Change | None:
    """One entry of the timeline, if it is one of ours."""
    at, number = time(one.get("created_at")), one.get("id")
    named = _named(one)
    if named is None or at is None or not isinstance(number, int):
        return None
    name, data = named
    return Change(f"{name}:{number}", name, actor(circle, one.get("user")), at, data)


def _named(one: Json) -> tuple[str, dict[str, str]] | None:
    """The event's name and data. A label that was put on has the body `1`, one that was taken off has none."""
    taken = one.get("removed_assignee") is True
    match text(one, "type"):
        case "label":
            return ("labeled" if text(one, "body") else "unlabeled"), {"label": text(one, "label", "name")}
        case "assignees":
            return ("unassigned" if taken else "assigned"), {"assignee": text(one, "assignee", "login")}
        case "review_request" if not taken:
            return "review_requested", {"reviewer": text(one, "assignee", "login") or text(one, "assignee_team", "name")}
        case "reopen":
            return "reopened", {}
        case "add_dependency":
            return "linked", {"to": text(one, "dependent_issue", "html_url")}
        case "issue_ref" | "pull_ref" | "comment_ref":
            return "linked", {"to": text(one, "ref_issue", "html_url")}
    return None


def closer(circle: Circle, timeline: Sequence[Json]) -> Actor:
    """Who closed it last."""
    closed = [one for one in timeline if text(one, "type") in ("close", "merge_pull")]
    return actor(circle, closed[-1].get("user") if closed else None)


def checks(statuses: Iterable[Json], sha: str) -> Checks:
    """The latest status of each context."""
    return rollup(sha, ((text(s, "context"), _STATUSES.get(_word(s), "pending"), time(s.get("updated_at"))) for s in statuses))


def _word(status: Json) -> str:
    return text(status, "status") or text(status, "state")
