"""An imaginary host with a plain API of three questions: the one that the guide's plugin is written for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coro_cli.drills.host.messages import Request, Response
from tests.simulated.forge.ground import Repo, User
from tests.simulated.forge.host import ForgeHost
from tests.simulated.forge.pull import Pull

ROLES = {"writer": "member", "owner": "owner"}
STATES = {None: "pending", "success": "passed"}


class PlainHost(ForgeHost):
    """Every change moves a pull request's version."""

    def add_routes(self) -> None:
        """The three questions."""
        self.routes.add("GET", "/api/user", lambda request: Response(body={"login": self.me}))
        self.routes.add("GET", "/api/repos/{owner}/{repo}/pulls", self.guarded(self._list))
        self.routes.add("GET", "/api/repos/{owner}/{repo}/pulls/{number}", self.guarded(self._one))

    def _list(self, request: Request, repo: Repo) -> list[dict[str, Any]]:
        return [{"number": pull.number, "version": _version(pull)} for pull in repo.pulls.values()]

    def _one(self, request: Request, repo: Repo) -> dict[str, Any] | None:
        pull = repo.pulls.get(int(request.params["number"]))
        return self._form(pull) if pull else None

    def _form(self, pull: Pull) -> dict[str, Any]:
        talk = [*pull.comments, *(comment for thread in pull.threads for comment in thread.comments)]
        return {
            "repo": pull.repo.id, "number": pull.number, "version": _version(pull), "url": f"{self.url}/{pull.repo.path}/{pull.number}",
            "title": pull.title, "author": self._who(pull, pull.author), "state": pull.state, "draft": pull.is_draft, "head": pull.head_sha,
            "created": pull.created_at, "updated": pull.updated_at, "merged": pull.merged_at, "closed": pull.closed_at,
            "conflicted": pull.conflicting, "labels": pull.labels, "assignees": [u.login for u in pull.assignees],
            "requested": [u.login for u in pull.requested],
            "reviews": [
                {"id": str(r.id), "by": self._who(pull, r.author), "state": "dismissed" if r.dismissed else r.state, "at": r.at,
                 "commit": r.commit, "text": r.body} for r in pull.reviews
            ],
            "comments": [
                {"id": f"comment:{c.id}", "by": self._who(pull, c.author), "text": c.body, "at": c.created_at,
                 "edited": c.updated_at if c.updated_at > c.created_at else None} for c in talk
            ],
            "checks": [{"name": c.name, "state": STATES.get(c.state, "failed"), "at": c.updated_at} for c in pull.checks
                       if c.sha == pull.head_sha],
        }  # fmt: skip

    def _who(self, pull: Pull, user: User) -> dict[str, str]:
        known: Mapping[str, str] = pull.repo.roles
        return {"login": user.login, "role": ROLES.get(known.get(user.login, ""), "author" if user is pull.author else "none")}


def _version(pull: Pull) -> str:
    return f"{pull.updated_at:.6f}"
