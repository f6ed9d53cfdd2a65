"""Answers of Jira read into the shared words: people, times, reviews, comments, states. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from coro_cli.domain.events import GHOST, ISSUE, Actor
from coro_cli.domain.ref import KEY
from coro_cli.domain.snapshot import CLOSED, OPEN, Change, Comment, Snapshot
from coro_cli.plugins.answers import instant, moment
from coro_cli.plugins.base import Settings
from coro_cli.plugins.jira import document
from coro_cli.plugins.protocol import Broken, ident, items, maybe, text
from coro_cli.plugins.tracker import bounded


@dataclass(slots=True)
class Reader:
    """What has been learnt of the site: whose token it is, the field that names epics, which statuses end an issue.

    done: status id → whether its category is `done`.
    """

    settings: Settings
    me: str = ""
    epic_fields: tuple[str, ...] = ()
    done: Mapping[str, bool] = field(default_factory=dict)

    def identity(self, number: str) -> str:
        """The stable prefix of an issue's keys: its numeric id outlives moves."""
        return f"jira:{self.settings.host}:{number}"

    def actor(self, account: Any) -> Actor:
        """Who it was. No account, a nameless or anonymised one is a ghost.

        Cloud's accounts have no names of their own (https://developer.atlassian.com/cloud/jira/platform/user-privacy-developer-guide/):
        the e-mail address where it is shown, else the account id. Both are Atlassian's to give, a display name is not.
        """
        identity = account_id(account)
        name = text(account, "displayName")
        if not identity or identity == "unknown" or name == "Former user":
            return GHOST
        login = text(account, "emailAddress") or identity if text(account, "accountId") else identity
        kind = "bot" if text(account, "accountType") == "app" else "user"
        return Actor(login, kind, self._trust(account, identity), name if name != login else "")

    def _trust(self, account: Any, identity: str) -> str:
        """Who has a licence to work here is a member; a portal's customer, an app and a leaver are not."""
        if self.me and identity == self.me:
            return "self"
        if maybe(account, "active") is False:
            return "none"
        return "member" if text(account, "accountType") in ("", "atlassian") else "none"


def account_id(account: Any) -> str:
    """What an account is told apart by: Cloud's account id, Data Center's user name; where neither is shown, what is."""
    words = ("accountId", "name", "key", "emailAddress", "displayName")
    return next((found for word in words if (found := text(account, word))), "")


def known_as(account: Any) -> dict[str, Any]:
    """What else an account is called: `{"names": […], "id": …}`, or nothing. Cloud has ids, Data Center user names."""
    names = [name for word in ("name", "emailAddress") if (name := text(account, word)) and name != person(account)]
    number = text(account, "accountId") or text(account, "key")
    return ({"names": names} if names else {}) | ({"id": number} if number and number != person(account) else {})


def person(account: Any) -> str:
    """How histories show an account, and so what `--match` is held against."""
    return text(account, "displayName") or account_id(account)


# An issue's JSON, of either API version, read into a snapshot. A delivery's issue has the same shape.


Json = dict[str, Any]
FIELDS = (
    "summary", "description", "status", "resolution", "resolutiondate", "statuscategorychangedate", "labels", "assignee",
    "reporter", "creator", "created", "updated", "parent", "comment", "project",
)  # fmt: skip
TOLD = ("labeled", "unlabeled", "assigned", "unassigned", "transitioned")
# Where a status comes without its category: what Jira's own workflows call their ends.
_ENDS = frozenset({"done", "closed", "resolved"})


def issue(
    reader: Reader, found: Json, url: str, comments: Sequence[Json], histories: Sequence[Json] | None,
    *, since: float, previous: Snapshot | None,
) -> Snapshot:
    """One issue. since: older comments and changes are left out, but for those that gave it what it has.

    histories: None where the site shows no changelog, so that only comparing two looks tells what changed.
    """
    key, fields = text(found, "key"), found.get("fields")
    number = ident(found, "id") if ident(found, "id").isdigit() else ""
    if not (number or key) or not isinstance(fields, dict):
        raise Broken(f"{url} answered with an issue without a usable `id` and `fields`")
    epic, status, labels = parent(reader, fields), text(fields, "status", "name"), _labels(fields.get("labels"))
    over, assignee = is_over(reader, fields), person(fields.get("assignee"))
    ends = _ends(reader, fields, over, previous)
    also = {assignee: named} if assignee and (named := known_as(fields.get("assignee"))) else {}
    changes = changelog(reader, histories or (), epic, ends, also)
    closing = _closing(reader, histories or (), ends) if over else None
    values = {"to": {status}, "label": set(labels), "assignee": {assignee}, "epic": {epic[1]}}
    changes = bounded(changes, values, since)
    return Snapshot(
        id=reader.identity(number or key), family=ISSUE, native=number, url=f"{reader.settings.web_url}/browse/{key}",
        title=text(fields, "summary"), body=document.plain(fields.get("description")),
        author=reader.actor(fields.get("creator") or fields.get("reporter")), state=CLOSED if over else OPEN,
        created_at=instant(fields.get("created"), "created", url), updated_at=instant(fields.get("updated"), "updated", url),
        closed_at=(closing[0] if closing else _ended_at(fields)) if over else None, closed_by=closing[1] if closing else GHOST,
        labels=labels, assignees=(assignee,) if assignee else (), known_as=also, status=status, epic=epic[1],
        comments=tuple(c for item in comments if (c := comment(reader, item, key)) is not None and _is_recent(c, since)),
        changes=changes, complete_since=since, told=_told(reader, epic[1], changes, previous) if histories is not None else (),
    )  # fmt: skip


def is_over(reader: Reader, fields: Json) -> bool:
    """Whether its status is one that ends it, or it has a resolution."""
    category = text(fields, "status", "statusCategory", "key")
    known = category == "done" if category else reader.done.get(ident(fields, "status", "id"))
    return bool(fields.get("resolution")) or (text(fields, "status", "name").lower() in _ENDS if known is None else known)


def _ends(reader: Reader, fields: Json, over: bool, previous: Snapshot | None) -> Ends:
    """By the site's list of statuses; else by what is seen of the present status, and of that of the last look."""
    now = {ident(fields, "status", "id"), text(fields, "status", "name")} - {""}

    def ends(item: Json, side: str) -> bool | None:
        number, name = ident(item, side), text(item, f"{side}String")
        if number in reader.done:
            return reader.done[number]
        if now & {number, name}:
            return over
        return previous.state == CLOSED if previous is not None and name and name == previous.status else None

    return ends


def parent(reader: Reader, fields: Json) -> tuple[str, str]:
    """(id, key) of the parent: the hierarchy's, else the old epic field's, which holds a key or an object of one."""
    for value in (fields.get(name) for name in ("parent", *reader.epic_fields)):
        if isinstance(value, str) and KEY.fullmatch(value):
            return "", value
        if text(value, "key"):
            return ident(value, "id"), text(value, "key")
    return "", ""


def comment(reader: Reader, item: Json, key: str) -> Comment | None:
    """One comment; None for what has no id or time."""
    number, at = ident(item, "id"), moment(item.get("created"))
    if not number or at is None:
        return None
    updated = moment(item.get("updated"))
    url = f"{reader.settings.web_url}/browse/{key}?focusedCommentId={number}" if key else ""
    return Comment(
        f"comment:{number}", reader.actor(item.get("author")), at, document.plain(item.get("body")), url,
        updated if updated is not None and updated > at else None,
    )  # fmt: skip


def _is_recent(comment: Comment, since: float) -> bool:
    return max(comment.at, comment.edited_at or 0.0) >= since


def _labels(value: Any) -> tuple[str, ...]:
    return tuple(label for label in value if isinstance(label, str)) if isinstance(value, list) else ()


def _closing(reader: Reader, histories: Sequence[Json], ends: Ends) -> tuple[float, Actor] | None:
    """When and by whom it was ended: the newest step into a status that ends it, or else the newest resolution."""
    steps: dict[str, tuple[float, Actor]] = {}
    for entry in sorted(histories, key=lambda h: moment(h.get("created")) or 0.0):
        for item in items(entry.get("items")):
            at, field = moment(entry.get("created")), text(item, "field")
            into = {"status": ends(item, "to") and not ends(item, "from"), "resolution": bool(ident(item, "to"))}.get(field)
            if into and at is not None:
                steps[field] = at, reader.actor(entry.get("author"))
    return steps.get("status") or steps.get("resolution")


def _ended_at(fields: Json) -> float | None:
    """As the issue itself tells. Cloud stamps each change of category; a resolution has its own date."""
    if text(fields, "status", "statusCategory", "key") == "done":
        return moment(fields.get("statuscategorychangedate")) or moment(fields.get("resolutiondate"))
    return moment(fields.get("resolutiondate"))


def _told(reader: Reader, epic: str, changes: Sequence[Change], previous: Snapshot | None) -> tuple[str, ...]:
    """What needs no comparing. A step out of an end is only seen where it is known which statuses are ends.

    Epic links are told by the history only if it explains the present one: servers may leave them out of it.

    https://github.com/mattermost/mattermost-plugin-jira/issues/339
    """
    last = next((c for c in reversed(changes) if c.name in ("epic_linked", "epic_unlinked")), None)
    after = "" if last is None else str(last.data.get("to", ""))
    is_explained = previous is None or previous.epic == epic or (last is not None and after == epic)
    known = ("reopened",) if reader.done or any(c.name == "reopened" for c in changes) else ()
    return (*TOLD, *known, *(("epic_linked", "epic_unlinked") if is_explained else ()))


def closed_category(found: Any) -> dict[str, bool]:
    """status id → whether it ends an issue, of the site's list of statuses."""
    return {ident(status, "id"): maybe(status, "statusCategory", "key") == "done" for status in items(found)}


# Changelogs: entries with an id each, of one or more changed fields (one event for each of ours).

# (entry's item, `from` or `to`) → whether that status ends an issue; None where nobody tells.
Ends = Callable[[Json, str], "bool | None"]
# Where a parent stands: subtasks and Cloud's hierarchy, and the field of the old epics, which sites may rename.
_PARENTS = frozenset({"parent", "issueparentassociation", "epic link", "epic-link"})
_NAMES = {"assignee": ("assigned", "unassigned"), "epic": ("epic_linked", "epic_unlinked")}


def changelog(
    reader: Reader, histories: Sequence[Json], epic: tuple[str, str], ends: Ends, known_as: Mapping[str, Json] | None = None
) -> tuple[Change, ...]:
    """The events of a changelog, oldest first. epic: (id, key) of the present parent, for entries that tell only its id.

    known_as: what else the present assignee is called, for entries that name that person (as `Snapshot.known_as`).
    """
    found = [_named(change, known_as or {}) for history in histories for change in _entry(reader, history, epic, ends)]
    return tuple(sorted(found, key=lambda change: change.at))


def _named(change: Change, known_as: Mapping[str, Json]) -> Change:
    """An entry tells the name that is shown, and the account's id or key; the rest is known of the present assignee."""
    also, present = change.data.get("known_as"), known_as.get(str(change.data.get("assignee", "")))
    same = also is not None and present is not None and also["id"] in (present.get("id"), *present.get("names", ()))
    return replace(change, data=change.data | {"known_as": present}) if same else change


def _entry(reader: Reader, history: Json, epic: tuple[str, str], ends: Ends) -> Iterator[Change]:
    at, number = moment(history.get("created")), ident(history, "id")
    if at is None or not number:
        return
    who = reader.actor(history.get("author"))
    for item in items(history.get("items")):
        for change in _item(reader, item, who, at, epic, ends):
            yield replace(change, key=f"changelog:{number}:{change.key}")


def _item(reader: Reader, item: Json, who: Actor, at: float, epic: tuple[str, str], ends: Ends) -> Iterator[Change]:
    name, field = text(item, "field").lower(), text(item, "fieldId")
    old, new = (text(item, f"{side}String") or ident(item, side) for side in ("from", "to"))
    if name == "status":
        yield Change("status", "transitioned", who, at, {"from": old, "to": new})
        if ends(item, "from") and ends(item, "to") is False:
            yield Change("reopened", "reopened", who, at, {"from": old, "to": new})
    elif name == "assignee":
        for change in _swap("assignee", "assignee", old, new, who, at):
            side = ident(item, "to" if change.name == "assigned" else "from")
            yield replace(change, data=change.data | ({"known_as": {"id": side}} if side else {}))
    elif name == "labels":
        yield from _label_changes(old.split(), new.split(), who, at)
    elif name in _PARENTS or field in ("parent", *reader.epic_fields):
        parents = (_key(item, side, words, epic) for side, words in (("from", "fromString"), ("to", "toString")))
        old, new = parents
        yield from _swap("parent", "epic", old, new, who, at)
    elif name in ("link", "remoteissuelink") and new:
        yield Change(f"link:{ident(item, 'to')}", "linked", who, at, {"to": ident(item, "to") or new, "link": new})


def _swap(field: str, subject: str, old: str, new: str, who: Actor, at: float) -> Iterator[Change]:
    """One value in the place of another: the new one came, the old one went."""
    gained, lost = _NAMES[subject]
    if new:
        yield Change(field, gained, who, at, {subject: new, "from": old, "to": new})
    if old:
        yield Change(f"{field}:-", lost, who, at, {subject: old, "from": old, "to": new})


def _label_changes(old: list[str], new: list[str], who: Actor, at: float) -> Iterator[Change]:
    for label in new:
        if label not in old:
            yield Change(f"labels:{label}", "labeled", who, at, {"label": label})
    for label in old:
        if label not in new:
            yield Change(f"labels:-{label}", "unlabeled", who, at, {"label": label})


def _key(item: Json, side: str, words: str, epic: tuple[str, str]) -> str:
    """The parent's key: what stands in the entry, unless the entry is about the present parent, whose key we know."""
    if epic[0] and ident(item, side) == epic[0]:
        return epic[1]
    return text(item, words) or ident(item, side)
