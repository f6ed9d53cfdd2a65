"""Answers of Bitbucket Data Center read into facts. Times are milliseconds, at some servers texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from coro_cli.domain.names import PULL_REQUEST
from coro_cli.domain.snapshot import CLOSED, MERGED, OPEN, Comment, Snapshot, Thread
from coro_cli.plugins.bitbucket_dc import history
from coro_cli.plugins.bitbucket_dc.history import Entry
from coro_cli.plugins.bitbucket_dc.people import People, key, name
from coro_cli.plugins.reading import instant, moment
from coro_cli.plugins.turns import digest
from coro_cli.plugins.wire import Broken, items, maybe, text, want

Json = dict[str, Any]
_STATES = {"MERGED": MERGED, "DECLINED": CLOSED}


def listed(item: Json, conflicted: bool) -> str:
    """The digest of what lists and single answers both say of a pull request."""
    people = sorted(
        (key(p.get("user")), text(p, "status"), text(p, "lastReviewedCommit"))
        for p in [*items(item.get("reviewers")), *items(item.get("participants"))]
    )
    counts = [maybe(item, "properties", name) for name in ("commentCount", "openTaskCount", "resolvedTaskCount")]
    facts = [item.get(name) for name in ("state", "draft", "version", "updatedDate", "title")]
    return digest(facts, head(item), counts, people, conflicted)


def peeked(values: Sequence[Json]) -> str:
    """The digest of the newest activities and their comments."""
    return digest([[v.get("id"), [_version(c) for c in _flat(v.get("comment"))]] for v in values])


def head(item: Any) -> str:
    """The head commit."""
    return text(item, "fromRef", "latestCommit")


def conflicted(item: Any) -> bool | None:
    """Whether it conflicts with its target, where the server has worked that out."""
    outcome = text(item, "properties", "mergeResult", "outcome")
    return None if outcome in ("", "UNKNOWN") else outcome == "CONFLICTED"


def snapshot(site: str, found: Any, url: str, people: People, log: Sequence[Entry], conflicts: bool) -> Snapshot:
    """One pull request, whole. site: the host, for keys."""
    if not isinstance(found, dict):
        raise Broken(f"{url} answered without a pull request")
    number, home = want(found, "id", int, url), maybe(found, "toRef", "repository", "id")
    if not isinstance(home, int):
        raise Broken(f"{url} answered without a usable `toRef.repository.id`")
    state = _STATES.get(text(found, "state"), OPEN)
    updated = instant(found.get("updatedDate"), "updatedDate", url)
    at = None if state == OPEN else moment(found.get("closedDate")) or updated
    heads = history.branch(log, head(found), people.actor)
    spoken = comments(log)
    verdicts = history.reviews(log, found, heads, updated, people.actor)
    # Who gives a verdict becomes a reviewer, without having been asked.
    said = {review.actor.login for review in verdicts}
    asked = [login for r in items(found.get("reviewers")) if (login := name(r.get("user"))) not in said]
    return Snapshot(
        id=f"bitbucket-dc:{site}:{home}:{number}", family=PULL_REQUEST, url=_url(found), title=text(found, "title"),
        body=text(found, "description"), author=people.actor(maybe(found, "author", "user")), state=state,
        draft=found.get("draft") is True, head=head(found), created_at=instant(found.get("createdDate"), "createdDate", url),
        updated_at=max([updated, *(entry.at for entry in log[-1:])]), merged_at=at if state == MERGED else None, closed_at=at,
        closed_by=people.actor(None) if state == OPEN else history.ended(log, people.actor),
        conflicted=conflicts and state == OPEN, requested=tuple(asked), reviews=tuple(verdicts),
        comments=tuple(c for entry, item in spoken if (c := comment(item, entry, people, _url(found))) is not None),
        threads=tuple(thread(item, entry, people) for entry, item in spoken if entry.item.get("comment") is item),
        changes=(*heads.changes(), *history.reopenings(log, people.actor)),
        merge_commit=text(found, "properties", "mergeCommit", "id") if state == MERGED else "",
        told=("reopened", "synchronized") if heads.tells(head(found)) else ("reopened",), renamed_to=scope(found),
    )  # fmt: skip


def scope(found: Any) -> str:
    """`PROJ/repo`, as it is called now."""
    project, repo = text(found, "toRef", "repository", "project", "key"), text(found, "toRef", "repository", "slug")
    return f"{project}/{repo}" if project and repo else ""


def comments(log: Sequence[Entry]) -> list[tuple[Entry, Json]]:
    """Each comment that is there, once, in its newest version. Answers stand inside what they answer."""
    found: dict[Any, tuple[Entry, Json]] = {}
    for entry in log:
        if entry.action == "COMMENTED" and text(entry.item, "commentAction") != "DELETED":
            for item in _flat(entry.item.get("comment")):
                known = found.get(item.get("id"))
                if known is None or _number(item) >= _number(known[1]):
                    found[item.get("id")] = (entry, item)
    gone = {maybe(e.item, "comment", "id") for e in log if text(e.item, "commentAction") == "DELETED"}
    return [each for number, each in found.items() if number not in gone and not _is_pending(each[1])]


def comment(item: Json, entry: Entry, people: People, url: str) -> Comment | None:
    """One comment, in the conversation or on a line. Resolving a thread may count as a new version: that is no edit."""
    at, updated = moment(item.get("createdDate")), moment(item.get("updatedDate"))
    if at is None or "id" not in item:
        return None
    edited = updated if updated is not None and updated > at and _number(item) > 0 and updated != _solved(item) else None
    anchor = entry.item.get("commentAnchor") or item.get("anchor")
    line = maybe(anchor, "line")
    return Comment(
        f"comment:{item['id']}", people.actor(item.get("author")), at, text(item, "text"),
        f"{url}/overview?commentId={item['id']}" if url else "", edited, text(anchor, "path"), line if isinstance(line, int) else None,
    )  # fmt: skip


def thread(item: Json, entry: Entry, people: People) -> Thread:
    """What began with this comment. A task is resolved by its state."""
    resolved = item.get("threadResolved") is True or text(item, "state") == "RESOLVED"
    who = item.get("threadResolver") or item.get("resolver")
    return Thread(str(item.get("id")), resolved, people.actor(who), _solved(item), text(entry.item, "commentAnchor", "path"))


def _solved(item: Json) -> float | None:
    return moment(item.get("threadResolvedDate") or item.get("resolvedDate"))


def _flat(item: Any) -> Iterator[Json]:
    if isinstance(item, dict):
        yield item
        for answer in items(item.get("comments")):
            yield from _flat(answer)


def _version(item: Json) -> list[Any]:
    return [item.get("id"), item.get("version"), item.get("threadResolved"), item.get("state")]


def _number(item: Json) -> int:
    version = item.get("version")
    return version if isinstance(version, int) else 0


def _is_pending(item: Json) -> bool:
    return item.get("pending") is True or text(item, "state") == "PENDING"


def _url(found: Any) -> str:
    return next((text(link, "href") for link in items(maybe(found, "links", "self"))), "")
