"""The simulated Bitbucket Data Center: `host.api_url` is the API's root, with build statuses beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from coro_cli.drills.host.messages import Request, Response
from tests.simulated.bitbucket_dc.forms import Forms
from tests.simulated.forge.ground import READER, Repo
from tests.simulated.forge.host import ForgeHost


class BitbucketDCHost(ForgeHost):
    """`pr = host.pull("ACME/api", 42); pr.approve("alice")`. private: paths that not everybody may see.

    most: what the server cuts `limit` to. lazy: merges are worked out only when somebody asks for one.
    Only pushes and what changes the pull request's own text move `updatedDate`.
    """

    root = "/rest"
    shared_numbers = False
    still = frozenset(
        {
            "reviewed", "review_dismissed", "commented", "comment_edited", "comment_deleted", "checked", "conflicted",
            "thread_resolved", "thread_unresolved",
        }
    )  # fmt: skip

    @property
    def api_url(self) -> str:
        """What a user puts into `api_url`."""
        return f"{self.url}/rest/api/1.0"

    def add_routes(self) -> None:
        """Enter the answers."""
        self.most, self.lazy = 1000, False
        self.private: set[str] = set()
        self.forms = Forms(self)
        api, here = "/rest/api/1.0", "/rest/api/1.0/projects/{owner}/repos/{repo}/pull-requests"
        self.routes.add("GET", api + "/application-properties", lambda r: Response(body={"version": "8.19.2"}))
        self.routes.add("GET", api + "/users", self._users)
        self.routes.add("GET", here, self.guarded(self._pulls))
        self.routes.add("GET", here + "/{number}", self.guarded(lambda r, repo: self._of(r, repo, self.forms.pull)))
        self.routes.add("GET", here + "/{number}/merge", self.guarded(lambda r, repo: self._of(r, repo, self.forms.merge)))
        self.routes.add("GET", here + "/{number}/activities", self.guarded(self._activities))
        self.routes.add("POST", "/rest/build-status/latest/commits/stats", self._counts)
        self.routes.add("GET", "/rest/build-status/latest/commits/{sha}", self._builds)

    def headers(self, request: Request, response: Response) -> Mapping[str, str]:
        """Who the host takes the request's user for."""
        known = response.status != 401 and bool(self.credential(request))
        return {"x-ausername": self.me, "x-auserid": "1"} if known else {"x-ausername": "anonymous"}

    def not_found(self) -> Response:
        """The API's 404."""
        return Response(404, {"errors": [{"context": None, "message": "It does not exist.", "exceptionName": "NoSuchThing"}]})

    def page(self, request: Request, values: Sequence[Any]) -> Response:
        """The page asked for, in the size the server likes."""
        size, start = min(int(request.query.get("limit", "25")), self.most), int(request.query.get("start", "0"))
        last = start + size >= len(values)
        body = {"size": len(values[start : start + size]), "limit": size, "start": start, "isLastPage": last}
        return Response(body={**body, "values": list(values[start : start + size]), "nextPageStart": None if last else start + size})

    def _pulls(self, request: Request, repo: Repo) -> Response:
        state, branch = request.query.get("state", "OPEN"), request.query.get("at", "").removeprefix("refs/heads/")
        found = [p for p in repo.pulls.values() if state in ("ALL", self.forms.state(p)) and branch in ("", p.branch)]
        found.sort(key=lambda pull: pull.updated_at, reverse=True)
        return self.page(request, [self.forms.pull(pull) for pull in found])

    def _of(self, request: Request, repo: Repo, form: Any) -> Any:
        pull = repo.pulls.get(int(request.params["number"]))
        return None if pull is None else form(pull)

    def _activities(self, request: Request, repo: Repo) -> Any:
        pull = repo.pulls.get(int(request.params["number"]))
        return None if pull is None else self.page(request, self.forms.activities(pull))

    def _users(self, request: Request) -> Response:
        path = f"{request.query.get('permission.projectKey', '')}/{request.query.get('permission.repositorySlug', '')}"
        repo = self.ground.find(path)
        named = [self.user(login) for login, role in repo.roles.items() if role != READER] if repo else []
        return self.page(request, [self.forms.user(user) for user in named])

    def _counts(self, request: Request) -> Response:
        wanted = request.json()
        checks = [c for repo in self.ground.repos.values() for c in repo.checks]
        return Response(body={sha: self.forms.count([c for c in checks if c.sha == sha]) for sha in wanted})

    def _builds(self, request: Request) -> Response:
        checks = [c for repo in self.ground.repos.values() for c in repo.checks if c.sha == request.params["sha"]]
        return self.page(request, [self.forms.build(check) for check in checks])

    def is_public(self, repo: Repo) -> bool:
        """Whether everybody may see it."""
        return repo.path not in self.private
