"""The simulated Redmine's answers. Times are cut to the second; lists hide closed issues and never hold journals."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from typing import Any, Self

from coro_cli.domain.durations import rfc3339
from coro_cli.drills.host.messages import Request, Response
from tests.simulated.tracker.host import TrackerHost
from tests.simulated.tracker.issue import Issue
from tests.simulated.tracker.records import Entry, Item, User

Json = dict[str, Any]
_FIELDS = {
    "status": "status_id", "assignee": "assigned_to_id", "parent": "parent_id", "project": "project_id", "description": "description",
}  # fmt: skip


class RedmineHost(TrackerHost):
    """rest_enabled: whether keys are taken at all. public: projects that everybody may see, also with a bad key.

    private_notes: whether the token may see restricted comments. lists_members: whether it may know who belongs to a project.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time, me: str = "me", token: str = "redmine-key") -> None:
        super().__init__(clock=clock, me=me, token=token)
        self.rest_enabled = True
        self.public: set[str] = set()
        self.private_notes = False
        self.lists_members = True

    def start(self) -> Self:
        """Listen."""
        super().start()
        for path, handler in (
            ("/users/current.json", self._me), ("/issue_statuses.json", self._statuses), ("/issues.json", self._list),
            (r"/issues/{number}\.json", self._issue), (r"/projects/{project}/memberships\.json", self._members),
        ):  # fmt: skip
            self.routes.add("GET", path, handler)
        return self

    def carries(self, request: Request) -> bool:
        """The key's own header; it says nothing while the interface is off."""
        return self.rest_enabled and request.headers.get("x-redmine-api-key", "") == self.token

    def missing(self, request: Request) -> Response:
        """An empty 404."""
        return Response(404, b"")

    def _visible(self, request: Request, issue: Issue | None) -> bool:
        return self.world.visible(issue) and (self.may(request) or (issue is not None and issue.project in self.public))

    def _me(self, request: Request) -> Response:
        if not self.may(request):
            return Response(401 if self.rest_enabled else 403, b"")
        user = self.world.user(self.me)
        return Response(body={"user": {"id": user.number, "login": user.login, "firstname": user.name}})

    def _statuses(self, request: Request) -> Response:
        shown = [{"id": s.number, "name": s.name, "is_closed": s.category == "done"} for s in self.world.statuses.values()]
        return Response(body={"issue_statuses": shown})

    def _members(self, request: Request) -> Response:
        if not self.lists_members or not self.may(request):
            return Response(403, b"")
        people = [u for u in self.world.users.values() if u.kind == "member"]
        start = int(request.query.get("offset", 0))
        shown: list[Json] = [{"id": u.number, "user": _named(u), "roles": [{"id": 4, "name": "Developer"}]} for u in people]
        return Response(body={"memberships": shown[start : start + 100], "total_count": len(shown), "offset": start, "limit": 100})

    def _list(self, request: Request) -> Response:
        wanted = request.query.get("issue_id", "").split(",")
        found = [
            issue for issue in self.world.issues.values()
            if self._visible(request, issue) and (wanted == [""] or str(issue.id) in wanted)
            and (request.query.get("status_id") == "*" or not issue.is_done)
        ]  # fmt: skip
        start, size = int(request.query.get("offset", 0)), min(int(request.query.get("limit", 25)), 100)
        shown = [self.form(issue) for issue in found[start : start + size]]
        return Response(body={"issues": shown, "total_count": len(found), "offset": start, "limit": size}, etag=False)

    def _issue(self, request: Request) -> Response:
        number = request.params["number"]
        issue = self.world.issues.get(int(number)) if number.isdigit() else None
        if issue is None or issue.deleted:
            return Response(404, b"")
        if not self._visible(request, issue):
            return Response(401 if self.rest_enabled and not self.may(request) else 403, b"")
        journals = [self.journal(e) for e in issue.history if self._shows(e)]
        shown = self.form(issue) | ({"journals": journals} if "journals" in request.query.get("include", "") else {})
        return Response(body={"issue": shown}, etag=False)

    def _shows(self, entry: Entry) -> bool:
        return entry.comment is None or not entry.comment.restricted or self.private_notes

    def form(self, issue: Issue) -> Json:
        """An issue as a list shows it."""
        assignee = self.world.alive(issue.assignee)
        return {
            "id": issue.id, "project": {"id": project_id(issue.project), "name": issue.project},
            "status": {"id": issue.status.number, "name": issue.status.name, "is_closed": issue.is_done},
            "author": self._who(issue.author), "subject": issue.title, "description": issue.body, "is_private": False,
            "created_on": _stamp(issue.created_at), "updated_on": _stamp(issue.updated_at), "closed_on": _stamp(issue.closed_at),
            **({"assigned_to": _named(assignee)} if assignee else {}), **({"parent": {"id": issue.parent.id}} if issue.parent else {}),
        }  # fmt: skip

    def _who(self, user: User | None) -> Json | None:
        """A deleted account's things belong to `Anonymous`."""
        return {"id": 4, "name": "Anonymous"} if self.world.alive(user) is None or user is None else _named(user)

    def journal(self, entry: Entry) -> Json:
        """One journal: a note, changes, or both."""
        note = entry.comment
        edited = note.edited_at if note is not None else None
        return {
            "id": entry.id, "user": self._who(entry.by), "notes": note.body if note else "", "created_on": _stamp(entry.at),
            "updated_on": _stamp(edited or entry.at), "private_notes": bool(note and note.restricted),
            "details": [d for item in entry.items if (d := self._detail(item)) is not None],
        }  # fmt: skip

    def _detail(self, item: Item) -> Json | None:
        if item.field == "link":
            kind, _, key = item.new.rpartition(" ")
            return {"property": "relation", "name": kind.split()[-1], "old_value": None, "new_value": str(self.world.keys[key].id)}
        if item.field not in _FIELDS:
            return None
        old, new = (self._value(item.field, value) for value in (item.old, item.new))
        return {"property": "attr", "name": _FIELDS[item.field], "old_value": old, "new_value": new}

    def _value(self, field: str, value: str) -> str | None:
        if not value:
            return None
        if field == "status":
            return str(self.world.statuses[value].number)
        if field == "assignee":
            return str(self.world.user(value).number)
        if field == "parent":
            return str(self.world.keys[value].id)
        return str(project_id(value.rpartition("-")[0])) if field == "project" else value


def project_id(name: str) -> int:
    """A project's number."""
    return zlib.crc32(name.encode()) % 10_000 + 1


def _named(user: User) -> Json:
    return {"id": user.number, "name": user.name}


def _stamp(at: float | None) -> str | None:
    return None if at is None else rfc3339(float(int(at)))
