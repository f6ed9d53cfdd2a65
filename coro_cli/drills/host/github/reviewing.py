"""What reviewers do to a pull request: reviews, inline comments, threads, requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from coro_cli.drills.host.github.issue import Issue
from coro_cli.drills.host.github.records import Review, ReviewComment, Team, Thread
from coro_cli.drills.host.github.world import User, whole

if TYPE_CHECKING:
    from coro_cli.drills.host.github.pull import Pull


OPINIONS = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")


class Reviewed(Issue):
    """The reviewed side of a pull request."""

    head_sha: str
    reviews: list[Review]
    threads: list[Thread]
    requested: dict[str, User]
    teams: dict[str, Team]

    def approve(
        self, by: str, *, association: str = "MEMBER", body: str = "", commit: str | None = None
    ) -> Review:
        """Approve it, at the head or at an older commit."""
        return self._review(by, "APPROVED", body, association, commit)

    def request_changes(
        self, by: str, *, association: str = "MEMBER", body: str = "Please change this.", commit: str | None = None
    ) -> Review:
        """Ask for changes."""
        return self._review(by, "CHANGES_REQUESTED", body, association, commit)

    def review_comment(
        self, by: str, *, association: str = "MEMBER", body: str = "Some remarks.", commit: str | None = None
    ) -> Review:
        """A review without an opinion (state COMMENTED)."""
        return self._review(by, "COMMENTED", body, association, commit)

    def pending(self, by: str, *, body: str = "", association: str = "MEMBER") -> Review:
        """Begin a review that only its author can see."""
        return self._review(by, "PENDING", body, association, None)

    @whole
    def publish(self, review: Review, state: str = "APPROVED") -> Review:
        """Submit a pending review."""
        review.state, review.submitted_at = state, self.world.second()
        review.updated_at = review.submitted_at
        for comment in review.comments:
            comment.created_at = comment.updated_at = review.submitted_at
        self._submitted(review)
        return review

    @whole
    def dismiss(self, review: Review, by: str = "maintainer", *, message: str = "No longer applies.") -> None:
        """Take a review's opinion away; what it was is only told by the event."""
        before, review.state, user = review.state, "DISMISSED", self.world.user(by)
        review.updated_at = self.world.second()
        self._event("review_dismissed", user, {"review": review, "was": before, "message": message})
        self._touch("pull_request_review", "dismissed", user, review=review)

    @whole
    def inline(
        self, by: str, body: str = "This line.", *, path: str = "main.py", line: int = 1,
        association: str = "MEMBER", review: Review | None = None,
    ) -> Thread:
        """Start a thread on a line. Without a review of its own, GitHub makes one (COMMENTED, no text) for it."""
        thread = Thread("", cast("Pull", self), path, line)
        thread.node_id = self.world.node("PRRT", self.world.next_id(), thread)
        self.threads.append(thread)
        self.reply(thread, by, body, association=association, review=review)
        return thread

    @whole
    def reply(
        self, thread: Thread, by: str, body: str = "Indeed.", *,
        association: str = "MEMBER", review: Review | None = None,
    ) -> ReviewComment:
        """Answer in a thread."""
        review = review or self._review(by, "COMMENTED", "", association, None)
        number, user, now = self.world.next_id(), self.world.user(by), self.world.second()
        made = ReviewComment(number, "", thread, review, user, body, association, self.head_sha, now, now)
        made.node_id = self.world.node("PRRC", number, made)
        thread.comments.append(made)
        review.comments.append(made)
        if review.state == "PENDING":
            self.repo.version += 1
        else:
            self._touch("pull_request_review_comment", "created", user, comment=made)
        return made

    @whole
    def edit_inline(self, comment: ReviewComment, body: str) -> None:
        """Change the text of an inline comment."""
        comment.body, comment.updated_at = body, self.world.second()
        comment.edited_at = comment.updated_at
        self._touch("pull_request_review_comment", "edited", comment.author, comment=comment)

    @whole
    def resolve(self, thread: Thread, by: str = "maintainer") -> None:
        """Mark a thread resolved. This does not move `updated_at`."""
        thread.resolved_by = self.world.user(by)
        self._changed("pull_request_review_thread", "resolved", thread.resolved_by, thread=thread)

    @whole
    def unresolve(self, thread: Thread, by: str = "maintainer") -> None:
        """Open a thread again. This does not move `updated_at`."""
        thread.resolved_by = None
        self._changed("pull_request_review_thread", "unresolved", self.world.user(by), thread=thread)

    @whole
    def request_review(self, login: str, by: str = "maintainer") -> None:
        """Ask somebody for a review; an older review of theirs stands."""
        user = self.requested[login] = self.world.user(login)
        self._log("review_requested", by, requested_reviewer=user)

    @whole
    def request_team(self, slug: str, by: str = "maintainer") -> None:
        """Ask a team of the repository's owner for a review."""
        number = self.world.next_id()
        team = self.teams[slug] = Team(number, "", self.repo.owner, slug)
        team.node_id = self.world.node("T", number, team)
        self._log("review_requested", by, requested_reviewer=team)

    @whole
    def unrequest_review(self, login: str, by: str = "maintainer") -> None:
        """Take the request back."""
        if user := self.requested.pop(login, None):
            self._log("review_request_removed", by, requested_reviewer=user)

    def opinions(self) -> list[Review]:
        """The latest opinion of each reviewer, oldest first (a comment is none, and leaves the last one standing)."""
        latest: dict[str, Review] = {}
        for review in self.reviews:
            if review.state in OPINIONS:
                latest.pop(review.author.login, None)
                latest[review.author.login] = review
        return list(latest.values())

    def decision(self) -> str | None:
        """`reviewDecision`: null where no rule asks for reviews."""
        if not self.repo.required_reviews:
            return None
        states = [review.state for review in self.opinions()]
        if "CHANGES_REQUESTED" in states:
            return "CHANGES_REQUESTED"
        return "APPROVED" if states.count("APPROVED") >= self.repo.required_reviews else "REVIEW_REQUIRED"

    @whole
    def _review(self, by: str, state: str, body: str, association: str, commit: str | None) -> Review:
        number, user, now = self.world.next_id(), self.world.user(by), self.world.second()
        submitted, at = None if state == "PENDING" else now, commit or self.head_sha
        made = Review(number, "", cast("Pull", self), user, state, body, association, at, now, now, submitted)
        made.node_id = self.world.node("PRR", number, made)
        self.reviews.append(made)
        if submitted is None:
            self.repo.version += 1
        else:
            self._submitted(made)
        return made

    def _submitted(self, review: Review) -> None:
        self.requested.pop(review.author.login, None)
        self.timeline.append(review)
        self._touch("pull_request_review", "submitted", review.author, review=review)
