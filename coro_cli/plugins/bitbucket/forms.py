"""Answers of Bitbucket Cloud read into facts.

Hashes have twelve digits in some answers and forty in others: they are cut to twelve, so that they can be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coro_cli.domain.names import PULL_REQUEST
from coro_cli.domain.snapshot import CLOSED, MERGED, OPEN, Comment, Review, Snapshot, Thread
from coro_cli.plugins.bitbucket.history import History
from coro_cli.plugins.bitbucket.people import People, key
from coro_cli.plugins.reading import instant, moment
from coro_cli.plugins.turns import digest
from coro_cli.plugins.wire import Broken, items, maybe, text, want

Json = dict[str, Any]
# Bitbucket moves `updated_on` by microseconds while it writes a comment: that is no edit.
EDIT = 1.0
_STATES = {"MERGED": MERGED, "DECLINED": CLOSED, "SUPERSEDED": CLOSED}


def listed(item: Json) -> str:
    """The digest of what lists and single answers both say of a pull request."""
    people = sorted((key(p.get("user")), verdict(p), text(p, "participated_on")) for p in items(item.get("participants")) if verdict(p))
    reviewers = sorted(key(user) for user in items(item.get("reviewers")))
    facts = [item.get(name) for name in ("state", "draft", "updated_on", "comment_count", "task_count", "title")]
    return digest(facts, commit(item), people, reviewers)


def peeked(values: Sequence[Json]) -> str:
    """The digest of the first page of comments."""
    return digest([[c.get("id"), c.get("updated_on"), text(c, "resolution", "created_on"), c.get("deleted") is True] for c in values])


def commit(item: Any) -> str:
    """The head commit."""
    return text(item, "source", "commit", "hash")[:12]


def verdict(participant: Json) -> str:
    """`approved`, `changes_requested` or "". Old answers have only `approved`."""
    state = text(participant, "state")
    return state if state in ("approved", "changes_requested") else "approved" if participant.get("approved") is True else ""


def snapshot(host: str, found: Any, url: str, people: People, log: History, comments: Sequence[Json]) -> Snapshot:
    """One pull request, whole."""
    if not isinstance(found, dict):
        raise Broken(f"{url} answered without a pull request")
    number, home = want(found, "id", int, url), text(found, "destination", "repository", "uuid")
    if not home:
        raise Broken(f"{url} answered without a usable `destination.repository.uuid`")
    state = _STATES.get(text(found, "state"), OPEN)
    created, updated = instant(found.get("created_on"), "created_on", url), instant(found.get("updated_on"), "updated_on", url)
    ended, closer = log.ended(text(found, "state"))
    at = None if state == OPEN else ended or updated
    spoken = [c for c in comments if c.get("deleted") is not True and c.get("pending") is not True]
    return Snapshot(
        id=f"bitbucket:{host}:{home}:{number}", family=PULL_REQUEST, url=text(found, "links", "html", "href"),
        title=text(found, "title"), body=text(found, "description") or text(found, "summary", "raw"),
        author=people.actor(found.get("author")), state=state, draft=found.get("draft") is True, head=commit(found),
        created_at=created, updated_at=updated, merged_at=at if state == MERGED else None, closed_at=at,
        closed_by=people.actor(found.get("closed_by") or closer),
        requested=tuple(people.login(user) for user in items(found.get("reviewers"))),
        reviews=tuple(r for p in items(found.get("participants")) if (r := review(p, people, log, updated)) is not None),
        comments=tuple(c for item in spoken if (c := comment(item, people)) is not None),
        threads=tuple(thread(item, people) for item in spoken if not item.get("parent") and "id" in item),
        changes=tuple(log.branch.changes()), merge_commit=text(found, "merge_commit", "hash") if state == MERGED else "",
        told=("synchronized",) if log.branch.tells(commit(found)) else (), standing_reviews=True,
        renamed_to=text(found, "destination", "repository", "full_name"),
    )  # fmt: skip


def review(participant: Json, people: People, log: History, updated: float) -> Review | None:
    """A verdict that stands. `participated_on` is the approval's time, but moves with each comment of those who do not approve."""
    state, user = verdict(participant), participant.get("user") or participant
    if not state or not key(user):
        return None
    told = moment(participant.get("participated_on"))
    at = (told or log.said(key(user), state)) if state == "approved" else (log.said(key(user), state) or told)
    at = at if at is not None else updated
    return Review(f"participant:{key(user)}:{int(at)}", people.actor(user), state, at, log.branch.head_at(at))


def comment(item: Json, people: People) -> Comment | None:
    """One comment, in the conversation or on a line."""
    at, updated, solved = moment(item.get("created_on")), moment(item.get("updated_on")), moment(maybe(item, "resolution", "created_on"))
    if at is None or "id" not in item:
        return None
    edited = updated if updated is not None and updated - at > EDIT and abs(updated - (solved or 0.0)) > EDIT else None
    line = maybe(item, "inline", "to") or maybe(item, "inline", "from")
    return Comment(
        f"comment:{item['id']}", people.actor(item.get("user")), at, text(item, "content", "raw"), text(item, "links", "html", "href"),
        edited, text(item, "inline", "path"), line if isinstance(line, int) else None,
    )  # fmt: skip


def thread(item: Json, people: People) -> Thread:
    """What began with this comment."""
    solved = item.get("resolution")
    at = moment(maybe(solved, "created_on"))
    return Thread(str(item["id"]), isinstance(solved, dict), people.actor(maybe(solved, "user")), at, text(item, "inline", "path"))
