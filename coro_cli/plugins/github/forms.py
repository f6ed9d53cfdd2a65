"""REST answers read into snapshots. Keys are numeric ids, which GraphQL and deliveries know as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coro_cli.domain.names import ISSUE, PULL_REQUEST
from coro_cli.domain.snapshot import CLOSED, MERGED, OPEN, Change, Comment, Review, Snapshot
from coro_cli.plugins.github.reader import REVIEW_STATES, Reader, login, user_kind
from coro_cli.plugins.reading import instant, moment
from coro_cli.plugins.wire import Broken, items, maybe, text, want

Json = dict[str, Any]
# Names of REST's issue events (https://docs.github.com/rest/using-the-rest-api/issue-event-types) and where their subject stands.
_CHANGES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "labeled": ("labeled", "label", ("label", "name")),
    "unlabeled": ("unlabeled", "label", ("label", "name")),
    "assigned": ("assigned", "assignee", ("assignee", "login")),
    "unassigned": ("unassigned", "assignee", ("assignee", "login")),
    "review_requested": ("review_requested", "reviewer", ("requested_reviewer", "login")),
    "ready_for_review": ("ready_for_review", "", ()),
    "convert_to_draft": ("converted_to_draft", "", ()),
    "reopened": ("reopened", "", ()),
    "cross-referenced": ("linked", "to", ("source", "issue", "html_url")),
    "connected": ("linked", "", ()),
    "parent_issue_added": ("epic_linked", "epic", ("parent_issue", "html_url")),
    "parent_issue_removed": ("epic_unlinked", "epic", ("parent_issue", "html_url")),
}
TOLD_PULL = ("labeled", "unlabeled", "assigned", "unassigned", "review_requested", "ready_for_review", "converted_to_draft", "reopened")
TOLD_ISSUE = ("labeled", "unlabeled", "assigned", "unassigned", "reopened")


def pull(
    reader: Reader, found: Any, url: str, reviews: Sequence[Json], comments: Sequence[Json], happenings: Sequence[Json]
) -> Snapshot:
    """One pull request."""
    if not isinstance(found, dict):
        raise Broken(f"{url} answered without a pull request")
    author = login(found.get("user"))
    number = want(found, "number", int, url)
    repository = maybe(found, "base", "repo", "id")
    if not isinstance(repository, int):
        raise Broken(f"{url} answered without a usable `base.repo.id`")
    merged_at = moment(found.get("merged_at"))
    state = MERGED if merged_at is not None else CLOSED if text(found, "state") == "closed" else OPEN
    return Snapshot(
        id=reader.identity(repository, number), family=PULL_REQUEST, native=text(found, "node_id"),
        url=text(found, "html_url"), title=text(found, "title"), body=text(found, "body"),
        author=reader.actor(author, user_kind(found.get("user")), text(found, "author_association"), author),
        state=state, draft=found.get("draft") is True, head=text(found, "head", "sha"),
        created_at=instant(found.get("created_at"), "created_at", url),
        updated_at=instant(found.get("updated_at"), "updated_at", url),
        merged_at=merged_at, closed_at=moment(found.get("closed_at")),
        closed_by=reader.actor(login(found.get("merged_by")), user_kind(found.get("merged_by")), "", author),
        conflicted=found.get("mergeable") is False, labels=_labels(found), assignees=_logins(found, "assignees"),
        requested=_logins(found, "requested_reviewers"),
        reviews=tuple(r for item in reviews if (r := review(reader, item, author)) is not None),
        comments=tuple(c for item in comments if (c := comment(reader, item, author)) is not None),
        changes=tuple(h for item in happenings if (h := change(reader, item)) is not None),
        # Before the merge this field holds the test merge: only a merged one's is the merge commit.
        merge_commit=text(found, "merge_commit_sha") if state == MERGED else "", told=TOLD_PULL,
        renamed_to=text(found, "base", "repo", "full_name"),
    )  # fmt: skip


def issue(
    reader: Reader, found: Any, url: str, repository: Any, comments: Sequence[Json], happenings: Sequence[Json], parent: Any
) -> Snapshot:
    """One issue."""
    if not isinstance(found, dict) or not isinstance(repository, int):
        raise Broken(f"{url} answered without an issue of a known repository")
    author = login(found.get("user"))
    closed_by = found.get("closed_by")
    return Snapshot(
        id=reader.identity(repository, want(found, "number", int, url)), family=ISSUE, native=text(found, "node_id"),
        url=text(found, "html_url"), title=text(found, "title"), body=text(found, "body"),
        author=reader.actor(author, user_kind(found.get("user")), text(found, "author_association"), author),
        state=CLOSED if text(found, "state") == "closed" else OPEN,
        created_at=instant(found.get("created_at"), "created_at", url),
        updated_at=instant(found.get("updated_at"), "updated_at", url), closed_at=moment(found.get("closed_at")),
        closed_by=reader.actor(login(closed_by), user_kind(closed_by), "", author),
        labels=_labels(found), assignees=_logins(found, "assignees"), status=text(found, "state"),
        epic=text(parent, "html_url"),
        comments=tuple(c for item in comments if (c := comment(reader, item, author)) is not None),
        changes=tuple(h for item in happenings if (h := change(reader, item)) is not None), told=TOLD_ISSUE,
    )  # fmt: skip


def review(reader: Reader, item: Json, author: str) -> Review | None:
    """One review; a pending one is its author's alone and no event yet."""
    state, at = REVIEW_STATES.get(text(item, "state").upper()), moment(item.get("submitted_at"))
    if state is None or at is None or "id" not in item:
        return None
    who = reader.actor(login(item.get("user")), user_kind(item.get("user")), text(item, "author_association"), author)
    return Review(str(item["id"]), who, state, at, text(item, "commit_id"), text(item, "body"), text(item, "html_url"))


def comment(reader: Reader, item: Json, author: str) -> Comment | None:
    """One comment of the conversation (`ic`) or on a line (`rc`)."""
    at, updated = moment(item.get("created_at")), moment(item.get("updated_at"))
    if at is None or "id" not in item:
        return None
    inline = "pull_request_review_id" in item or "path" in item
    who = reader.actor(login(item.get("user")), user_kind(item.get("user")), text(item, "author_association"), author)
    line = item.get("line") or item.get("original_line")
    return Comment(
        f"{'rc' if inline else 'ic'}:{item['id']}", who, at, text(item, "body"), text(item, "html_url"),
        updated if updated is not None and updated > at else None, text(item, "path"), line if isinstance(line, int) else None,
    )  # fmt: skip


def change(reader: Reader, item: Json) -> Change | None:
    """One happening of the issue's history, if it is one of ours."""
    known, at = _CHANGES.get(text(item, "event")), moment(item.get("created_at"))
    if known is None or at is None:
        return None
    name, word, way = known
    actor = item.get("actor")
    value = text(item, *way) or text(item, "requested_team", "slug") or text(item, "source", "issue", "url")
    who = reader.actor(login(actor), user_kind(actor), "", "")
    key = f"{name}:{item.get('node_id') or item.get('id') or int(at)}"
    return Change(key, name, who, at, {word: value} if word else {})


def _labels(found: Json) -> tuple[str, ...]:
    return tuple(text(label, "name") for label in items(found.get("labels")))


def _logins(found: Json, field: str) -> tuple[str, ...]:
    return tuple(name for user in items(found.get(field)) if (name := login(user)))
