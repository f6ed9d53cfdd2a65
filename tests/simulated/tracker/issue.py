"""An issue one can drive. Every change leaves an entry in its history and moves `updated_at`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from tests.simulated.tracker.records import Comment, Entry, Item, User
from tests.simulated.tracker.world import World

F = TypeVar("F", bound=Callable[..., Any])


def whole(method: F) -> F:
    """Make a change in one piece: no request is answered while it is half done."""

    @wraps(method)
    def locked(self: Any, *args: Any, **kwargs: Any) -> Any:
        with self.world.lock:
            return method(self, *args, **kwargs)

    return cast(F, locked)


class Issue:
    """One issue. stamps: every instant at which it changed, for indexes that lag. groups: projects it is part of."""

    def __init__(self, world: World, *, project: str, number: int, author: str, title: str, body: str) -> None:
        self.world = world
        self.id = world.next_id()
        self.project, self.number = project, number
        self.former: list[str] = []
        self.title, self.body = title, body
        self.rich: object = None
        self.author: User | None = world.user(author)
        self.status = world.statuses["To Do"]
        self.assignee: User | None = None
        self.labels: list[str] = []
        self.parent: Issue | None = None
        self.group = ""
        self.deleted = False
        self.comments: list[Comment] = []
        self.history: list[Entry] = []
        self.created_at = self.updated_at = world.now()
        self.closed_at: float | None = None
        self.stamps = [self.created_at]
        world.issues[self.id] = world.keys[self.key] = self

    @property
    def key(self) -> str:
        """`PROJ-7`, as it is now."""
        return f"{self.project}-{self.number}"

    @property
    def is_done(self) -> bool:
        """Whether its status ends it."""
        return self.status.category == "done"

    @whole
    def comment(self, by: str, body: str = "A comment.", *, restricted: bool = False, rich: object = None) -> Comment:
        """Write a comment. restricted: for others' eyes. rich: its text as a document."""
        at = self.world.now()
        made = Comment(self.world.next_id(), self, self.world.user(by), body, at, restricted=restricted, rich=rich)
        self.comments.append(made)
        self._log(by, comment=made)
        return made

    @whole
    def edit_comment(self, id: int, body: str) -> Comment:
        """Change the text of a comment."""
        made = next(c for c in self.comments if c.id == id)
        made.body, made.rich, made.edited_at = body, None, self.world.now()
        self._touch()
        return made

    @whole
    def delete_comment(self, id: int) -> None:
        """Take a comment away."""
        self.comments = [c for c in self.comments if c.id != id]
        self.history = [e for e in self.history if e.comment is None or e.comment.id != id]
        self._touch()

    @whole
    def assign(self, login: str, by: str = "maintainer") -> None:
        """Assign somebody, instead of whoever was."""
        old, self.assignee = self.assignee, self.world.user(login)
        self._log(by, Item("assignee", old.login if old else "", login))

    @whole
    def unassign(self, login: str = "", by: str = "maintainer") -> None:
        """Leave it to nobody."""
        old, self.assignee = self.assignee, None
        if old is not None:
            self._log(by, Item("assignee", old.login, ""))

    @whole
    def label(self, name: str, by: str = "maintainer") -> None:
        """Put a label on it; nothing happens if it has it."""
        if name not in self.labels:
            self._relabel([*self.labels, name], by)

    @whole
    def unlabel(self, name: str, by: str = "maintainer") -> None:
        """Take a label off; nothing happens if it has it not."""
        if name in self.labels:
            self._relabel([label for label in self.labels if label != name], by)

    @whole
    def transition(self, to: str, by: str = "maintainer") -> None:
        """Give it another status; into or out of one that ends it, the resolution moves too."""
        old, self.status = self.status, self.world.statuses[to]
        items = [Item("status", old.name, to)]
        if (old.category == "done") != self.is_done:
            self.closed_at = self.world.now() if self.is_done else None
            items.append(Item("resolution", "" if self.is_done else "Done", "Done" if self.is_done else ""))
        self._log(by, *items)

    @whole
    def close(self, by: str = "maintainer") -> None:
        """Move it to `Done`."""
        self.transition("Done", by)

    @whole
    def reopen(self, by: str = "maintainer") -> None:
        """Move it back to `To Do`."""
        self.transition("To Do", by)

    @whole
    def link_epic(self, epic: Issue, by: str = "maintainer") -> None:
        """Make another issue its parent."""
        old, self.parent = self.parent, epic
        self._log(by, Item("parent", old.key if old else "", epic.key))

    @whole
    def unlink_epic(self, by: str = "maintainer") -> None:
        """Leave the parent; nothing happens without one."""
        if self.parent is not None:
            old, self.parent = self.parent, None
            self._log(by, Item("parent", old.key, ""))

    @whole
    def join(self, group: str, by: str = "maintainer") -> None:
        """Make it part of a project of that name (Linear)."""
        old, self.group = self.group, group
        self._log(by, Item("group", old, group))

    @whole
    def link(self, other: Issue, by: str = "maintainer", *, kind: str = "blocks") -> None:
        """Link it to another issue: both histories tell."""
        self._log(by, Item("link", "", f"{kind} {other.key}"))
        other._log(by, Item("link", "", f"is blocked by {self.key}"))

    @whole
    def move(self, project: str, by: str = "maintainer") -> None:
        """Move it to another project, where it gets the next number; the old key leads here."""
        old, numbers = self.key, [i.number for i in self.world.issues.values() if i.project == project]
        self.former.append(old)
        self.project, self.number = project, max(numbers, default=0) + 1
        self.world.keys[self.key] = self
        self._log(by, Item("project", old, self.key))

    @whole
    def edit(self, body: str, by: str = "maintainer") -> None:
        """Change the description."""
        old, self.body, self.rich = self.body, body, None
        self._log(by, Item("description", old, body))

    @whole
    def delete(self) -> None:
        """Delete it."""
        self.deleted = True

    def _relabel(self, labels: list[str], by: str) -> None:
        old, self.labels = self.labels, labels
        self._log(by, Item("labels", " ".join(old), " ".join(labels)))

    def _log(self, by: str, *items: Item, comment: Comment | None = None) -> None:
        self.history.append(Entry(self.world.next_id(), self.world.user(by), self.world.now(), list(items), comment))
        self._touch()

    def _touch(self) -> None:
        self.updated_at = self.world.now()
        self.stamps.append(self.updated_at)
