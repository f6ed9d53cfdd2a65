"""REST answers read into snapshots. Keys are numeric ids, which GraphQL and deliveries know as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from coro_cli.domain.events import Actor
from coro_cli.domain.names import ISSUE, PULL_REQUEST
from coro_cli.domain.snapshot import CLOSED, MERGED, OPEN, Comment, Review, Snapshot
from coro_cli.plugins.github.history import TOLD_ISSUE, TOLD_PULL, changes, closer
from coro_cli.plugins.github.reader import REVIEW_STATES, Reader, login, user_kind
from coro_cli.plugins.reading import instant, moment
from coro_cli.plugins.wire import Broken, items, maybe, text, want

Json = dict[str, Any]
# Submitting a review touches its comments, each a moment after it.
PUBLISHING = 2.0
def pull(
    reader: Reader, found: Any, url: str, reviews: Sequence[Json], comments: Sequence[Json], happenings: Sequence[Json] | None,
    *, repository: int | str | None = None,
) -> Snapshot:
    """One pull request. happenings: None where there is no list of them. repository: its number, where the object does not tell it."""
    if not isinstance(found, dict):
        raise Broken(f"{url} answered without a pull request")
    author = login(found.get("user"))
    number = want(found, "number", int, url)
    if repository is None and not isinstance(repository := maybe(found, "base", "repo", "id"), int):
        raise Broken(f"{url} answered without a usable `base.repo.id`")
    merged_at = moment(found.get("merged_at"))
    state = MERGED if merged_at is not None or found.get("merged") is True else _state(found, url)
    published = {r["id"]: moment(r.get("submitted_at")) for r in reviews if "id" in r}
    return Snapshot(
        id=reader.identity(repository, number), family=PULL_REQUEST, native=text(found, "node_id"),
        url=text(found, "html_url"), title=text(found, "title"), body=text(found, "body"),
        author=reader.actor(author, user_kind(found.get("user")), text(found, "author_association"), author),
        state=state, draft=found.get("draft") is True, head=text(found, "head", "sha"),
        created_at=_created(found, url),
        updated_at=instant(found.get("updated_at"), "updated_at", url),
        merged_at=merged_at, closed_at=moment(found.get("closed_at")),
        closed_by=_ender(reader, found, state, happenings),
        conflicted=found.get("mergeable") is False, labels=_labels(found), assignees=_logins(found, "assignees"),
        requested=_logins(found, "requested_reviewers"),
        reviews=tuple(r for item in reviews if (r := review(reader, item, author, url)) is not None),
        comments=tuple(c for item in comments if (c := comment(reader, item, author, published)) is not None),
        changes=changes(reader, happenings or (), PULL_REQUEST, text(found, "html_url")),
        # Before the merge this field holds the test merge: only a merged one's is the merge commit.
        merge_commit=text(found, "merge_commit_sha") if state == MERGED else "", told=TOLD_PULL if happenings is not None else (),
        renamed_to=text(found, "base", "repo", "full_name"),
    )  # fmt: skip


def issue(
    reader: Reader, found: Any, url: str, repository: Any, comments: Sequence[Json], happenings: Sequence[Json] | None, parent: Any
) -> Snapshot:
    """One issue. happenings: None where there is no list of them."""
    if not isinstance(found, dict) or not isinstance(repository, int | str):
        raise Broken(f"{url} answered without an issue of a known repository")
    author = login(found.get("user"))
    closed_by = found.get("closed_by")
    return Snapshot(
        id=reader.identity(repository, want(found, "number", int, url)), family=ISSUE, native=text(found, "node_id"),
        url=text(found, "html_url"), title=text(found, "title"), body=text(found, "body"),
        author=reader.actor(author, user_kind(found.get("user")), text(found, "author_association"), author),
        state=_state(found, url),
        created_at=_created(found, url),
        updated_at=instant(found.get("updated_at"), "updated_at", url), closed_at=moment(found.get("closed_at")),
        closed_by=reader.actor(login(closed_by), user_kind(closed_by), "", author),
        labels=_labels(found), assignees=_logins(found, "assignees"), status=text(found, "state"),
        epic=text(parent, "html_url"),
        comments=tuple(c for item in comments if (c := comment(reader, item, author, {})) is not None),
        changes=changes(reader, happenings or (), ISSUE, text(found, "html_url"), epic=text(parent, "html_url")),
        told=TOLD_ISSUE if happenings is not None else (),
    )  # fmt: skip


def review(reader: Reader, item: Json, author: str, url: str) -> Review | None:
    """One review; a pending one is its author's alone and no event yet."""
    said, at = text(item, "state").upper(), moment(item.get("submitted_at"))
    if said != "PENDING" and said not in REVIEW_STATES:
        reader.odd(url, "reviews.state", said)
    if said not in REVIEW_STATES or at is None or "id" not in item:
        return None
    who = reader.actor(login(item.get("user")), user_kind(item.get("user")), text(item, "author_association"), author)
    return Review(
        str(item["id"]), who, REVIEW_STATES[said], at, text(item, "commit_id"), text(item, "body"), text(item, "html_url")
    )  # fmt: skip


def comment(reader: Reader, item: Json, author: str, published: Mapping[Any, float | None]) -> Comment | None:
    """One comment of the conversation (`ic`) or on a line (`rc`).

    published: when each review was submitted. A comment of a review that was drafted for days counts from then on; that
    its own `updated_at` moved at that moment is no edit.
    """
    at, updated = moment(item.get("created_at")), moment(item.get("updated_at"))
    if at is None or "id" not in item:
        return None
    shown = max(at, moment(item.get("published_at")) or at, published.get(item.get("pull_request_review_id")) or at)
    inline = "pull_request_review_id" in item or "path" in item
    who = reader.actor(login(item.get("user")), user_kind(item.get("user")), text(item, "author_association"), author)
    line = item.get("line") or item.get("original_line")
    edited = updated is not None and updated > shown + (PUBLISHING if shown > at else 0)
    return Comment(
        f"{'rc' if inline else 'ic'}:{item['id']}", who, shown, text(item, "body"), text(item, "html_url"),
        updated if edited else None, text(item, "path"), line if isinstance(line, int) else None,
    )  # fmt: skip


def _state(found: Json, url: str) -> str:
    said = text(found, "state")
    if said not in ("open", "closed"):
        raise Broken(f"{url} answered without a usable `state`")
    return CLOSED if said == "closed" else OPEN


def _created(found: Json, url: str) -> float:
    """Long ago, where an answer is so short that it does not say."""
    return instant(found["created_at"], "created_at", url) if "created_at" in found else 0.0


def _ender(reader: Reader, found: Json, state: str, happenings: Sequence[Json] | None) -> Actor:
    """Who merged or closed it."""
    who = found.get("merged_by") if state == MERGED else closer(happenings or ()) if state == CLOSED else None
    return reader.actor(login(who), user_kind(who), "", login(found.get("user")))


def _labels(found: Json) -> tuple[str, ...]:
    return tuple(text(label, "name") for label in items(found.get("labels")))


def _logins(found: Json, field: str) -> tuple[str, ...]:
    return tuple(name for user in items(found.get(field)) if (name := login(user)))
