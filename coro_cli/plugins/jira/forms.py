"""An issue's JSON, of either API version, read into a snapshot. A delivery's issue has the same shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coro_cli.domain.events import GHOST, Actor
from coro_cli.domain.names import ISSUE
from coro_cli.domain.ref import KEY
from coro_cli.domain.snapshot import CLOSED, OPEN, Change, Comment, Snapshot
from coro_cli.plugins.jira import document, history
from coro_cli.plugins.jira.reader import Reader, known_as, person
from coro_cli.plugins.reading import instant, moment
from coro_cli.plugins.tracker import bounded
from coro_cli.plugins.wire import Broken, ident, items, maybe, text

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
    changes = history.changes(reader, histories or (), epic, ends, also)
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


def _ends(reader: Reader, fields: Json, over: bool, previous: Snapshot | None) -> history.Ends:
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


def _closing(reader: Reader, histories: Sequence[Json], ends: history.Ends) -> tuple[float, Actor] | None:
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
