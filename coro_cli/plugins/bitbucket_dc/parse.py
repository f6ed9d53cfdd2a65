"""Answers of Bitbucket Data Center read into the shared words: people, times, reviews, comments, states. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coro_cli.domain.events import GHOST, PULL_REQUEST, Actor, trust_of
from coro_cli.domain.snapshot import CLOSED, MERGED, OPEN, Change, Comment, Review, Snapshot, Thread
from coro_cli.plugins.answers import instant, moment
from coro_cli.plugins.bitbucket_dc.pages import every
from coro_cli.plugins.history import Branch, Push, Standing
from coro_cli.plugins.protocol import Asks, Broken, Denied, Gone, items, maybe, text, want
from coro_cli.plugins.round_robin import digest

if TYPE_CHECKING:
    from coro_cli.plugins.bitbucket_dc import BitbucketDC


KEPT = 3600.0


@dataclass(frozen=True, slots=True)
class People:
    """writers: the names of those who may write; None where everybody counts."""

    me: str
    writers: frozenset[str] | None
    author: str

    def actor(self, user: Any) -> Actor:
        """Who it was, as far as trust goes."""
        login = name(user)
        if not login:
            return GHOST
        word = login.lower()
        granted = "member" if self.writers is None or word in self.writers else "none"
        trust = trust_of(granted, is_self=word == self.me.lower(), is_author=word == self.author.lower())
        return Actor(login, "bot" if text(user, "type") == "SERVICE" else "user", trust)


def name(user: Any) -> str:
    """The user name: unique, and what one logs in with."""
    return text(user, "name") or text(user, "slug")


def key(user: Any) -> str:
    """What never changes about a user."""
    number = maybe(user, "id")
    return str(number) if isinstance(number, int) else name(user).lower()


def is_public(pull: Any) -> bool:
    """Whether everybody who can log in may speak here."""
    home = maybe(pull, "toRef", "repository")
    return maybe(home, "public") is True or maybe(home, "project", "public") is True


def writers(plugin: BitbucketDC, scope: str, pull: Any, now: float) -> Asks[frozenset[str] | None]:
    """Whose word counts in this repository: one request an hour, and only where it is public."""
    if not is_public(pull):
        return None
    until, found = plugin.writers.get(scope, (0.0, None))
    if now < until:
        return found
    project, _, repo = scope.partition("/")
    query = [("permission", "REPO_WRITE"), ("permission.projectKey", project), ("permission.repositorySlug", repo)]
    try:
        users = yield from every("/users", query)
    except (Denied, Gone):
        users = []  # then only the token's own user and the author are known
    found = frozenset(name(user).lower() for user in users)
    plugin.writers[scope] = (now + KEPT, found)
    return found


# A pull request's activities at Bitbucket Data Center: an event log with ids of its own, newest first.
#
# Versions add actions and fields: what is not known is passed over (the documentation asks for that).


Json = dict[str, Any]
Who = Callable[[Any], Actor]
# `REVIEWED` is the action behind the button "Needs work", of late "Request changes"; its status has both names too.
_VERDICTS = {"APPROVED": "approved", "REVIEWED": "changes_requested"}
STATUSES = {"APPROVED": "approved", "NEEDS_WORK": "changes_requested", "CHANGES_REQUESTED": "changes_requested"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One activity."""

    id: str
    action: str
    at: float
    user: Any
    item: Json


def entries(values: Sequence[Json]) -> list[Entry]:
    """The activities, oldest first."""
    found = [
        Entry(str(item.get("id")), text(item, "action"), at, item.get("user"), item)
        for item in values
        if (at := moment(item.get("createdDate"))) is not None
    ]
    return sorted(found, key=lambda entry: (entry.at, len(entry.id), entry.id))


def branch(log: Sequence[Entry], head: str, who: Who) -> Branch:
    """Where the head stood. A rescope without a new source commit is a move of the target."""
    moves = [e for e in log if e.action == "RESCOPED" and text(e.item, "fromHash") != text(e.item, "previousFromHash")]
    first = text(moves[0].item, "previousFromHash") if moves else head
    return Branch(first, [Push(text(e.item, "fromHash"), e.at, who(e.user)) for e in moves])


def reopenings(log: Sequence[Entry], who: Who) -> list[Change]:
    """A declined pull request can be opened again."""
    return [Change(f"activity:{e.id}", "reopened", who(e.user), e.at) for e in log if e.action == "REOPENED"]


def ended(log: Sequence[Entry], who: Who) -> Actor:
    """Who merged or declined it last."""
    return next((who(e.user) for e in reversed(log) if e.action in ("MERGED", "DECLINED")), GHOST)


def reviews(log: Sequence[Entry], found: Any, heads: Branch, updated: float, who: Who) -> list[Review]:
    """All verdicts, each with the id of its activity; those that do not stand any more are dismissed.

    The activities say when, the reviewers' status says what holds: a push may take approvals back.
    """
    standing = Standing()
    for entry in log:
        if entry.action in _VERDICTS:
            verdict = _VERDICTS[entry.action]
            review = Review(f"activity:{entry.id}", who(entry.user), verdict, entry.at, heads.head_at(entry.at))
            standing.give(key(entry.user), review)
        elif entry.action == "UNAPPROVED":
            standing.take_back(key(entry.user), entry.at)
    holds = {key(p.get("user")): p for p in [*items(found.get("participants")), *items(found.get("reviewers"))]}
    for person in sorted({*standing.said, *holds}):
        standing.settle(person, _now(holds.get(person, {}), updated, who), updated)
    return standing.all()


def _now(participant: Mapping[str, Any], updated: float, who: Who) -> Review | None:
    status, commit, user = text(participant, "status").upper(), text(participant, "lastReviewedCommit"), participant.get("user")
    state = STATUSES.get(status)
    return Review(f"participant:{key(user)}:{status.lower()}:{commit}", who(user), state, updated, commit) if state else None


# Answers of Bitbucket Data Center read into facts. Times are milliseconds, at some servers texts.


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
    heads = branch(log, head(found), people.actor)
    spoken = comments(log)
    verdicts = reviews(log, found, heads, updated, people.actor)
    # Who gives a verdict becomes a reviewer, without having been asked.
    said = {review.actor.login for review in verdicts}
    asked = [login for r in items(found.get("reviewers")) if (login := name(r.get("user"))) not in said]
    return Snapshot(
        id=f"bitbucket-dc:{site}:{home}:{number}", family=PULL_REQUEST, url=_url(found), title=text(found, "title"),
        body=text(found, "description"), author=people.actor(maybe(found, "author", "user")), state=state,
        draft=found.get("draft") is True, head=head(found), created_at=instant(found.get("createdDate"), "createdDate", url),
        updated_at=max([updated, *(entry.at for entry in log[-1:])]), merged_at=at if state == MERGED else None, closed_at=at,
        closed_by=people.actor(None) if state == OPEN else ended(log, people.actor),
        conflicted=conflicts and state == OPEN, requested=tuple(asked), reviews=tuple(verdicts),
        comments=tuple(c for entry, item in spoken if (c := comment(item, entry, people, _url(found))) is not None),
        threads=tuple(thread(item, entry, people) for entry, item in spoken if entry.item.get("comment") is item),
        changes=(*heads.changes(), *reopenings(log, people.actor)),
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
