"""Issues as Jira's REST API shows them, of either version."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.simulated.tracker.issue import Issue
from tests.simulated.tracker.records import Comment, Entry, Item, Status, User
from tests.simulated.tracker.world import World

Json = dict[str, Any]
EPIC_FIELD = "customfield_10014"
_CATEGORIES = {"new": (2, "new", "To Do"), "indeterminate": (4, "indeterminate", "In Progress"), "done": (3, "done", "Done")}
_ACCOUNT = {"member": "atlassian", "customer": "customer", "app": "app"}


class Forms:
    """What an answer looks like. cloud: version 3. zone: of the account, in which servers write their times.

    emails: whether Cloud shows addresses. epic_by_field: parents are shown in the old epic field alone.
    """

    def __init__(self, world: World, *, cloud: bool) -> None:
        self.world = world
        self.cloud = cloud
        self.zone = "Australia/Adelaide"
        self.emails = False
        self.epic_by_field = not cloud
        self.url = ""

    def stamp(self, at: float) -> str:
        """`2026-11-23T10:11:12.345+0000`: milliseconds, an offset without a colon."""
        when = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=round(at * 1000))
        return when.astimezone(ZoneInfo(self.zone)).strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}" + (
            when.astimezone(ZoneInfo(self.zone)).strftime("%z")
        )

    def user(self, user: User | None) -> Json | None:
        """An account. Cloud keeps a deleted one as a nameless shell, a server its bare name."""
        if user is None:
            return None
        if self.cloud:
            identity, name = ("unknown", "Former user") if user.deleted else (user.login, user.name)
            shown = {"accountId": identity, "displayName": name, "active": not user.deleted, "accountType": _ACCOUNT[user.kind]}
            return shown | ({"emailAddress": f"{user.login}@example.org"} if self.emails and not user.deleted else {})
        if user.deleted:
            return None
        return {"name": user.login, "key": f"JIRAUSER{user.number}", "displayName": user.name, "active": True}

    def rich(self, body: str, rich: object) -> Any:
        """A text: a document in version 3."""
        if not self.cloud or isinstance(rich, str):
            return rich if isinstance(rich, str) else body
        paragraph = {"type": "paragraph", "content": [{"type": "text", "text": body}]}
        return rich if rich is not None else {"version": 1, "type": "doc", "content": [paragraph]}

    def status(self, status: Status) -> Json:
        """A status with its category."""
        number, key, name = _CATEGORIES[status.category]
        return {"id": str(status.number), "name": status.name, "statusCategory": {"id": number, "key": key, "name": name}}

    def comment(self, comment: Comment) -> Json:
        """A comment; `updated` is there from the start."""
        return {
            "id": str(comment.id), "author": self.user(comment.author), "body": self.rich(comment.body, comment.rich),
            "created": self.stamp(comment.at), "updated": self.stamp(comment.edited_at or comment.at),
        }  # fmt: skip

    def comments(self, issue: Issue) -> list[Json]:
        """The comments the token may see, oldest first."""
        return [self.comment(c) for c in issue.comments if not c.restricted]

    def issue(self, issue: Issue, fields: Collection[str], *, most: int) -> Json:
        """One issue with the fields asked for. most: how many comments are embedded."""
        values = self._values(issue, most)
        shown = values if "*all" in fields else {name: value for name, value in values.items() if name in fields}
        return {"id": str(issue.id), "key": issue.key, "self": f"{self.url}/rest/api/issue/{issue.id}", "fields": shown}

    def _values(self, issue: Issue, most: int) -> Json:
        comments = self.comments(issue)
        parent = issue.parent
        shown = {"id": str(parent.id), "key": parent.key, "fields": {"summary": parent.title}} if parent else None
        done = self.stamp(issue.closed_at) if issue.closed_at is not None else None
        return {
            "summary": issue.title, "description": self.rich(issue.body, issue.rich) if issue.body or issue.rich else None,
            "status": self.status(issue.status), "resolution": {"name": "Done"} if issue.is_done else None, "resolutiondate": done,
            "labels": issue.labels, "assignee": self.user(issue.assignee), "reporter": self.user(issue.author),
            "creator": self.user(issue.author), "created": self.stamp(issue.created_at), "updated": self.stamp(issue.updated_at),
            "project": {"key": issue.project}, **({"parent": shown} if shown and not self.epic_by_field else {}),
            EPIC_FIELD: parent.key if parent and self.epic_by_field else None,
            "comment": {"comments": comments[:most], "maxResults": most, "total": len(comments), "startAt": 0},
        }  # fmt: skip

    def history(self, entry: Entry) -> Json:
        """One entry of the changelog."""
        created: Any = self.stamp(entry.at)
        return {
            "id": str(entry.id), "author": self.user(entry.by), "created": created,
            "items": [self._item(item) for item in entry.items],
        }  # fmt: skip

    def histories(self, issue: Issue) -> list[Json]:
        """The changelog, oldest first; comments are no part of it."""
        return [self.history(entry) for entry in issue.history if entry.items]

    def _item(self, item: Item) -> Json:
        field, old, new = item.field, item.old, item.new
        if field == "status":
            before, after = (str(self.world.statuses[name].number) for name in (old, new))
            return _changed("status", "status", before, old, after, new)
        if field == "assignee":
            names = [self.world.user(login).name if login else None for login in (old, new)]
            return _changed("assignee", "assignee", old or None, names[0], new or None, names[1])
        if field == "parent":
            ids = [str(self.world.keys[key].id) if key else None for key in (old, new)]
            name = "Epic Link" if self.epic_by_field else "IssueParentAssociation"
            return _changed(name, EPIC_FIELD if self.epic_by_field else "", ids[0], old or None, ids[1], new or None)
        if field == "link":
            return _changed("Link", "issuelinks", None, None, new.split()[-1], f"This issue {new}")
        if field == "project":
            return _changed("Key", "", None, old, None, new)
        return _changed(field, field, None, old, None, new)


def _changed(name: str, field: str, old: str | None, old_text: str | None, new: str | None, new_text: str | None) -> Json:
    item = {"field": name, "fieldtype": "jira", "from": old, "fromString": old_text, "to": new, "toString": new_text}
    return item | ({"fieldId": field} if field else {})
