"""Threads of the simulated Azure DevOps: the conversation, and what the host itself writes there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.simulated.azure.forms import Json, stamp
from tests.simulated.forge.ground import User
from tests.simulated.forge.pull import Pull
from tests.simulated.forge.records import Change, Comment, Review, Thread

if TYPE_CHECKING:
    from tests.simulated.azure.host import AzureHost




_SYSTEM = {"id": "41113706-4320-4083-9150-925feb93fc22", "displayName": "[shop]\\Project Collection Service Accounts", "isContainer": True}
_ENDS = {"merged": "Completed", "closed": "Abandoned", "reopened": "Active"}


class Threads:
    """old: people are named by id, as at older servers, and not by a number in `identities`."""

    def __init__(self, host: AzureHost) -> None:
        self.host = host
        self.old = False

    def all(self, pull: Pull) -> list[Json]:
        """Every thread of a pull request."""
        found = [self._vote(r, r.at, pull) for r in pull.reviews if r.state in ("approved", "changes_requested")]
        found += [item for change in pull.history if (item := self._changed(pull, change))]
        found += [self._said([comment], None) for comment in pull.comments]
        found += [self._said(thread.comments, thread) for thread in pull.threads]
        return sorted(found, key=lambda item: item["id"])

    def _vote(self, review: Review, at: float, pull: Pull) -> Json:
        number = getattr(pull, "votes", {}).get(review.id, 0)
        return self._system(review.id, at, "VoteUpdate", {"CodeReviewVoteResult": str(number)}, VotedBy=review.author)

    def _changed(self, pull: Pull, change: Change) -> Json | None:
        if change.kind == "pushed":
            facts = {"CodeReviewRefName": f"refs/heads/{pull.branch}", "CodeReviewRefNewHeadCommit": change.data["sha"]}
            return self._system(change.id, change.at, "RefUpdate", facts, RefUpdatedBy=change.actor)
        if change.kind in _ENDS:
            facts = {"CodeReviewStatus": _ENDS[change.kind]}
            return self._system(change.id, change.at, "StatusUpdate", facts, StatusUpdatedBy=change.actor)
        if change.kind == "review_dismissed":
            review = change.data["review"]
            return self._system(change.id, change.at, "VoteUpdate", {"CodeReviewVoteResult": "0"}, VotedBy=review.author)
        if change.kind == "review_requested":
            facts = {"CodeReviewReviewersUpdatedNumAdded": "1"}
            return self._system(change.id, change.at, "ReviewersUpdate", facts, ReviewersUpdatedBy=change.actor)
        return None

    def _system(self, number: int, at: float, kind: str, facts: dict[str, str], **people: User) -> Json:
        named: dict[str, Any] = {"CodeReviewThreadType": kind, **facts}
        identities: dict[str, Json] = {}
        for role, user in people.items():
            form = self.host.forms.user(user)
            if self.old:
                named |= {f"CodeReview{role}TfId": form["id"].replace("-", ""), f"CodeReview{role}DisplayName": form["displayName"]}
            else:
                named[f"CodeReview{role}Identity"] = str(len(identities) + 1)
                identities[str(len(identities) + 1)] = form
        word = {"id": 1, "author": _SYSTEM, "content": f"{kind}.", "commentType": "system", "publishedDate": stamp(at)}
        return {
            "id": number, "publishedDate": stamp(at), "lastUpdatedDate": stamp(at), "isDeleted": False, "threadContext": None,
            "comments": [word], "properties": {name: {"$type": "System.String", "$value": value} for name, value in named.items()},
            "identities": identities or None,
        }  # fmt: skip

    def _said(self, comments: list[Comment], thread: Thread | None) -> Json:
        first = comments[0]
        solved = thread is not None and thread.resolved_by is not None
        times = [c.updated_at for c in comments] + ([thread.resolved_at] if thread is not None and solved else [])
        spot = {"filePath": f"/{first.path}", "rightFileStart": {"line": first.line, "offset": 1}} if first.path else None
        return {
            "id": first.id, "publishedDate": stamp(first.created_at), "lastUpdatedDate": stamp(max(times)), "isDeleted": False,
            "status": "fixed" if solved else "active", "threadContext": spot, "properties": {}, "identities": None,
            "comments": [self._comment(comment, number) for number, comment in enumerate(comments, 1)],
        }  # fmt: skip

    def _comment(self, comment: Comment, number: int) -> Json:
        return {
            "id": number, "parentCommentId": int(number > 1), "author": self.host.forms.user(comment.author), "content": comment.body,
            "publishedDate": stamp(comment.created_at), "lastUpdatedDate": stamp(comment.updated_at),
            "lastContentUpdatedDate": stamp(comment.updated_at + 0.0003), "commentType": "text", "usersLiked": [],
        }  # fmt: skip
