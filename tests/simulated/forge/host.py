"""The common frame of such hosts: one token, one ground, the API below one path, and web pages everywhere else."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from coro_cli.drills.host.messages import Request, Response
from coro_cli.drills.host.server import Host
from tests.simulated.forge.ground import Ground, Repo, User
from tests.simulated.forge.issue import Issue
from tests.simulated.forge.pull import Pull

LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Username</form></body></html>"


class ForgeHost(Host):
    """`with SomeHost() as host: pr = host.pull("acme/api", 42); pr.approve("alice")`; `host.api_url` is the API's root.

    me: the login that `token` belongs to. pause: seconds for which every request is told to come later.
    """

    root = "/api"
    still: frozenset[str] = frozenset()
    shared_numbers = True

    def __init__(self, *, clock: Callable[[], float] = time.time, me: str = "me", token: str = "simulated-token") -> None:
        super().__init__(clock=clock)
        self.me, self.token, self.revoked = me, token, False
        self.pause = 0.0
        self.ground = Ground(now=self.now, lock=self.lock, still=self.still, shared_numbers=self.shared_numbers)
        self.ground.user(me)
        self.add_routes()

    @property
    def api_url(self) -> str:
        """What a user puts into `api_url`."""
        return self.url + self.root

    def add_routes(self) -> None:
        """Enter the host's answers."""

    def user(self, login: str) -> User:
        """An account."""
        return self.ground.user(login)

    def repo(self, path: str = "acme/api", *, id: int | None = None) -> Repo:
        """A repository; known ones are returned as they are."""
        return self.ground.repo(path, id=id)

    def pull(
        self, path: str = "acme/api", number: int = 0, *, author: str = "dev", title: str = "Add a feature", body: str = "It does things.",
        branch: str = "feature", fork: str = "",
    ) -> Pull:  # fmt: skip
        """Open a pull request, or return the one of this number. Number 0 takes the next free one."""
        with self.lock:
            repo = self.repo(path)
            number = number or repo.next_number(issue=False)
            origin = self.repo(fork) if fork else None
            known = repo.pulls.get(number)
            return known or Pull(repo, number, author=author, title=title, body=body, branch=branch, fork=origin)

    def issue(
        self, path: str = "acme/api", number: int = 0, *, author: str = "dev", title: str = "Something is wrong", body: str = "It fails."
    ) -> Issue:
        """Open an issue, or return the one of this number. Number 0 takes the next free one."""
        with self.lock:
            repo = self.repo(path)
            number = number or repo.next_number(issue=True)
            return repo.issues.get(number) or Issue(repo, number, author=author, title=title, body=body)

    def rename(self, old: str, new: str) -> Repo:
        """Rename or transfer a repository."""
        return self.ground.rename(old, new)

    def forbid(self, path: str, forbidden: bool = True) -> None:
        """Hide a repository from the token, or show it again."""
        self.repo(path).hidden = forbidden

    def delete_user(self, login: str) -> None:
        """Delete an account; what it wrote stays."""
        self.user(login).deleted = True

    def revoke(self) -> None:
        """Make the token worthless."""
        self.revoked = True

    def restore(self) -> None:
        """Make the token good again."""
        self.revoked = False

    def missing(self, request: Request) -> Response:
        """Below the API's root JSON, elsewhere the page that asks people to sign in."""
        if request.path.startswith(self.root + "/"):
            return self.not_found()
        return Response(200, LOGIN_PAGE, {"content-type": "text/html; charset=utf-8"}, etag=False)

    def not_found(self) -> Response:
        """The API's 404."""
        return Response(404, {"message": "404 Not Found"})

    def credential(self, request: Request) -> str:
        """The token as sent; empty without one."""
        return request.token

    def guard(self, request: Request) -> Response | None:
        """Limits, then credentials, for everything below the API's root."""
        if not request.path.startswith(self.root + "/"):
            return None
        if self.pause:
            return self.too_many(self.pause)
        sent = self.credential(request)
        return Response(401, {"message": "401 Unauthorized"}) if sent != self.token or self.revoked else None

    def too_many(self, seconds: float) -> Response:
        """The answer of a limit."""
        return Response(429, {"message": "Too Many Requests"}, {"retry-after": str(int(seconds))})

    def salt(self, request: Request) -> str:
        """Entity tags hold for one token."""
        return self.credential(request)

    def headers(self, request: Request, response: Response) -> Mapping[str, str]:
        """Headers of every answer."""
        return {}

    def guarded(self, handler: Callable[[Request, Repo], Any]) -> Callable[[Request], Response]:
        """A handler that is given its repository, or the 404 where the token sees none. It may return plain JSON."""

        def answer(request: Request) -> Response:
            repo = self.ground.find(self.place(request))
            if repo is None:
                return self.moved(request) or self.not_found()
            found = handler(request, repo)
            if found is None:
                return self.not_found()
            return found if isinstance(found, Response) else Response(body=found)

        return answer

    def place(self, request: Request) -> str:
        """The path or id of the repository a request is about."""
        return request.params.get("project") or f"{request.params['owner']}/{request.params['repo']}"

    def moved(self, request: Request) -> Response | None:
        """A redirect for a repository that was renamed."""
        repo = self.ground.moved.get(self.place(request).lower())
        if repo is None or repo.hidden:
            return None
        return Response(301, None, {"location": self.url + self.elsewhere(request, repo)})

    def elsewhere(self, request: Request, repo: Repo) -> str:
        """The same question at the repository's new path."""
        old = self.place(request)
        return request.target.replace(f"/{old}/", f"/{repo.path}/", 1)
