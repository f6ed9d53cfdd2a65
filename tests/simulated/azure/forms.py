"""The model in the words of Azure DevOps."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.simulated.forge.ground import Repo, User
from tests.simulated.forge.pull import Pull

if TYPE_CHECKING:
    from tests.simulated.azure.host import AzureHost




Json = dict[str, Any]
_STATES = {None: "pending", "success": "succeeded", "error": "error"}


def stamp(at: float | None) -> str | None:
    """`2026-03-01T12:00:00.1234567Z`: seven decimals."""
    return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


class Forms:
    """What the host says of each thing. names: the sign-in name of a login, where it is an e-mail address."""

    def __init__(self, host: AzureHost) -> None:
        self.host = host
        self.names: dict[str, str] = {}

    def guid(self, number: int) -> str:
        """`6f1c…`."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, str(number)))

    def user(self, user: User) -> Json:
        """An identity."""
        sort = {"descriptor": "svc.build"} if user.bot else {"descriptor": "aad.user"}
        return {"id": self.guid(user.id), "displayName": user.login.title(), "uniqueName": self.names.get(user.login, user.login), **sort}

    def connection(self) -> Json:
        """Whose token it is."""
        me = self.user(self.host.user(self.host.me))
        return {"authenticatedUser": {"id": me["id"], "providerDisplayName": me["displayName"],
                                      "properties": {"Account": {"$type": "System.String", "$value": me["uniqueName"]}}}}  # fmt: skip

    def repo(self, repo: Repo) -> Json:
        """A repository in its project."""
        _, project, name = repo.path.split("/")
        return {"id": self.guid(repo.id), "name": name, "project": {"id": self.guid(repo.id + 1), "name": project, "state": "wellFormed"}}

    def status(self, pull: Pull) -> str:
        """`active`, `completed` or `abandoned`."""
        return {"open": "active", "merged": "completed"}.get(pull.state, "abandoned")

    def pull(self, pull: Pull) -> Json:
        """A pull request. `lastMergeCommit` is there all the time: while it is active, the merge was only tried."""
        tried = pull.merge_sha or "f" * 40
        closed = {"closedDate": stamp(pull.closed_at), "closedBy": self.user(pull.closed_by)} if pull.closed_at and pull.closed_by else {}
        marked = {"labels": self.labels(pull)} if pull.labels else {}
        return {
            "repository": self.repo(pull.repo), "pullRequestId": pull.number, "codeReviewId": pull.number, "status": self.status(pull),
            "createdBy": self.user(pull.author), "creationDate": stamp(pull.created_at), "title": pull.title, "description": pull.body,
            "sourceRefName": f"refs/heads/{pull.branch}", "targetRefName": "refs/heads/main", "isDraft": pull.is_draft,
            "mergeStatus": "conflicts" if pull.conflicting else "succeeded",
            "lastMergeSourceCommit": {"commitId": pull.head_sha}, "lastMergeTargetCommit": {"commitId": "0" * 40},
            "lastMergeCommit": {"commitId": tried}, "reviewers": self.reviewers(pull), "supportsIterations": True, **closed, **marked,
        }  # fmt: skip

    def labels(self, pull: Pull) -> list[Json]:
        """Its labels."""
        return [{"id": self.guid(len(name)), "name": name, "active": True} for name in pull.labels]

    def reviewers(self, pull: Pull) -> list[Json]:
        """Who was asked or has voted."""
        last = {r.author.login: r for r in pull.reviews if r.state in ("approved", "changes_requested")}
        people = {u.login: u for u in [*pull.requested, *(r.author for r in last.values())]}
        votes = getattr(pull, "votes", {})
        return [
            {**self.user(user), "vote": votes.get(r.id, 0) if (r := last.get(login)) and not r.dismissed else 0, "hasDeclined": False}
            for login, user in people.items()
        ]

    def iterations(self, pull: Pull) -> list[Json]:
        """One for each push, and the first."""
        return [
            {"id": n, "createdDate": stamp(at), "reason": "push", "sourceRefCommit": {"commitId": sha}}
            for n, (sha, at) in enumerate(pull.pushes, 1)
        ]

    def statuses(self, pull: Pull) -> list[Json]:
        """Statuses of all its iterations."""
        numbers = {sha: n for n, (sha, _) in enumerate(pull.pushes, 1)}
        return [
            {
                "id": check.id, "iterationId": numbers.get(check.sha, 0), "state": _STATES.get(check.state, "failed"),
                "context": {"name": check.name, "genre": "ci"},
                "creationDate": stamp(check.created_at), "updatedDate": stamp(check.updated_at),
            }
            for check in pull.checks
        ]  # fmt: skip

    def evaluations(self, pull: Pull) -> list[Json]:
        """Build policies, and one about reviewers, which is no check."""
        build = {"id": "0609b952-1397-4640-95ec-e00a01b2c241", "displayName": "Build"}
        people = {"id": "fa4e907d-c16b-4a4c-9dfa-4906e5d171dd", "displayName": "Minimum number of reviewers"}
        found = [(build, *policy) for policy in getattr(pull, "policies", [])] + [(people, "Reviewers", "running", None)]
        return [
            {
                "evaluationId": self.guid(n), "status": status, "completedDate": stamp(at),
                "configuration": {"id": n, "isEnabled": True, "isBlocking": True, "type": sort, "settings": {"displayName": name}},
            }
            for n, (sort, name, status, at) in enumerate(found, 1)
        ]  # fmt: skip
