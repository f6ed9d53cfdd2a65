"""Answers of Bitbucket Cloud read into the shared words: people, times, reviews, comments, states. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from coro_cli.domain.events import GHOST, PULL_REQUEST, Actor, trust_of
from coro_cli.domain.snapshot import CLOSED, MERGED, OPEN, Comment, Review, Snapshot, Thread
from coro_cli.plugins.answers import every_value, instant, moment
from coro_cli.plugins.history import Branch, Push
from coro_cli.plugins.protocol import Asks, Broken, Denied, Gone, Request, items, maybe, only_here, text, want
from coro_cli.plugins.round_robin import digest

if TYPE_CHECKING:
    from coro_cli.plugins.bitbucket import Bitbucket


KEPT = 3600.0
PAGES = 50


@dataclass(slots=True)
class Members:
    """Whose word counts, by repository, for an hour of the host's clock. None: everybody's."""

    known: dict[str, tuple[float, frozenset[str] | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class People:
    """The people of one look. namesakes: nicknames that several of them bear."""

    me: str
    members: frozenset[str] | None
    author: str
    namesakes: frozenset[str] = frozenset()

    def login(self, user: Any) -> str:
        """The nickname, with the uuid where it would be ambiguous; "" for an account that is gone."""
        name = nickname(user) or key(user)
        return f"{name}{key(user)}" if name.lower() in self.namesakes else name

    def actor(self, user: Any) -> Actor:
        """Who it was, as far as trust goes."""
        login, uuid = self.login(user), key(user)
        if not login:
            return GHOST
        granted = "member" if self.members is None or uuid in self.members else "none"
        trust = trust_of(granted, is_self=bool(uuid and self.me) and self.me.endswith(uuid), is_author=bool(uuid) and uuid == self.author)
        return Actor(login, "bot" if text(user, "type") == "app_user" else "user", trust)


def key(user: Any) -> str:
    """What never changes about an account."""
    return text(user, "uuid") or text(user, "account_id") or text(user, "nickname")


def nickname(user: Any) -> str:
    """What people see, as one word: blanks become `_`, so that `--from` can name it."""
    return "_".join((text(user, "nickname") or text(user, "username") or text(user, "display_name")).split())


def namesakes(users: Iterable[Any]) -> frozenset[str]:
    """Nicknames (in lower case) that different accounts bear."""
    pairs = {(nickname(user).lower(), key(user)) for user in users if nickname(user)}
    return frozenset(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)


def members(plugin: Bitbucket, scope: str, now: float) -> Asks[frozenset[str] | None]:
    """Whose word counts in this repository: one or two requests an hour."""
    until, found = plugin.members.known.get(scope, (0.0, None))
    if now < until:
        return found
    found = yield from _members(scope)
    plugin.members.known[scope] = (now + KEPT, found)
    return found


def _members(scope: str) -> Asks[frozenset[str] | None]:
    try:
        answer = yield Request(f"/repositories/{quote(scope)}", query=[("fields", "is_private,full_name,uuid")])
    except Gone:  # whose pull requests can be read all the same: then nothing says that it is public
        return (yield from _of_workspace(scope, unknown=None))
    except Denied as error:  # the token may be for pull requests alone
        only_here(error)
        return (yield from _of_workspace(scope, unknown=frozenset()))
    if maybe(answer.json(), "is_private") is True:
        return None
    return (yield from _of_workspace(scope, unknown=frozenset()))


def _of_workspace(scope: str, *, unknown: frozenset[str] | None) -> Asks[frozenset[str] | None]:
    request = Request(f"/workspaces/{quote(scope.partition('/')[0])}/members", query=[("pagelen", "100")])
    try:
        found = yield from every_value(request, most=PAGES)
    except Gone:
        return unknown
    except Denied:
        return frozenset()  # then only the token's own user and the author are known
    return frozenset(key(maybe(one, "user")) for one in items(found))


# A pull request's activity at Bitbucket Cloud: what happened when. Its items have no ids; their times are exact and stay.


Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    """branch: where its head stood. states: (time, state, who) of each update. verdicts: the last time of (who, verdict)."""

    branch: Branch = field(default_factory=lambda: Branch(""))
    states: Sequence[tuple[float, str, Any]] = ()
    verdicts: dict[tuple[str, str], float] = field(default_factory=dict)

    def ended(self, state: str) -> tuple[float | None, Any]:
        """When it came to the state it is in, and by whom. Later updates (a new title) repeat the state."""
        since: tuple[float | None, Any] = (None, None)
        for at, said, who in reversed(self.states):
            if said != state:
                break
            since = (at, who)
        return since

    def said(self, uuid: str, verdict: str) -> float | None:
        """When somebody last said so."""
        return self.verdicts.get((uuid, verdict))


def read(values: Sequence[Json], actor: Callable[[Any], Actor]) -> History:
    """The history in a list of activity items, whatever their order."""
    updates = sorted(
        ((at, item["update"]) for item in values if (at := moment(maybe(item, "update", "date"))) is not None), key=lambda each: each[0]
    )
    heads = [(at, text(update, "source", "commit", "hash")[:12], update) for at, update in updates]
    moved = [(at, sha, update) for at, sha, update in heads if sha]
    pushes = [
        Push(sha, at, actor(update.get("author")))
        for (_, before, _), (at, sha, update) in pairwise(moved)
        if sha != before
    ]
    branch = Branch(moved[0][1] if moved else "", pushes)
    return History(branch, [(at, text(update, "state"), update.get("author")) for at, update in updates], _verdicts(values))


def _verdicts(values: Sequence[Json]) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for item in values:
        for name, verdict in (("approval", "approved"), ("changes_requested", "changes_requested")):
            at = moment(maybe(item, name, "date"))
            if at is not None:
                who = (key(maybe(item, name, "user")), verdict)
                found[who] = max(at, found.get(who, 0.0))
    return found


# Answers of Bitbucket Cloud read into facts.
#
# Hashes have twelve digits in some answers and forty in others: they are cut to twelve, so that they can be compared.

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
