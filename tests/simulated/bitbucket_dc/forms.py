"""The model in the words of Bitbucket Data Center."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.simulated.forge.ground import Repo, User
from tests.simulated.forge.pull import Pull
from tests.simulated.forge.records import Check, Comment, Review, Thread

if TYPE_CHECKING:
    from tests.simulated.bitbucket_dc.host import BitbucketDCHost




Json = dict[str, Any]
_BUILDS = {None: "INPROGRESS", "success": "SUCCESSFUL", "cancelled": "CANCELLED"}


class Forms:
    """What the host says of each thing. texts: times as texts instead of milliseconds. renamed: the newer word for "needs work"."""

    def __init__(self, host: BitbucketDCHost) -> None:
        self.host = host
        self.texts = self.renamed = False

    def time(self, at: float | None) -> Any:
        """Milliseconds; at some servers a text."""
        if at is None:
            return None
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000") if self.texts else int(at * 1000)

    def user(self, user: User) -> Json:
        """An account."""
        sort = "SERVICE" if user.bot else "NORMAL"
        names = {"name": user.login, "slug": user.login.lower(), "displayName": user.login.title()}
        return {**names, "id": user.id, "active": True, "type": sort}

    def repo(self, repo: Repo) -> Json:
        """A repository; a personal one lives in a project called `~user`."""
        project, _, slug = repo.path.partition("/")
        sort = "PERSONAL" if project.startswith("~") else "NORMAL"
        return {
            "slug": slug, "id": repo.id, "name": slug, "public": self.host.is_public(repo),
            "project": {"key": project, "id": repo.id + 1, "name": project, "public": False, "type": sort},
        }  # fmt: skip

    def state(self, pull: Pull) -> str:
        """OPEN, MERGED or DECLINED."""
        return {"open": "OPEN", "merged": "MERGED"}.get(pull.state, "DECLINED")

    def pull(self, pull: Pull) -> Json:
        """A pull request. Answers to comments are not counted."""
        project, _, slug = pull.repo.path.partition("/")
        merge = {} if self.host.lazy else {"mergeResult": {"outcome": "CONFLICTED" if pull.conflicting else "CLEAN", "current": True}}
        done = {"mergeCommit": {"id": pull.merge_sha, "displayId": pull.merge_sha[:11]}} if pull.merge_sha else {}
        return {
            "id": pull.number, "version": len(pull.history), "title": pull.title, "description": pull.body, "state": self.state(pull),
            "open": pull.state == "open", "closed": pull.state != "open", "draft": pull.is_draft,
            "createdDate": self.time(pull.created_at), "updatedDate": self.time(pull.updated_at),
            **({"closedDate": self.time(pull.closed_at)} if pull.closed_at else {}),
            "fromRef": self._ref(pull.branch, pull.head_sha, pull.fork), "toRef": self._ref("main", "0" * 40, pull.repo),
            "author": {"user": self.user(pull.author), "role": "AUTHOR", "approved": False, "status": "UNAPPROVED"},
            "reviewers": self.reviewers(pull), "participants": [],
            "properties": {"commentCount": len(pull.comments) + len(pull.threads), "openTaskCount": 0, **merge, **done},
            "links": {"self": [{"href": f"{self.host.url}/projects/{project}/repos/{slug}/pull-requests/{pull.number}"}]},
        }  # fmt: skip

    def _ref(self, branch: str, sha: str, repo: Repo) -> Json:
        return {"id": f"refs/heads/{branch}", "displayId": branch, "latestCommit": sha, "repository": self.repo(repo)}

    def reviewers(self, pull: Pull) -> list[Json]:
        """Who was asked or gave a verdict, each with a status."""
        last = {r.author.login: r for r in pull.reviews if r.state in ("approved", "changes_requested")}
        people = {u.login: u for u in [*pull.requested, *(r.author for r in last.values())]}
        return [self._reviewer(user, last.get(login)) for login, user in people.items()]

    def _reviewer(self, user: User, review: Review | None) -> Json:
        needs = "CHANGES_REQUESTED" if self.renamed else "NEEDS_WORK"
        stands = review is not None and not review.dismissed
        status = "UNAPPROVED" if review is None or not stands else "APPROVED" if review.state == "approved" else needs
        seen = {"lastReviewedCommit": review.commit} if review is not None else {}
        return {"user": self.user(user), "role": "REVIEWER", "approved": status == "APPROVED", "status": status, **seen}

    def merge(self, pull: Pull) -> Json:
        """Whether it could be merged."""
        return {"canMerge": not pull.conflicting, "conflicted": pull.conflicting, "outcome": "CONFLICTED" if pull.conflicting else "CLEAN"}

    def activities(self, pull: Pull) -> list[Json]:
        """The event log, newest first."""
        found = [self._activity(pull.id, pull.created_at, pull.author, "OPENED")]
        for review in pull.reviews:
            if review.state in ("approved", "changes_requested"):
                word = "APPROVED" if review.state == "approved" else "REVIEWED"
                found.append(self._activity(review.id, review.at, review.author, word))
        found += [self._said(comment) for comment in pull.comments]
        found += [self._said(thread.comments[0], thread) for thread in pull.threads]
        found += [item for change in pull.history if (item := self._changed(pull, change))]
        return sorted(found, key=lambda item: (item["createdDate"], item["id"]), reverse=True)

    def _activity(self, number: int, at: float, who: User, action: str, **more: Any) -> Json:
        return {"id": number, "createdDate": self.time(at), "user": self.user(who), "action": action, **more}

    def _changed(self, pull: Pull, change: Any) -> Json | None:
        words = {"merged": "MERGED", "closed": "DECLINED", "reopened": "REOPENED", "review_dismissed": "UNAPPROVED"}
        if change.kind == "pushed":
            at = [sha for sha, _ in pull.pushes].index(change.data["sha"])
            move = {"fromHash": change.data["sha"], "previousFromHash": pull.pushes[at - 1][0]}
            return self._activity(change.id, change.at, change.actor, "RESCOPED", **move)
        if change.kind == "review_requested":
            added = [self.user(change.data["user"])]
            return self._activity(change.id, change.at, change.actor, "UPDATED", addedReviewers=added, removedReviewers=[])
        who = change.data["review"].author if change.kind == "review_dismissed" else change.actor
        return self._activity(change.id, change.at, who, words[change.kind]) if change.kind in words else None

    def _said(self, comment: Comment, thread: Thread | None = None) -> Json:
        place = {"commentAnchor": {"path": comment.path, "line": comment.line, "lineType": "ADDED"}} if comment.path else {}
        item = self.comment(comment, thread)
        return self._activity(comment.id + 1, comment.created_at, comment.author, "COMMENTED", commentAction="ADDED", comment=item, **place)

    def comment(self, comment: Comment, thread: Thread | None = None) -> Json:
        """A comment with the answers to it inside."""
        solved = thread is not None and thread.resolved_by is not None
        return {
            "id": comment.id, "version": int(comment.updated_at > comment.created_at), "text": comment.body,
            "author": self.user(comment.author), "createdDate": self.time(comment.created_at), "updatedDate": self.time(comment.updated_at),
            "comments": [self.comment(answer) for answer in thread.comments[1:]] if thread else [], "threadResolved": solved,
            **({"threadResolver": self.user(thread.resolved_by), "threadResolvedDate": self.time(thread.resolved_at)}
               if thread is not None and thread.resolved_by is not None else {}),
            "severity": "NORMAL", "state": "OPEN",
        }  # fmt: skip

    def count(self, checks: list[Check]) -> Json:
        """How many builds of a commit came to what."""
        states = [_BUILDS.get(check.state, "FAILED") for check in checks]
        words = {"successful": "SUCCESSFUL", "failed": "FAILED", "inProgress": "INPROGRESS", "cancelled": "CANCELLED"}
        return {name: states.count(state) for name, state in words.items()}

    def build(self, check: Check) -> Json:
        """A build status."""
        state = _BUILDS.get(check.state, "FAILED")
        return {"state": state, "key": check.name, "name": check.name, "url": "", "dateAdded": self.time(check.updated_at)}
