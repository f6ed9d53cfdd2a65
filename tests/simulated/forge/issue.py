"""Issues, and what pull requests share with them."""

from __future__ import annotations

from typing import Any

from tests.simulated.forge.ground import Ground, Repo, User, whole
from tests.simulated.forge.records import Change, Comment


class Issue:
    """An issue. Whether a change moves `updated_at` is the host's matter (`Ground.still`)."""

    def __init__(self, repo: Repo, number: int, *, author: str, title: str, body: str) -> None:
        self.repo, self.number, self.title, self.body = repo, number, title, body
        self.id = repo.ground.next_id()
        self.author = repo.ground.user(author)
        self.state = "open"
        self.labels: list[str] = []
        self.assignees: list[User] = []
        self.comments: list[Comment] = []
        self.history: list[Change] = []
        self.epic: Issue | None = None
        self.created_at = self.updated_at = repo.ground.now()
        self.closed_at: float | None = None
        self.closed_by: User | None = None
        self._enter()

    def _enter(self) -> None:
        self.repo.issues[self.number] = self

    @property
    def ground(self) -> Ground:
        """Where it lives."""
        return self.repo.ground

    @whole
    def comment(self, by: str, body: str = "A comment.", *, internal: bool = False) -> Comment:
        """Write a comment."""
        now = self.ground.now()
        made = Comment(self.ground.next_id(), self, self.ground.user(by), body, now, now, internal=internal)
        self.comments.append(made)
        self.repo.comments.append(made)
        self._touch("commented")
        return made

    @whole
    def edit_comment(self, id: int, body: str) -> Comment:
        """Change the text of a comment."""
        made = next(c for c in self.repo.comments if c.id == id)
        made.body, made.updated_at = body, self.ground.now()
        self._touch("comment_edited")
        return made

    @whole
    def delete_comment(self, id: int) -> None:
        """Take a comment away."""
        self.comments = [c for c in self.comments if c.id != id]
        self.repo.comments = [c for c in self.repo.comments if c.id != id]
        self._touch("comment_deleted")

    @whole
    def label(self, name: str, by: str = "maintainer") -> None:
        """Put a label on it; nothing happens if it has it."""
        if name not in self.labels:
            self.labels.append(name)
            self._log("labeled", by, label=name)

    @whole
    def unlabel(self, name: str, by: str = "maintainer") -> None:
        """Take a label off; nothing happens if it has it not."""
        if name in self.labels:
            self.labels.remove(name)
            self._log("unlabeled", by, label=name)

    @whole
    def assign(self, login: str, by: str = "maintainer") -> None:
        """Assign somebody."""
        user = self.ground.user(login)
        if user not in self.assignees:
            self.assignees.append(user)
            self._log("assigned", by, user=user)

    @whole
    def unassign(self, login: str, by: str = "maintainer") -> None:
        """Take somebody off it."""
        user = self.ground.user(login)
        if user in self.assignees:
            self.assignees.remove(user)
            self._log("unassigned", by, user=user)

    @whole
    def close(self, by: str = "maintainer") -> None:
        """Close it."""
        if self.state == "open":
            self.state, self.closed_at, self.closed_by = "closed", self.ground.now(), self.ground.user(by)
            self._log("closed", by)

    @whole
    def reopen(self, by: str = "maintainer") -> None:
        """Open it again."""
        if self.state == "closed":
            self.state, self.closed_at, self.closed_by = "open", None, None
            self._log("reopened", by)

    @whole
    def rename(self, title: str, by: str = "maintainer") -> None:
        """Change the title."""
        before, self.title = self.title, title
        self._log("titled", by, before=before, after=title)

    @whole
    def link(self, other: Issue, by: str = "maintainer") -> None:
        """Relate it to another issue."""
        self._log("linked", by, other=other)

    @whole
    def parent(self, epic: Issue, by: str = "maintainer") -> None:
        """Put it below an epic."""
        self.epic = epic
        self._touch("epic_linked")

    @whole
    def unparent(self, by: str = "maintainer") -> None:
        """Take it out of its epic."""
        self.epic = None
        self._touch("epic_unlinked")

    def _log(self, kind: str, by: str, **data: Any) -> None:
        self.history.append(Change(self.ground.next_id(), self, kind, self.ground.user(by), self.ground.now(), data))
        self._touch(kind)

    def _touch(self, kind: str) -> None:
        if kind not in self.ground.still:
            self.updated_at = self.ground.now()
        self.ground.tell(kind, self)
