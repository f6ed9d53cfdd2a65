"""Answers of Redmine read into the shared words: people, times, reviews, comments, states. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from coro_cli.domain.events import GHOST, ISSUE, Actor
from coro_cli.domain.snapshot import CLOSED, OPEN, Change, Comment, Snapshot
from coro_cli.plugins.answers import instant, moment
from coro_cli.plugins.base import Settings
from coro_cli.plugins.protocol import Broken, items, maybe, text, want
from coro_cli.plugins.tracker import bounded

# Every repetition is bounded, or stops at what could begin it anew: nothing takes quadratic time.
_CODE = re.compile(r"(<pre>(?:(?!<pre>).)*?</pre>|```.*?```)", re.DOTALL | re.IGNORECASE)
_TAGS = re.compile(r"</?(?:pre|code)(?: class=\"[\w -]{0,40}\")?>", re.IGNORECASE)
_URL = r"https?://[^\s()<>\"]{1,1000}"
_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(?m)(?<=\|)(?:_|=|<|>|[\\/]\d{1,3})\.[ \t]?"), " "),
    (re.compile(r"(?m)^h[1-6](?:\([^)\n]{0,80}\))?\.[ \t]+"), ""),
    (re.compile(r"(?m)^p[<>=]?\.[ \t]+"), ""),
    (re.compile(r"(?m)^bq\.[ \t]+"), "> "),
    (re.compile(r"!\[([^\]\[\n]{0,300})\]\(([^()\s]{1,1000})[^()\n]{0,300}\)"), lambda hit: f"[image: {hit[1] or hit[2]}]"),
    (re.compile(rf"\[([^\]\[\n]{{1,300}})\]\(({_URL})[^()\n]{{0,300}}\)"), r"\1 (\2)"),
    (re.compile(rf'"([^"\n]{{1,300}})":({_URL}(?<=[\w/]))'), r"\1 (\2)"),
    (re.compile(r"(?<![\w!])!(?:[<>=]|\{[^}\n]{0,80}\})?([\w./:%?=&-]{1,300}\.\w{2,5})(?:\([^()\n]{0,300}\))?!(?!\w)"), r"[image: \1]"),
    (re.compile(r"\{\{thumbnail\(([^(),\n]{1,300})[^()\n]{0,300}\)\}\}"), r"[image: \1]"),
    (re.compile(r"(?<![\w@])@([^@\n]{1,300})@(?![\w@])"), r"`\1`"),
    (re.compile(r"(?<![\w*])\*\*(?=\S)([^*\n]{1,300})(?<=\S)\*\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]{1,300})(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_\n]{1,300})(?<=\S)_(?![\w_])"), r"\1"),
)  # fmt: skip


def plain(source: str) -> str:
    """The text without its markup."""
    parts = _CODE.split(source.replace("\r\n", "\n"))
    return "".join(_TAGS.sub("", part) if at % 2 else _unmarked(part) for at, part in enumerate(parts)).strip("\n")


def _unmarked(part: str) -> str:
    for pattern, instead in _RULES:
        part = pattern.sub(instead, part)
    return part


# Redmine's issues and journals read into snapshots.


Json = dict[str, Any]
TOLD = ("assigned", "unassigned", "transitioned", "epic_linked", "epic_unlinked")


@dataclass(slots=True)
class Reader:
    """What has been learnt of the instance.

    statuses: id → (name, whether it closes). names: id → name of statuses seen in issues, for where the list is closed to the
    key. members: project id → user ids, where the token may know them. people: id → name.
    """

    settings: Settings
    me: str = ""
    statuses: Mapping[str, tuple[str, bool]] = field(default_factory=dict)
    members: dict[str, frozenset[str]] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def identity(self, number: int) -> str:
        """The stable prefix of an issue's keys: numbers are unique in an instance."""
        return f"redmine:{self.settings.host}:{number}"

    def actor(self, account: Any, project: str) -> Actor:
        """Who it was, by number: no answer gives a login, and a name anybody can give himself.

        Who belongs to the project is a member. Where the token may not read that, everybody with a number is.
        """
        number, name = _id(account), text(account, "name")
        if not number:
            return GHOST
        if self.me and number == self.me:
            return Actor(number, "user", "self", name)
        known = self.members.get(project)
        return Actor(number, "user", "member" if known is None or number in known else "none", name)

    def status(self, number: str) -> str:
        """A status by its number."""
        return self.statuses[number][0] if number in self.statuses else self.names.get(number, f"status {number}")

    def closes(self, number: str) -> bool | None:
        """Whether a status closes; None for one that is not known."""
        return self.statuses[number][1] if number in self.statuses else None

    def person(self, number: str) -> str:
        """An account by its number."""
        return self.people.get(number, f"user {number}")


def issue(reader: Reader, found: Any, url: str, *, since: float) -> Snapshot:
    """One issue with its journals. since: older comments and changes are left out, but for those that gave it what it has."""
    number, project = want(found, "id", int, url), _id(maybe(found, "project"))
    journals = items(maybe(found, "journals"))
    for account in (found.get("author"), found.get("assigned_to"), *(j.get("user") for j in journals)):
        if _id(account):
            reader.people[_id(account)] = text(account, "name")
    status, assignee = text(found, "status", "name"), text(found, "assigned_to", "name")
    parent = _id(maybe(found, "parent"))
    over = is_over(reader, found)
    changes = [change for journal in journals for change in _changes(reader, journal, project)]
    values = {"to": {status}, "assignee": {assignee}, "epic": {parent}}
    page = f"{reader.settings.web_url}/issues/{number}"
    written = [c for at, j in enumerate(journals, 1) if (c := comment(reader, j, project, f"{page}#note-{at}")) is not None]
    return Snapshot(
        id=reader.identity(number), family=ISSUE, native=str(number), url=page, title=text(found, "subject"),
        body=plain(text(found, "description")), author=reader.actor(found.get("author"), project),
        state=CLOSED if over else OPEN, created_at=instant(found.get("created_on"), "created_on", url),
        updated_at=instant(found.get("updated_on"), "updated_on", url), closed_at=moment(found.get("closed_on")) if over else None,
        closed_by=_closer(reader, found, project) if over else GHOST, assignees=(assignee,) if assignee else (), status=status,
        epic=parent, comments=tuple(c for c in written if max(c.at, c.edited_at or 0.0) >= since),
        changes=bounded(changes, values, since), complete_since=since, told=_told(reader, found),
    )  # fmt: skip


def is_over(reader: Reader, found: Json) -> bool:
    """Whether its status closes it; the issue itself says so since Redmine 5."""
    told = maybe(found, "status", "is_closed")
    known = told if isinstance(told, bool) else reader.closes(_id(maybe(found, "status")))
    return _closed_last(found) if known is None else known


def _closed_last(found: Json) -> bool:
    """By `closed_on`, which Redmine leaves standing when an issue is opened again: whether no other status came later."""
    closed = moment(found.get("closed_on"))
    return closed is not None and all((moment(journal.get("created_on")) or 0.0) <= closed for journal, _ in _steps(found))


def _steps(found: Json) -> list[tuple[Json, Json]]:
    """The journals that changed the status, each with that detail."""
    return [(j, d) for j in items(found.get("journals")) for d in items(j.get("details")) if text(d, "name") == "status_id"]


def name_statuses(reader: Reader, found: Any, previous: Snapshot | None) -> None:
    """Learn the names of statuses from the issue: its own, and the one of the last look that it has left since."""
    if _id(maybe(found, "status")):
        reader.names[_id(maybe(found, "status"))] = text(found, "status", "name")
    seen = previous.updated_at if previous is not None else math.inf
    left = [d for j, d in _steps(found) if (moment(j.get("created_on")) or 0.0) > seen] if isinstance(found, dict) else []
    if previous is not None and left:
        reader.names.setdefault(_value(left[0], "old_value"), previous.status)


def _told(reader: Reader, found: Json) -> tuple[str, ...]:
    """What the journals tell, where they are shown. A step out of an end is only seen where it is known which statuses are."""
    if not isinstance(found.get("journals"), list):
        return ()
    return (*TOLD, "reopened") if reader.statuses else TOLD


def comment(reader: Reader, journal: Json, project: str, url: str) -> Comment | None:
    """A journal's note; None for a journal that only records changes. The time of an edit is told since Redmine 5.1."""
    number, at, notes = _id(journal), moment(journal.get("created_on")), text(journal, "notes")
    if not number or at is None or not notes.strip():
        return None
    edited = moment(journal.get("updated_on"))
    who = reader.actor(journal.get("user"), project)
    return Comment(f"journal:{number}", who, at, plain(notes), url, edited if edited is not None and edited > at else None)


def _changes(reader: Reader, journal: Json, project: str) -> Iterator[Change]:
    number, at = _id(journal), moment(journal.get("created_on"))
    if not number or at is None:
        raise Broken("a journal of Redmine has no `id` or no `created_on`")
    who = reader.actor(journal.get("user"), project)
    for detail in items(journal.get("details")):
        for key, name, data in _happenings(reader, detail):
            yield Change(f"journal:{number}:{key}", name, who, at, data)


def _happenings(reader: Reader, detail: Json) -> Iterator[tuple[str, str, dict[str, Any]]]:
    kind, name = text(detail, "property"), text(detail, "name") or text(detail, "prop_key")
    old, new = _value(detail, "old_value"), _value(detail, "new_value") or _value(detail, "value")
    if (kind, name) == ("attr", "status_id"):
        data = {"from": reader.status(old), "to": reader.status(new)}
        yield "status", "transitioned", data
        if reader.closes(old) and reader.closes(new) is False:
            yield "reopened", "reopened", data
    elif (kind, name) == ("attr", "assigned_to_id"):
        before, after = (reader.person(number) if number else "" for number in (old, new))
        yield from _swap("assignee", "assignee", before, after, ("assigned", "unassigned"))
    elif (kind, name) == ("attr", "parent_id"):
        yield from _swap("parent", "epic", old, new, ("epic_linked", "epic_unlinked"))
    elif kind == "relation" and new:
        yield f"relation:{name}:{new}", "linked", {"to": new, "link": f"{name} {new}"}


def _swap(key: str, subject: str, old: str, new: str, names: tuple[str, str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if new:
        yield key, names[0], {subject: new, "from": old, "to": new}
    if old:
        yield f"{key}:-", names[1], {subject: old, "from": old, "to": new}


def _closer(reader: Reader, found: Json, project: str) -> Actor:
    """Who took the newest step into a status that closes; where nobody tells which those are, into the one it has."""
    for journal, detail in reversed(_steps(found)):
        new = _value(detail, "new_value") or _value(detail, "value")
        closes = reader.closes(new)
        if new == _id(maybe(found, "status")) if closes is None else closes:
            return reader.actor(journal.get("user"), project)
    return GHOST


def _value(detail: Json, name: str) -> str:
    found = detail.get(name)
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def _id(thing: Any) -> str:
    number = maybe(thing, "id")
    return str(number) if isinstance(number, int) and not isinstance(number, bool) else ""
