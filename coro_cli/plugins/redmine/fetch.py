"""What to ask Redmine for: one whole object, and what changed in a repository or project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from coro_cli.domain.snapshot import Snapshot
from coro_cli.plugins.answers import instant, moment, one_by_one, optional
from coro_cli.plugins.base import Changes, Look, Watched
from coro_cli.plugins.protocol import Asks, Broken, Denied, Gone, Request, items, maybe, only_here, text
from coro_cli.plugins.redmine import parse
from coro_cli.plugins.redmine.parse import Reader
from coro_cli.plugins.tracker import window

AT_ONCE = 100
# Statuses and members are asked for again after so long: people come and go while a runner runs.
STALE = 600.0
PAGES = 50


@dataclass(slots=True)
class Asker:
    """One instance. learnt: when statuses, and each project's members, were last asked for (host's clock)."""

    reader: Reader
    learnt: dict[str, float]

    def whoami(self) -> Asks[str]:
        """The number of the key's owner. A 403 here is a REST interface that is switched off."""
        name = self.reader.settings.name
        try:
            answer = yield Request("/users/current.json")
        except Denied as error:
            only_here(error)
            hint = "an administrator enables it: Administration, Settings, API, `Enable REST web service`"
            raise Denied(f"{name}'s REST interface is switched off, or closed to this key (403)", hint=hint) from error
        except Gone as error:
            return (yield from self._nobody(error))
        me = maybe(answer.json(), "user", "id")
        if not isinstance(me, int):
            raise Broken(f"{answer.url} answered without a user")
        return str(me)

    def _nobody(self, error: Gone) -> Asks[str]:
        """Where it is not told whose key it is: nobody's number, if there is a Redmine at all."""
        try:
            answer = yield Request("/issues.json", query=[("limit", "1")])
        except Gone:
            answer = None
        if answer is None or not isinstance(maybe(answer.json(), "issues"), list):
            name, url = self.reader.settings.name, self.reader.settings.api_url
            raise Denied(f"there is no Redmine at {url}", hint=f"check `api_url` of `{name}`") from error
        return "0"

    def changes(self, watched: Sequence[Watched]) -> Asks[Changes]:
        """The marks of all watched issues. Closed ones are hidden unless they are asked for; private ones are just missing."""
        by_number = {w.native or w.ref.number: str(w.ref) for w in watched}
        marks: dict[str, str] = {}
        numbers = sorted(by_number, key=int)
        for start in range(0, len(numbers), AT_ONCE):
            chunk = numbers[start : start + AT_ONCE]
            query = [("issue_id", ",".join(chunk)), ("status_id", "*"), ("limit", str(AT_ONCE))]
            answer = yield Request("/issues.json", query=query)
            if not isinstance(maybe(answer.json(), "issues"), list):
                raise Broken(f"{answer.url} answered without `issues`")
            for item in items(answer.json()["issues"]):
                ref = by_number.get(str(item.get("id")))
                if ref is not None:
                    marks[ref] = mark(instant(item.get("updated_on"), "updated_on", answer.url))
        return Changes(marks, None, [ref for ref in by_number.values() if ref not in marks])

    def look(self, watched: Sequence[Watched]) -> Asks[Look]:
        """Snapshots of all that can be read; a sentence for each of the others."""
        return one_by_one(watched, self.find)

    def find(self, watched: Watched) -> Asks[Snapshot]:
        """One issue by its number."""
        try:
            answer = yield Request(f"/issues/{watched.ref.number}.json", query=[("include", "journals")])
        except (Gone, Denied) as error:
            only_here(error)
            if isinstance(error, Denied):
                yield from self.whoami()  # an interface that was switched off says 403 as well: that is no missing right
            hint = "check the number, and that the key's owner may see the project: coro doctor"
            raise Gone(f"there is no `{watched.ref}`, or the key may not see it", hint=hint) from error
        found = maybe(answer.json(), "issue")
        yield from self._learn(found, answer.date, window(watched))
        parse.name_statuses(self.reader, found, watched.previous)
        snapshot = parse.issue(self.reader, found, answer.url, since=window(watched))
        return replace(snapshot, looked_at=answer.date)

    def _learn(self, found: Any, now: float, since: float) -> Asks[None]:
        if self._is_stale("statuses", now):
            answer = yield from optional(Request("/issue_statuses.json"))
            listed = items(maybe(answer.json(), "issue_statuses")) if answer is not None else []
            self.reader.statuses = {str(s.get("id")): (text(s, "name"), s.get("is_closed") is True) for s in listed}
        project = str(maybe(found, "project", "id") or "")
        if project and (self._is_stale(project, now) or self._is_new_here(found, project, since)):
            yield from self._members(project)

    def _is_new_here(self, found: Any, project: str, since: float) -> bool:
        """Whether somebody spoke lately who was no member when we asked: he may have become one."""
        known = self.reader.members.get(project)
        recent = [j for j in items(maybe(found, "journals")) if (moment(j.get("created_on")) or 0.0) >= since]
        return known is not None and any(str(maybe(j, "user", "id")) not in known for j in recent)

    def _is_stale(self, what: str, now: float) -> bool:
        if now - self.learnt.get(what, 0.0) < STALE:
            return False
        self.learnt[what] = now
        return True

    def _members(self, project: str) -> Asks[None]:
        """Who belongs to a project, also by a group. A key that may not know it leaves everybody trusted."""
        found: set[str] = set()
        for page in range(PAGES):
            query = [("limit", "100"), ("offset", str(page * 100))]
            answer = yield from optional(Request(f"/projects/{project}/memberships.json", query=query))
            if answer is None:
                self.reader.members.pop(project, None)
                return
            listed = items(maybe(answer.json(), "memberships"))
            for entry in listed:
                if isinstance(number := maybe(entry, "user", "id"), int):
                    found.add(str(number))
                    self.reader.people[str(number)] = text(entry, "user", "name")
            if len(listed) < 100:
                break
        self.reader.members[project] = frozenset(found)


def mark(updated_at: float) -> str:
    """The mark of one state: Redmine's times have whole seconds."""
    return str(int(updated_at))
