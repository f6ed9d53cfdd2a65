"""The model in the words of Bitbucket Cloud."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.simulated.forge.ground import Repo, User
from tests.simulated.forge.pull import Pull
from tests.simulated.forge.records import Comment, Review

if TYPE_CHECKING:
    from tests.simulated.bitbucket.host import BitbucketHost




Json = dict[str, Any]
_BUILDS = {None: "INPROGRESS", "success": "SUCCESSFUL", "cancelled": "STOPPED"}


def stamp(at: float | None) -> str | None:
    """`2026-03-01T12:00:00.123456+00:00`."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")


def opinions(pull: Pull) -> dict[str, Review]:
    """The last verdict of each person by login, taken back or not."""
    return {r.author.login: r for r in pull.reviews if r.state in ("approved", "changes_requested")}


def spoken(pull: Pull) -> list[Comment]:
    """All comments, also those on lines, oldest first."""
    return sorted([*pull.comments, *(c for thread in pull.threads for c in thread.comments)], key=lambda c: c.id)


class Forms:
    """What the host says of each thing. long: hashes of forty digits instead of twelve."""

    def __init__(self, host: BitbucketHost) -> None:
        self.host = host
        self.long = False
        self.names: dict[str, str] = {}

    def user(self, user: User) -> Json:
        """An account: no user name, a nickname that others may bear as well."""
        name = self.names.get(user.login, user.login)
        return {"type": "app_user" if user.bot else "user", "uuid": self.uuid(user.id), "nickname": name, "display_name": name.title()}

    def uuid(self, number: int) -> str:
        """`{6f1c…}`."""
        return f"{{{uuid.uuid5(uuid.NAMESPACE_OID, str(number))}}}"

    def repo(self, repo: Repo) -> Json:
        """A repository."""
        return {
            "type": "repository", "uuid": self.uuid(repo.id), "full_name": repo.path, "name": repo.path.rpartition("/")[2],
            "is_private": repo.path in self.host.private,
        }  # fmt: skip

    def hash(self, sha: str) -> str:
        """Twelve digits, mostly."""
        return sha if self.long else sha[:12]

    def state(self, pull: Pull) -> str:
        """OPEN, MERGED, DECLINED or SUPERSEDED."""
        ended = "SUPERSEDED" if getattr(pull, "superseded", False) else "DECLINED"
        return {"open": "OPEN", "merged": "MERGED"}.get(pull.state, ended)

    def pull(self, pull: Pull, *, whole: bool) -> Json:
        """A pull request. whole: with participants and reviewers, which lists leave out."""
        people = {"participants": self.participants(pull), "reviewers": [self.user(u) for u in pull.requested]}
        home = {key: value for key, value in self.repo(pull.repo).items() if key != "is_private"}
        source = None if pull.gone_fork else {**home, "uuid": self.uuid(pull.fork.id), "full_name": pull.fork.path}
        return {
            "type": "pullrequest", "id": pull.number, "title": pull.title, "description": pull.body, "state": self.state(pull),
            "draft": pull.is_draft, "author": None if pull.author.deleted else self.user(pull.author),
            "created_on": stamp(pull.created_at), "updated_on": stamp(pull.updated_at),
            "comment_count": len(spoken(pull)), "task_count": 0, "reason": "",
            "source": {"branch": {"name": pull.branch}, "commit": {"hash": self.hash(pull.head_sha)}, "repository": source},
            "destination": {"branch": {"name": "main"}, "commit": {"hash": "0" * 12}, "repository": home},
            "merge_commit": {"hash": self.hash(pull.merge_sha)} if pull.merge_sha else None,
            "closed_by": self.user(pull.closed_by) if pull.closed_by else None,
            "links": {"html": {"href": f"https://bitbucket.org/{pull.repo.path}/pull-requests/{pull.number}"}},
            **(people if whole else {}),
        }  # fmt: skip

    def participants(self, pull: Pull) -> list[Json]:
        """Who took part: `participated_on` is the approval's time, for all others that of their last comment."""
        last = {c.author.login: c.created_at for c in spoken(pull)}
        said = opinions(pull)
        found = []
        for login in sorted({*last, *said}):
            review = said.get(login)
            state = None if review is None or review.dismissed else review.state
            at = review.at if review is not None and (state == "approved" or login not in last) else last.get(login)
            found.append({
                "type": "participant", "user": self.user(self.host.user(login)), "role": "REVIEWER" if review else "PARTICIPANT",
                "approved": state == "approved", "state": state, "participated_on": stamp(at),
            })  # fmt: skip
        return found

    def comments(self, pull: Pull) -> list[Json]:
        """All comments, what changed last first, and the tombstones."""
        buried = getattr(pull, "buried", [])
        found = [self.comment(pull, c) for c in spoken(pull)]
        found += [{**self.comment(pull, c), "deleted": True, "content": {"raw": ""}} for c in buried]
        return sorted(found, key=lambda c: str(c["updated_on"]), reverse=True)

    def comment(self, pull: Pull, comment: Comment) -> Json:
        """One comment."""
        thread = comment.thread
        first = thread.comments[0] if thread else comment
        solved = thread is not None and thread.resolved_by is not None and comment is first
        return {
            "type": "pullrequest_comment", "id": comment.id, "user": self.user(comment.author), "content": {"raw": comment.body},
            "created_on": stamp(comment.created_at), "updated_on": stamp(comment.updated_at + 0.0001), "deleted": False,
            "pending": comment.id in getattr(pull, "hidden", ()),
            **({"inline": {"path": comment.path, "to": comment.line, "from": None}} if comment.path else {}),
            **({"parent": {"id": first.id}} if comment is not first else {}),
            "resolution": {"type": "comment_resolution", "user": self.user(thread.resolved_by), "created_on": stamp(thread.resolved_at)}
            if solved and thread and thread.resolved_by else None,
            "links": {"html": {"href": f"https://bitbucket.org/{pull.repo.path}/pull-requests/{pull.number}#comment-{comment.id}"}},
        }  # fmt: skip

    def activity(self, pull: Pull) -> list[Json]:
        """What happened, newest first; nothing of it has an id."""
        found: list[tuple[float, Json]] = [(pull.created_at, {"update": self._update(pull, pull.created_at, "OPEN", pull.author)})]
        for change in pull.history:
            state = self.state(pull) if change.kind in ("merged", "closed") else "OPEN"
            found.append((change.at, {"update": self._update(pull, change.at, state, change.actor)}))
        for review in opinions(pull).values():
            if not review.dismissed:
                word = "approval" if review.state == "approved" else "changes_requested"
                found.append((review.at, {word: {"date": stamp(review.at), "user": self.user(review.author)}}))
        found += [(c.created_at, {"comment": self.comment(pull, c)}) for c in spoken(pull)]
        return [item for _, item in sorted(found, key=lambda each: each[0], reverse=True)]

    def _update(self, pull: Pull, at: float, state: str, who: User) -> Json:
        head = next(sha for sha, pushed in reversed(pull.pushes) if pushed <= at)
        return {"date": stamp(at), "state": state, "author": self.user(who), "source": {"commit": {"hash": head[:12]}}, "title": pull.title}

    def statuses(self, pull: Pull) -> list[Json]:
        """Build statuses of all its commits."""
        return [
            {
                "type": "build", "key": check.name, "uuid": self.uuid(check.id), "state": _BUILDS.get(check.state, "FAILED"),
                "commit": {"hash": check.sha}, "created_on": stamp(check.created_at), "updated_on": stamp(check.updated_at),
            }
            for check in pull.checks
        ]  # fmt: skip
