"""Pull requests: the branch, its checks, and how it ends."""

from __future__ import annotations

import hashlib

from coro_cli.drills.host.github.records import CheckRun, Commit, Status
from coro_cli.drills.host.github.reviewing import Reviewed
from coro_cli.drills.host.github.world import Repo, whole


class Pull(Reviewed):
    """A pull request. `id` is its issue id, `pull_id` its own: GitHub gives it both.

    merge_sha: the test merge before it is merged (set, though nothing was merged), the real one after.
    puzzled: how many more times `mergeable` is answered null, as while GitHub works it out.
    """

    event_family = "pull_request"
    prefix = "PR"

    def __init__(
        self, *, repo: Repo, number: int, author: str, title: str, body: str, association: str,
        head: str, base: str, sha: str | None, draft: bool, fork: str,
    ) -> None:
        super().__init__(repo=repo, number=number, author=author, title=title, body=body, association=association)
        self.pull_id = self.world.next_id()
        self.head_ref, self.base_ref = head, base
        self.head_repo: Repo | None = self.world.repo(fork) if fork else repo
        self.draft_now, self.conflicting, self.queued, self.puzzled = draft, False, False, 0
        self.merged_at: int | None = None
        self.reviews, self.threads, self.requested, self.teams = [], [], {}, {}
        self.commits: list[Commit] = []
        self.base_sha = self._sha("base")
        self._commit(sha or self._sha("head"), author)
        self.merge_sha = self._sha("test-merge")

    @property
    def head_sha(self) -> str:  # type: ignore[override]
        """The head commit."""
        return self.commits[-1].sha

    @whole
    def push(self, sha: str | None = None, *, by: str = "", force: bool = False) -> str:
        """Move the head; `force` replaces the commits. Returns the new head."""
        user, before = self.world.user(by) if by else self.author, self.head_sha
        if force:
            self.commits.clear()
        self._commit(sha or self._sha("head"), user.login)
        self.merge_sha = self._sha("test-merge")
        if force:
            self._event("head_ref_force_pushed", user, {"before": before, "after": self.head_sha})
        self._touch("pull_request", "synchronize", user, before=before, after=self.head_sha)
        for review in self.opinions() if self.repo.dismiss_stale else []:
            if review.state == "APPROVED":
                self.dismiss(review, user.login, message="The base branch asks for a fresh review.")
        return self.head_sha

    @whole
    def merge(self, by: str = "maintainer", *, sha: str | None = None) -> str:
        """Merge it. Returns the merge commit, which is neither the head nor the test merge."""
        self.merge_sha = sha or self._sha("merge")
        self.state, self.queued = "closed", False
        self.merged_at = self.closed_at = self.world.second()
        self.closed_by = self.world.user(by)
        self._event("merged", self.closed_by, {"commit": self.merge_sha})
        self._log("closed", by)
        return self.merge_sha

    @whole
    def draft(self, by: str = "") -> None:
        """Convert it to a draft."""
        if not self.draft_now:
            self.draft_now = True
            # The timeline's word differs from the delivery's.
            self._event("convert_to_draft", self.world.user(by or self.author.login))
            self._touch("pull_request", "converted_to_draft", self.world.user(by or self.author.login))

    @whole
    def ready(self, by: str = "") -> None:
        """Mark it ready for review."""
        if self.draft_now:
            self.draft_now = False
            self._log("ready_for_review", by or self.author.login)

    @whole
    def conflict(self, conflicting: bool = True) -> None:
        """Let it conflict with its base. This does not move `updated_at`: it is the base that moved."""
        self.conflicting = conflicting
        self.repo.version += 1

    @whole
    def enqueue(self, by: str = "maintainer") -> None:
        """Put it in the merge queue."""
        self.queued = True
        self._event("added_to_merge_queue", self.world.user(by))
        self._touch("pull_request", "enqueued", self.world.user(by))

    @whole
    def dequeue(self, by: str = "maintainer") -> None:
        """Take it out of the merge queue, unmerged."""
        self.queued = False
        self._event("removed_from_merge_queue", self.world.user(by))
        self._touch("pull_request", "dequeued", self.world.user(by))

    @whole
    def delete_fork(self) -> None:
        """Delete the repository the branch came from; its head repository is null from now on."""
        self.head_repo = None
        self.repo.version += 1

    @whole
    def check(self, name: str = "build", conclusion: str | None = None, *, sha: str | None = None) -> CheckRun:
        """Start a check run on the head (None) or finish it; one that is finished already is run again.

        This does not move `updated_at`.
        """
        commit, now = sha or self.head_sha, self.world.second()
        runs = self.repo.checks.setdefault(commit, [])
        run = next((r for r in runs if r.name == name and r.conclusion is None), None)
        if run is None:
            run = self._run(name, commit, now)
            runs[:] = [r for r in runs if r.name != name] + [run]
        run.conclusion, run.completed_at = conclusion, now if conclusion else None
        self._checked(run, commit)
        return run

    @whole
    def status(
        self, context: str = "ci", state: str = "success", *, by: str = "ci[bot]", sha: str | None = None
    ) -> Status:
        """Report a commit status on the head. This does not move `updated_at`."""
        commit, number = sha or self.head_sha, self.world.next_id()
        made = Status(number, "", context, commit, state, self.world.user(by), self.world.second())
        made.node_id = self.world.node("SC", number, made)
        known = self.repo.statuses.setdefault(commit, [])
        known[:] = [s for s in known if s.context != context] + [made]
        self._changed("status", state, made.creator, status=made)
        return made

    def verdicts(self, sha: str | None = None) -> list[str]:
        """Each check and status of a commit as `SUCCESS`, `FAILURE` or `PENDING`."""
        commit = sha or self.head_sha
        runs = [run.verdict for run in self.repo.checks.get(commit, [])]
        states = ["FAILURE" if s.state == "error" else s.state.upper() for s in self.repo.statuses.get(commit, [])]
        return [*runs, *states]

    def rollup(self, sha: str | None = None) -> str | None:
        """Checks and statuses together, None without any."""
        words = self.verdicts(sha)
        return next((word for word in ("FAILURE", "PENDING", "SUCCESS") if word in words), None)

    def merge_state(self) -> str:
        """`mergeable_state` of the REST form, in lower case."""
        if self.state != "open":
            return "unknown"
        if self.conflicting:
            return "dirty"
        if self.draft_now:
            return "draft"
        if self.decision() in ("REVIEW_REQUIRED", "CHANGES_REQUESTED"):
            return "blocked"
        return "unstable" if self.rollup() in ("FAILURE", "PENDING") else "clean"

    def _run(self, name: str, commit: str, now: int) -> CheckRun:
        number = self.world.next_id()
        known = self.repo.checks[commit]
        run = CheckRun(number, "", name, commit, known[0].suite if known else self.world.next_id(), None, now, None)
        run.node_id = self.world.node("CR", number, run)
        return run

    def _checked(self, run: CheckRun, commit: str) -> None:
        bot = self.world.user("ci[bot]")
        self._changed("check_run", run.status if run.conclusion else "created", bot, run=run)
        if all(r.conclusion for r in self.repo.checks[commit]):
            self._changed("check_suite", "completed", bot, runs=list(self.repo.checks[commit]))

    def _commit(self, sha: str, by: str) -> None:
        made = Commit(sha, "", self, self.world.user(by), f"Change {self.title}", self.world.second())
        made.node_id = self.world.node("PURC", self.world.next_id(), made)
        self.commits.append(made)
        self.timeline.append(made)

    def _sha(self, what: str) -> str:
        return hashlib.sha1(f"{what} {self.id} {self.world.next_id()}".encode(), usedforsecurity=False).hexdigest()
