"""The simulated Bitbucket Cloud: `host.api_url` is the API's root, `host.token` an access token (or one beside an e-mail)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, cast

from coro_cli.drills.host.messages import Request, Response
from tests.simulated.bitbucket.forms import Forms
from tests.simulated.bitbucket.lists import page, wanted
from tests.simulated.forge.ground import Repo
from tests.simulated.forge.host import ForgeHost
from tests.simulated.forge.pull import Pull
from tests.simulated.forge.records import Comment


class CloudPull(Pull):
    """A pull request. buried: deleted comments, which stay in the list without their text. hidden: pending ones."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.buried: list[Comment] = []
        self.hidden: set[int] = set()
        self.superseded = False
        super().__init__(*args, **kwargs)

    def delete_comment(self, id: int) -> None:
        """Leave a tombstone."""
        self.buried += [c for c in self.comments if c.id == id]
        super().delete_comment(id)

    def supersede(self, by: str = "maintainer") -> None:
        """Let another pull request take its place."""
        self.superseded = True
        self.close(by)

    def unapprove(self, by: str) -> None:
        """Take one's own verdict back."""
        for review in self.reviews:
            review.dismissed = review.dismissed or review.author.login == by


class BitbucketHost(ForgeHost):
    """`pr = host.pull("acme/api", 42); pr.approve("alice")`. near: the limit is near. scoped: the token lacks a scope.

    Approvals, edits and resolved threads do not move `updated_on` here, for nobody promises that they do.
    """

    root = "/2.0"
    shared_numbers = False
    still = frozenset(
        {"reviewed", "review_dismissed", "checked", "conflicted", "comment_edited", "thread_resolved", "thread_unresolved"}
    )

    def add_routes(self) -> None:
        """Enter the answers."""
        self.near = self.scoped = False
        self.private: set[str] = set()
        self.forms = Forms(self)
        here = "/2.0/repositories/{owner}/{repo}"
        self.routes.add("GET", "/2.0/user", lambda r: Response(body=self.forms.user(self.user(self.me))))
        self.routes.add("GET", "/2.0/workspaces/{owner}/members", self._members)
        self.routes.add("GET", here, self.guarded(lambda r, repo: self.forms.repo(repo)))
        self.routes.add("GET", here + "/pullrequests", self.guarded(self._pulls))
        self.routes.add("GET", here + "/pullrequests/{number}", self.guarded(lambda r, repo: self._one(r, repo)))
        for tail in ("activity", "comments", "statuses"):
            self.routes.add("GET", here + "/pullrequests/{number}/" + tail, self.guarded(self._part(tail)))

    def pull(self, path: str = "acme/api", number: int = 0, **words: Any) -> CloudPull:
        """Open a pull request, or return the one of this number."""
        with self.lock:
            repo = self.repo(path)
            number = number or repo.next_number(issue=False)
            fork = self.repo(words.pop("fork")) if words.get("fork") else None
            said = {"author": "dev", "title": "Add a feature", "body": "It does things.", **words}
            return cast(CloudPull, repo.pulls.get(number) or CloudPull(repo, number, fork=fork, **said))

    def credential(self, request: Request) -> str:
        """The token, alone or behind an e-mail."""
        scheme, _, sent = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return sent.strip()
        try:
            return base64.b64decode(sent).decode().partition(":")[2]
        except ValueError:
            return ""

    def guard(self, request: Request) -> Response | None:
        """Limits, credentials, scopes."""
        refused = super().guard(request)
        if refused is not None and refused.status == 401:
            return Response(401, error("Token is invalid, expired, or not supported for this endpoint."))
        if refused is None and self.scoped and "pullrequests" in request.path:
            body = error("Your credentials lack one or more required privilege scopes.")
            body["error"]["detail"] = {"granted": ["repository"], "required": ["pullrequest"]}
            return Response(403, body)
        return refused

    def too_many(self, seconds: float) -> Response:
        """No word about when to come back."""
        return Response(429, error("Rate limit for this resource has been exceeded"))

    def not_found(self) -> Response:
        """The API's 404."""
        return Response(404, error("Resource not found"))

    def headers(self, request: Request, response: Response) -> Mapping[str, str]:
        """What the host says of its limit."""
        near = {"x-ratelimit-nearlimit": "true" if self.near else "false"}
        return {"x-ratelimit-limit": "1000", "x-ratelimit-resource": "api-repositories", **near}

    def _members(self, request: Request) -> Response:
        owner = request.params["owner"].lower()
        logins = {login for path, repo in self.ground.repos.items() if path.partition("/")[0] == owner for login in repo.roles}
        return page(self, request, [{"user": self.forms.user(self.user(login))} for login in sorted(logins)])

    def _pulls(self, request: Request, repo: Repo) -> Response:
        found = [pull for pull in repo.pulls.values() if wanted(request, self.forms, pull)]
        newest = request.query.get("sort", "").removeprefix("-")
        if newest in ("updated_on", "created_on"):
            found.sort(key=lambda pull: getattr(pull, newest.replace("_on", "_at")), reverse=True)
        fields = request.query.get("fields", "")
        return page(self, request, [self.forms.pull(pull, whole="+values.participants" in fields) for pull in found])

    def _one(self, request: Request, repo: Repo) -> Any:
        pull = repo.pulls.get(int(request.params["number"]))
        return None if pull is None else self.forms.pull(pull, whole=True)

    def _part(self, tail: str) -> Any:
        def answer(request: Request, repo: Repo) -> Any:
            pull = repo.pulls.get(int(request.params["number"]))
            return None if pull is None else page(self, request, getattr(self.forms, tail)(pull))

        return answer


def error(message: str) -> dict[str, Any]:
    """The body of a refusal."""
    return {"type": "error", "error": {"message": message}}


