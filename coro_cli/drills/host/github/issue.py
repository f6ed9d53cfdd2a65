"""Issues, and what pull requests share with them: comments, labels, assignees, open and closed."""

from __future__ import annotations

from typing import Any

from coro_cli.drills.host.github.records import Comment, Event, Label
from coro_cli.drills.host.github.world import Happening, Repo, User, World, whole


class Issue:
    """An issue. Every change moves `updated_at`, as at GitHub; what does not says so.

    timeline: comments, events, reviews and commits in the order they came.
    """

    event_family = "issues"
    prefix = "I"

    def __init__(self, *, repo: Repo, number: int, author: str, title: str, body: str, association: str) -> None:
        self.repo, self.number = repo, number
        self.title, self.body, self.association = title, body, association
        self.id = self.world.next_id()
        self.node_id = self.world.node(self.prefix, self.id, self)
        self.author = self.world.user(author)
        self.state, self.state_reason = "open", ""
        self.labels: dict[str, Label] = {}
        self.assignees: dict[str, User] = {}
        self.comments: list[Comment] = []
        self.timeline: list[Any] = []
        self.parent_issue: Issue | None = None
        self.sub_issues: list[Issue] = []
        self.created_at = self.updated_at = self.world.second()
        self.closed_at: int | None = None
        self.closed_by: User | None = None
        repo.items[number] = self
        repo.version += 1

    @property
    def world(self) -> World:
        """Where it lives."""
        return self.repo.world

    @property
    def comment_count(self) -> int:
        """The `comments` figure of its REST form."""
        return len(self.comments)

    @whole
    def opened(self) -> None:
        """Tell the world that it is there."""
        self._changed(self.event_family, "opened", self.author)

    @whole
    def comment(self, by: str, body: str = "A comment.", *, association: str = "") -> Comment:
        """Write a comment."""
        number, user, now = self.world.next_id(), self.world.user(by), self.world.second()
        made = Comment(number, "", self, user, body, association or self._association(user), now, now)
        made.node_id = self.world.node("IC", number, made)
        self.comments.append(made)
        self.timeline.append(made)
        self._touch("issue_comment", "created", user, comment=made)
        return made

    @whole
    def edit_comment(self, id: int, body: str, *, by: str = "") -> Comment:
        """Change the text of a comment."""
        made = self._comment(id)
        made.body, made.updated_at = body, self.world.second()
        made.edited_at = made.updated_at
        self._touch("issue_comment", "edited", self.world.user(by) if by else made.author, comment=made)
        return made

    @whole
    def delete_comment(self, id: int, *, by: str = "") -> None:
        """Take a comment away; only the timeline remembers that there was one."""
        made = self._comment(id)
        self.comments.remove(made)
        self.timeline.remove(made)
        self.world.nodes.pop(made.node_id, None)
        actor = self.world.user(by) if by else made.author
        self._event("comment_deleted", actor)
        self._touch("issue_comment", "deleted", actor, comment=made)

    @whole
    def label(self, name: str, by: str = "maintainer") -> None:
        """Put a label on it; nothing happens if it has it."""
        if name not in self.labels:
            self.labels[name] = label = self._label(name)
            self._log("labeled", by, label=label)

    @whole
    def unlabel(self, name: str, by: str = "maintainer") -> None:
        """Take a label off; nothing happens if it has it not."""
        if label := self.labels.pop(name, None):
            self._log("unlabeled", by, label=label)

    @whole
    def assign(self, login: str, by: str = "maintainer") -> None:
        """Assign somebody."""
        user = self.world.user(login)
        if login not in self.assignees:
            self.assignees[login] = user
            self._log("assigned", by, assignee=user)

    @whole
    def unassign(self, login: str, by: str = "maintainer") -> None:
        """Take somebody off it."""
        if user := self.assignees.pop(login, None):
            self._log("unassigned", by, assignee=user)

    @whole
    def close(self, by: str = "maintainer", *, reason: str = "completed") -> None:
        """Close it. reason: `completed`, `not_planned` or `duplicate` (issues only)."""
        if self.state == "open":
            self.state, self.state_reason = "closed", reason
            self.closed_at, self.closed_by = self.world.second(), self.world.user(by)
            self._log("closed", by, state_reason=reason)

    @whole
    def reopen(self, by: str = "maintainer") -> None:
        """Open it again."""
        if self.state == "closed":
            self.state, self.state_reason, self.closed_at, self.closed_by = "open", "reopened", None, None
            self._log("reopened", by)

    @whole
    def rename(self, title: str, by: str = "maintainer") -> None:
        """Change the title."""
        before, self.title = self.title, title
        self._event("renamed", self.world.user(by), {"from": before, "to": title})
        self._touch(self.event_family, "edited", self.world.user(by))

    @whole
    def edit(self, body: str, by: str = "") -> None:
        """Change the text."""
        self.body = body
        self._touch(self.event_family, "edited", self.world.user(by) if by else self.author)

    @whole
    def mention_from(self, source: Issue, by: str = "maintainer") -> None:
        """Be mentioned by another issue or pull request (a cross-reference; does not move `updated_at`)."""
        self._event("cross-referenced", self.world.user(by), {"source": source})
        self.repo.version += 1

    @whole
    def connect(self, subject: Issue, by: str = "maintainer") -> None:
        """Be linked by hand to a pull request that will close it."""
        self._event("connected", self.world.user(by), {"subject": subject})
        self._touch(self.event_family, "edited", self.world.user(by))

    @whole
    def parent(self, issue: Issue, by: str = "maintainer") -> None:
        """Become a sub-issue of another."""
        self.parent_issue = issue
        issue.sub_issues.append(self)
        self._family("parent_issue_added", "sub_issue_added", issue, by)

    @whole
    def unparent(self, by: str = "maintainer") -> None:
        """Leave the parent; nothing happens without one."""
        if issue := self.parent_issue:
            self.parent_issue = None
            issue.sub_issues.remove(self)
            self._family("parent_issue_removed", "sub_issue_removed", issue, by)

    def _family(self, up: str, down: str, parent: Issue, by: str) -> None:
        user = self.world.user(by)
        self._event(up, user, {"parent": parent})
        parent._event(down, user, {"sub_issue": self})
        self._touch("sub_issues", up, user, parent=parent)
        parent._touch("sub_issues", down, user, sub_issue=self)

    def _label(self, name: str) -> Label:
        known = self.repo.labels.get(name)
        if known is None:
            number = self.world.next_id()
            known = self.repo.labels[name] = Label(number, "", name)
            known.node_id = self.world.node("LA", number, known)
        return known

    def _comment(self, id: int) -> Comment:
        return next(c for c in self.comments if c.id == id)

    def _association(self, user: User) -> str:
        if user.login == self.repo.owner:
            return "OWNER"
        return "MEMBER" if user.login in self.repo.members else "NONE"

    def _event(self, kind: str, actor: User | None, data: dict[str, Any] | None = None) -> Event:
        number = self.world.next_id()
        made = Event(number, "", self, kind, actor, self.world.second(), data or {})
        made.node_id = self.world.node("EV", number, made)
        self.timeline.append(made)
        return made

    def _log(self, kind: str, by: str, **data: Any) -> None:
        user = self.world.user(by)
        self._event(kind, user, data)
        self._touch(self.event_family, kind, user, **data)

    def _touch(self, event: str, action: str, sender: User | None, **extra: Any) -> None:
        self.updated_at = self.world.second()
        self._changed(event, action, sender, **extra)

    def _changed(self, event: str, action: str, sender: User | None, **extra: Any) -> None:
        self.repo.version += 1
        self.world.tell(Happening(event, action, self, sender, extra))
