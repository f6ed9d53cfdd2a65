"""Pull requests: reviewers, the branch, its checks, and how it ends."""

from __future__ import annotations

import hashlib

from tests.simulated.forge.ground import Repo, User, whole
from tests.simulated.forge.issue import Issue
from tests.simulated.forge.records import Check, Comment, Review, Thread


class Pull(Issue):
    """A pull request (merge request). pushes: (commit, time), oldest first. fork: its branch's repository, None when gone."""

    def __init__(
        self, repo: Repo, number: int, *, author: str, title: str, body: str, branch: str = "feature", fork: Repo | None = None
    ) -> None:
        self.branch, self.fork = branch, fork or repo
        self.gone_fork = self.is_draft = self.conflicting = False
        self.merged_at: float | None = None
        self.merge_sha = ""
        self.reviews: list[Review] = []
        self.threads: list[Thread] = []
        self.requested: list[User] = []
        self.checks: list[Check] = []
        super().__init__(repo, number, author=author, title=title, body=body)
        self.pushes = [(self._sha("head"), self.created_at)]

    def _enter(self) -> None:
        self.repo.pulls[self.number] = self

    @property
    def head_sha(self) -> str:
        """The head commit."""
        return self.pushes[-1][0]

    def approve(self, by: str, *, body: str = "") -> Review:
        """Approve it."""
        return self._review(by, "approved", body)

    def request_changes(self, by: str, *, body: str = "Please change this.") -> Review:
        """Ask for changes."""
        return self._review(by, "changes_requested", body)

    def review_comment(self, by: str, *, body: str = "Some remarks.") -> Review:
        """Review it without a verdict."""
        return self._review(by, "commented", body)

    def pending(self, by: str, *, body: str = "") -> Review:
        """Begin a review that only its author can see."""
        return self._review(by, "pending", body)

    @whole
    def dismiss(self, review: Review, by: str = "maintainer") -> None:
        """Take a verdict away (or back)."""
        review.dismissed, review.updated_at = True, self.ground.now()
        self._log("review_dismissed", by, review=review)

    @whole
    def inline(self, by: str, body: str = "This line.", *, path: str = "main.py", line: int = 1) -> Thread:
        """Start a thread on a line."""
        thread = Thread(self._sha("thread"), self)
        self.threads.append(thread)
        self.reply(thread, by, body, path=path, line=line)
        return thread

    @whole
    def reply(self, thread: Thread, by: str, body: str = "Indeed.", *, path: str = "main.py", line: int = 1) -> Comment:
        """Answer in a thread; it is part of a review of its own."""
        review, now = self._review(by, "commented", ""), self.ground.now()
        made = Comment(self.ground.next_id(), self, review.author, body, now, now, path, line, thread)
        thread.comments.append(made)
        review.comments.append(made)
        self.repo.comments.append(made)
        self._touch("commented")
        return made

    @whole
    def resolve(self, thread: Thread, by: str = "maintainer") -> None:
        """Mark a thread resolved."""
        thread.resolved_by, thread.resolved_at = self.ground.user(by), self.ground.now()
        self._touch("thread_resolved")

    @whole
    def unresolve(self, thread: Thread) -> None:
        """Open a thread again."""
        thread.resolved_by = None
        self._touch("thread_unresolved")

    @whole
    def request_review(self, login: str, by: str = "maintainer") -> None:
        """Ask somebody for a review."""
        user = self.ground.user(login)
        self.requested = [*(u for u in self.requested if u is not user), user]
        self._log("review_requested", by, user=user)

    @whole
    def push(self, sha: str | None = None, *, by: str = "") -> str:
        """Move the head; where the repository says so, approvals are gone. Returns the new head."""
        self.pushes.append((sha or self._sha("head"), self.ground.now()))
        for review in self.reviews if self.repo.reset else []:
            review.dismissed = review.dismissed or review.state == "approved"
        self._log("pushed", by or self.author.login, sha=self.head_sha)
        return self.head_sha

    @whole
    def merge(self, by: str = "maintainer") -> str:
        """Merge it. Returns the merge commit."""
        self.state, self.merge_sha, self.closed_by = "merged", self._sha("merge"), self.ground.user(by)
        self.merged_at = self.closed_at = self.ground.now()
        self._log("merged", by)
        return self.merge_sha

    @whole
    def draft(self, by: str = "") -> None:
        """Convert it to a draft."""
        self.is_draft = True
        self._log("converted_to_draft", by or self.author.login)

    @whole
    def ready(self, by: str = "") -> None:
        """Mark it ready for review."""
        self.is_draft = False
        self._log("ready_for_review", by or self.author.login)

    @whole
    def conflict(self, conflicting: bool = True) -> None:
        """Let it conflict with its base: it is the base that moved."""
        self.conflicting = conflicting
        self._touch("conflicted")

    @whole
    def delete_fork(self) -> None:
        """Delete the repository the branch came from."""
        self.gone_fork = True

    @whole
    def check(self, name: str = "build", conclusion: str | None = None, *, sha: str | None = None, ref: str = "") -> Check:
        """Start a check on the head (None) or finish the one that runs; a finished one is run again."""
        commit, now = sha or self.head_sha, self.ground.now()
        known = next((c for c in self.checks if (c.name, c.sha, c.state) == (name, commit, None)), None)
        if known is None:
            known = Check(self.ground.next_id(), self, name, commit, None, now, now, ref or self.branch)
            self.checks.append(known)
            self.repo.checks.append(known)
        known.state, known.updated_at = conclusion, now
        self._touch("checked")
        return known

    def status(self, context: str = "ci", state: str = "success", *, sha: str | None = None) -> Check:
        """Report a commit status on the head."""
        return self.check(context, None if state == "pending" else state, sha=sha)

    def standing(self) -> dict[str, Review]:
        """The latest verdict of each person that was not taken away, by login: a remark leaves it standing."""
        return {r.author.login: r for r in self.reviews if not r.dismissed and r.state in ("approved", "changes_requested")}

    @whole
    def _review(self, by: str, state: str, body: str) -> Review:
        now = self.ground.now()
        made = Review(self.ground.next_id(), self, self.ground.user(by), state, body, self.head_sha, now, now)
        self.reviews.append(made)
        if state != "pending":
            self._touch("reviewed")
        return made

    def _sha(self, what: str) -> str:
        return hashlib.sha1(f"{what} {self.ground.next_id()}".encode(), usedforsecurity=False).hexdigest()
