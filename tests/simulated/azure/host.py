"""The simulated Azure DevOps: `host.api_url` is the root above the organisations; paths are `ORG/PROJECT/REPO`."""

from __future__ import annotations

import base64
from typing import Any, cast

from coro_cli.drills.host.messages import Request, Response
from tests.simulated.azure.forms import Forms
from tests.simulated.azure.pull import AzurePull
from tests.simulated.azure.threads import Threads
from tests.simulated.forge.ground import Repo
from tests.simulated.forge.host import LOGIN_PAGE, ForgeHost

_HTML = {"content-type": "text/html; charset=utf-8"}


class AzureHost(ForgeHost):
    """`pr = host.pull("acme/shop/api", 42); pr.vote("alice", 5)`.

    sends: how a bad token is sent to the sign-in page, by 203 or 302, and
    signs_in where that is. busy: seconds to wait, told with each good answer.
    newest: the API's version. mute: lists leave labels out.
    """

    root = ""
    shared_numbers = False

    @property
    def api_url(self) -> str:
        """What a user puts into `api_url`."""
        return self.url

    def add_routes(self) -> None:
        """Enter the answers."""
        self.sends, self.signs_in, self.busy, self.newest, self.mute = 203, "", 0, "7.1", False
        self.forms, self.threads = Forms(self), Threads(self)
        home = "/{org}/{project}/_apis/git/repositories/{repo}"
        self.routes.add("GET", "/_signin", lambda r: Response(200, LOGIN_PAGE, _HTML, etag=False))
        self.routes.add("GET", "/{org}/_apis/connectionData", lambda r: Response(body=self.forms.connection()))
        self.routes.add("GET", "/{org}/{project}/_apis/policy/evaluations", self._evaluations)
        self.routes.add("GET", home + "/pullrequests", self.guarded(self._pulls))
        self.routes.add("GET", home + "/commits/{sha}/statuses", self.guarded(lambda r, repo: {"value": [], "count": 0}))
        self.routes.add("GET", home + "/pullRequests/{number}", self.guarded(lambda r, repo: self._of(r, repo, self.forms.pull)))
        parts = {
            "threads": self.threads.all, "iterations": self.forms.iterations, "statuses": self.forms.statuses, "labels": self.forms.labels,
        }  # fmt: skip
        for tail, form in parts.items():
            self.routes.add("GET", home + "/pullRequests/{number}/" + tail, self.guarded(self._list(form)))

    def pull(self, path: str = "acme/shop/api", number: int = 0, **words: Any) -> AzurePull:
        """Open a pull request, or return the one of this number."""
        with self.lock:
            repo = self.repo(path)
            number = number or repo.next_number(issue=False)
            fork = self.repo(words.pop("fork")) if words.get("fork") else None
            said = {"author": "dev", "title": "Add a feature", "body": "It does things.", **words}
            return cast(AzurePull, repo.pulls.get(number) or AzurePull(repo, number, fork=fork, **said))

    def place(self, request: Request) -> str:
        """The path of the repository."""
        return "/".join(request.params[name] for name in ("org", "project", "repo"))

    def credential(self, request: Request) -> str:
        """A personal access token where a password would stand, or a bearer's."""
        scheme, _, sent = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return sent.strip()
        try:
            user, _, token = base64.b64decode(sent).decode().partition(":")
        except ValueError:
            return ""
        return token if not user else ""

    def guard(self, request: Request) -> Response | None:
        """Who is not known is sent to sign in."""
        if request.path == "/_signin":
            return None
        if self.pause:
            body = {"message": "TF400733: The request has been canceled: Request was blocked due to exceeding usage of resource."}
            return Response(429, body, {"retry-after": str(int(self.pause))})
        if self.credential(request) == self.token and not self.revoked:
            return self._too_new(request)
        if self.sends == 302:
            return Response(302, LOGIN_PAGE, {**_HTML, "location": f"{self.signs_in or self.url}/_signin?realm=simulated"}, etag=False)
        return Response(203, LOGIN_PAGE, _HTML, etag=False)

    def headers(self, request: Request, response: Response) -> dict[str, str]:
        """A pause that is asked for beside a good answer."""
        return {"retry-after": str(self.busy), "x-ratelimit-delay": "2.5"} if self.busy and response.status == 200 else {}

    def missing(self, request: Request) -> Response:
        """No such address."""
        return self.not_found() if "_apis" in request.path else Response(404, LOGIN_PAGE, _HTML, etag=False)

    def not_found(self) -> Response:
        """The API's 404."""
        return Response(404, {"$id": "1", "message": "TF401019: It does not exist, or you may not see it.", "typeKey": "NotFound"})

    def moved(self, request: Request) -> Response | None:
        """Old names still work here: the answer has the new one."""
        return None

    def _too_new(self, request: Request) -> Response | None:
        asked = request.query.get("api-version", "").partition("-")[0]
        if asked <= self.newest:
            return None
        name = "Microsoft.VisualStudio.Services.WebApi.VssVersionOutOfRangeException"
        text = f"The requested REST API version of {asked} is out of range; the latest this server supports is {self.newest}."
        return Response(400, {"message": text, "typeName": name, "typeKey": "VssVersionOutOfRangeException"})

    def _pulls(self, request: Request, repo: Repo) -> Any:
        wanted, branch = request.query.get("searchCriteria.status", "active"), request.query.get("searchCriteria.sourceRefName", "")
        found = [p for p in repo.pulls.values() if wanted in ("all", self.forms.status(p)) and branch in ("", f"refs/heads/{p.branch}")]
        found.sort(key=lambda pull: pull.number, reverse=True)
        top, skip = int(request.query.get("$top", "101")), int(request.query.get("$skip", "0"))
        shown = [self.forms.pull(pull) for pull in found[skip : skip + top]]
        return self.listed([{k: v for k, v in form.items() if k != "labels" or not self.mute} for form in shown])

    def _of(self, request: Request, repo: Repo, form: Any) -> Any:
        pull = repo.pulls.get(int(request.params["number"]))
        return None if pull is None else form(pull)

    def _list(self, form: Any) -> Any:
        def answer(request: Request, repo: Repo) -> Any:
            pull = repo.pulls.get(int(request.params["number"]))
            return None if pull is None else self.listed(form(pull))

        return answer

    def _evaluations(self, request: Request) -> Response:
        project, number = request.query.get("artifactId", "").split("/")[-2:]
        for repo in self.ground.repos.values():
            if self.forms.guid(repo.id + 1) == project and int(number) in repo.pulls:
                return Response(body=self.listed(self.forms.evaluations(repo.pulls[int(number)])))
        return self.not_found()

    def listed(self, values: list[Any]) -> dict[str, Any]:
        """A list."""
        return {"value": values, "count": len(values)}
