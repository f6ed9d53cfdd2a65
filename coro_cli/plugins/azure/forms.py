"""Answers of Azure DevOps read into facts. There is no updated date: the newest time of its threads stands for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coro_cli.domain.names import PULL_REQUEST
from coro_cli.domain.snapshot import CLOSED, MERGED, OPEN, Comment, Snapshot, Thread
from coro_cli.plugins.azure import history
from coro_cli.plugins.azure.people import People, key
from coro_cli.plugins.reading import instant, moment
from coro_cli.plugins.turns import digest
from coro_cli.plugins.wire import Broken, items, maybe, text, want

Json = dict[str, Any]
_STATES = {"completed": MERGED, "abandoned": CLOSED}
_SOLVED = ("fixed", "wontFix", "closed", "byDesign")
# The host writes a comment's times one after the other.
EDIT = 1.0


def listed(item: Json, labels: Sequence[str]) -> str:
    """The digest of what lists and single answers both say of a pull request."""
    votes = sorted((key(r), r.get("vote")) for r in items(item.get("reviewers")))
    facts = [item.get(name) for name in ("status", "isDraft", "title")]
    return digest(facts, head(item), conflicted(item), votes, sorted(labels))


def peeked(threads: Sequence[Json]) -> str:
    """The digest of all threads."""
    return digest([
        [t.get("id"), t.get("status"), t.get("isDeleted") is True, text(t, "lastUpdatedDate"),
         [[c.get("id"), text(c, "lastContentUpdatedDate"), c.get("isDeleted") is True] for c in items(t.get("comments"))]]
        for t in threads
    ])  # fmt: skip


def head(item: Any) -> str:
    """The head commit, as far as the host has tried to merge it."""
    return text(item, "lastMergeSourceCommit", "commitId")


def conflicted(item: Any) -> bool:
    """Whether it conflicts with its target."""
    return text(item, "mergeStatus") == "conflicts"


def labels(item: Any) -> tuple[str, ...]:
    """Its labels; one that was taken off may stay as inactive."""
    return tuple(text(label, "name") for label in items(maybe(item, "labels")) if label.get("active") is not False)


def snapshot(site: str, page: str, scope: str, found: Any, url: str, people: People, threads: Sequence[Json]) -> Snapshot:
    """One pull request, whole. site: the host, for keys. page: where a browser finds it. scope: whose name it was asked by."""
    if not isinstance(found, dict):
        raise Broken(f"{url} answered without a pull request")
    number, home = want(found, "pullRequestId", int, url), text(found, "repository", "id")
    if not home:
        raise Broken(f"{url} answered without a usable `repository.id`")
    state = _STATES.get(text(found, "status"), OPEN)
    created = instant(found.get("creationDate"), "creationDate", url)
    updated = max([created, moment(found.get("closedDate")) or 0.0, *(moment(t.get("lastUpdatedDate")) or 0.0 for t in threads)])
    at = None if state == OPEN else moment(found.get("closedDate")) or updated
    heads = history.branch(threads, head(found), people)
    spoken = [t for t in threads if not history.kind(t) and t.get("isDeleted") is not True]
    told = (("synchronized",) if heads.tells(head(found)) else ()) + (("reopened",) if history.log(threads, "StatusUpdate") else ())
    verdicts = history.reviews(threads, found, heads, updated, people)
    # Who votes becomes a reviewer, without having been asked.
    said = {review.actor.login for review in verdicts}
    asked = [login for r in items(found.get("reviewers")) if (login := people.login(r)) not in said]
    return Snapshot(
        id=f"azure:{site}:{home}:{number}", family=PULL_REQUEST, url=page, title=text(found, "title"), body=text(found, "description"),
        author=people.actor(found.get("createdBy")), state=state, draft=found.get("isDraft") is True, head=head(found),
        created_at=created, updated_at=updated, merged_at=at if state == MERGED else None, closed_at=at,
        closed_by=people.actor(found.get("closedBy")), conflicted=conflicted(found) and state == OPEN, labels=labels(found),
        requested=tuple(asked), reviews=tuple(verdicts),
        comments=tuple(c for t in spoken for item in items(t.get("comments")) if (c := comment(item, t, people, page)) is not None),
        threads=tuple(thread(t) for t in spoken if any(_is_spoken(c) for c in items(t.get("comments")))),
        changes=(*heads.changes(), *history.reopenings(threads, people)),
        # While it is open this is a merge that was only tried.
        merge_commit=text(found, "lastMergeCommit", "commitId") if state == MERGED else "",
        told=told, renamed_to=_scope(found, scope),
    )  # fmt: skip


def comment(item: Json, where: Json, people: People, page: str) -> Comment | None:
    """One comment, in the conversation or on a line. A like moves `lastUpdatedDate`, an edit the other one."""
    at, edited = moment(item.get("publishedDate")), moment(item.get("lastContentUpdatedDate"))
    if at is None or "id" not in item or not _is_spoken(item):
        return None
    spot = where.get("threadContext")
    line = maybe(spot, "rightFileStart", "line") or maybe(spot, "leftFileStart", "line")
    return Comment(
        f"thread:{where.get('id')}:comment:{item['id']}", people.actor(item.get("author")), at, text(item, "content"),
        f"{page}?discussionId={where.get('id')}", edited if edited is not None and edited - at > EDIT else None,
        text(spot, "filePath"), line if isinstance(line, int) else None,
    )  # fmt: skip


def thread(where: Json) -> Thread:
    """A conversation; its status says whether it is over."""
    resolved = text(where, "status") in _SOLVED
    at = moment(where.get("lastUpdatedDate")) if resolved else None
    return Thread(str(where.get("id")), resolved, at=at, path=text(where, "threadContext", "filePath"))


def _is_spoken(item: Json) -> bool:
    return text(item, "commentType") not in ("system", "codeChange") and item.get("isDeleted") is not True


def _scope(found: Any, asked: str) -> str:
    project, repo = text(found, "repository", "project", "name"), text(found, "repository", "name")
    return f"{asked.partition('/')[0]}/{project}/{repo}" if project and repo else ""
