"""The simulated GitHub: one token, one world, REST and GraphQL on the same address."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

from coro_cli.drills.host.github.answers import ANSWERS
from coro_cli.drills.host.github.deliveries import Deliveries, Hook
from coro_cli.drills.host.github.forms import Forms, Json
from coro_cli.drills.host.github.graph.endpoint import Endpoint
from coro_cli.drills.host.github.graph.ground import Ground
from coro_cli.drills.host.github.issue import Issue
from coro_cli.drills.host.github.limits import Bucket, Limits
from coro_cli.drills.host.github.payloads import payload
from coro_cli.drills.host.github.pull import Pull
from coro_cli.drills.host.github.rest import NOT_FOUND, Rest
from coro_cli.drills.host.github.world import Repo, User, World
from coro_cli.drills.host.messages import Request, Response
from coro_cli.drills.host.server import Host

BAD_CREDENTIALS = {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest", "status": "401"}
NEEDS_LOGIN = {**BAD_CREDENTIALS, "message": "Requires authentication"}


class GitHubHost(Host):
    """`with GitHubHost() as host: pr = host.pull("acme/api", 42); pr.approve("alice")`; `host.url` is the `api_url`.

    me: the login that `token` belongs to. world: all that exists; `world.listeners` hear of every change.
    graphql_enabled: False answers 404 at /graphql. slow_graphql_above: queries that ask for more nodes get a 502.
    """

    def __init__(
        self, *, clock: Callable[[], float] = time.time, me: str = "me", token: str = "ghp_simulated",
        html_url: str = "https://github.com",
    ) -> None:
        super().__init__(clock=clock)
        self.me, self.token = me, token
        self.revoked = False
        self.graphql_enabled = True
        self.slow_graphql_above: int | None = None
        self.world = World(now=self.now, lock=self.lock)
        self.world.user(me)
        self.limits = Limits(self.now)
        self.forms = Forms(self.world, api="https://api.github.com", html=html_url)
        self.deliveries = Deliveries(self.forms)
        self.world.listeners.append(self.deliveries.tell)

    def start(self) -> Self:
        """Listen; the answers carry the address, so the routes are entered only now."""
        super().start()
        with self.lock:
            self.forms.api = self.url
            Rest(self.world, self.forms, me=lambda: self.me).add_to(self.routes, ANSWERS)
            self.routes.add("GET", "/user", self._user)
            self.routes.add("GET", "/rate_limit", self._rate_limit)
            bucket = self.limits.bucket(self.token, "graphql")
            self._endpoint = Endpoint(Ground(self.world, self.forms, lambda: self.me, bucket))
            self.routes.add("POST", "/graphql", self._graphql)
        return self

    # The model.

    def user(self, login: str, *, type: str = "", id: int | None = None) -> User:
        """An account; `ci[bot]` is a bot without being told."""
        return self.world.user(login, type=type, id=id)

    def repo(self, full_name: str, *, id: int | None = None, private: bool = False) -> Repo:
        """A repository; known ones are returned as they are."""
        return self.world.repo(full_name, id=id, private=private)

    def pull(
        self, full_name: str = "acme/api", number: int = 0, *, author: str = "dev", title: str = "Add a feature",
        body: str = "It does things.", association: str = "CONTRIBUTOR", head: str = "feature", base: str = "main",
        sha: str | None = None, draft: bool = False, fork: str = "",
    ) -> Pull:
        """Open a pull request, or return the one of this number. Number 0 takes the next free one."""
        with self.lock:
            repo = self.repo(full_name)
            known = repo.items.get(number)
            if isinstance(known, Pull):
                return known
            made = Pull(
                repo=repo, number=number or max(repo.items, default=0) + 1, author=author, title=title, body=body,
                association=association, head=head, base=base, sha=sha, draft=draft, fork=fork,
            )
            made.opened()
            return made

    def issue(
        self, full_name: str = "acme/api", number: int = 0, *, author: str = "dev", title: str = "Something is wrong",
        body: str = "It does not work.", association: str = "CONTRIBUTOR",
    ) -> Issue:
        """Open an issue, or return the one of this number. Number 0 takes the next free one."""
        with self.lock:
            repo = self.repo(full_name)
            if number in repo.items:
                return repo.items[number]
            made = Issue(
                repo=repo, number=number or max(repo.items, default=0) + 1, author=author, title=title, body=body,
                association=association,
            )
            made.opened()
            return made

    def rename(self, old: str, new: str) -> Repo:
        """Rename or transfer a repository; the old path redirects."""
        return self.world.rename(old, new)

    def delete_repo(self, full_name: str) -> None:
        """Delete a repository."""
        self.world.delete_repo(full_name)

    def delete_user(self, login: str) -> None:
        """Delete an account; what it wrote has no author from now on."""
        self.world.delete_user(login)

    def forbid(self, full_name: str, forbidden: bool = True) -> None:
        """Hide a repository from the token (404, as GitHub does), or show it again."""
        self.world.forbid(full_name, forbidden)

    def hook(self, url: str, secret: str = "", *, events: Iterable[str] = ("*",)) -> None:
        """Send signed deliveries to this address for what happens from now on."""
        self.deliveries.subscribe(Hook(self.world.next_id(), url, secret, frozenset(events)))

    def payload(self, event: str, action: str, item: Issue, *, sender: str = "", **extra: Any) -> Json:
        """The body of a delivery about something as it is now; see `payloads.payload`. Needs no started host."""
        who = self.user(sender) if sender else None
        return payload(event, action, item, forms=self.forms, sender=who, **extra)

    def close(self) -> None:
        """Stop answering, then send what deliveries are left."""
        super().close()
        self.deliveries.courier.close()

    # Credentials and limits.

    def revoke(self) -> None:
        """Make the token worthless: 401 from now on."""
        self.revoked = True

    def restore(self) -> None:
        """Make the token good again."""
        self.revoked = False

    def limit(self, *, remaining: int = 0, reset_in: float = 60.0, resource: str = "core") -> None:
        """Leave the token only so many requests (or GraphQL points) until then."""
        with self.lock:
            self.limits.set(self.token, resource, remaining=remaining, reset_in=reset_in)

    def secondary(self, retry_after: float = 60.0) -> None:
        """Let the secondary rate limit bite for so many seconds of the host's clock."""
        with self.lock:
            self.limits.secondary(retry_after)

    def bucket(self, request: Request) -> Bucket:
        """The budget a request is charged to."""
        return self.limits.bucket(request.token, "graphql" if request.path == "/graphql" else "core")

    def guard(self, request: Request) -> Response | None:
        """Credentials first, then limits; looking at the limits is free and always allowed."""
        if request.token and (request.token != self.token or self.revoked):
            return Response(401, BAD_CREDENTIALS)
        if request.path == "/rate_limit":
            return None
        if request.path == "/graphql" and not request.token:
            return Response(401, NEEDS_LOGIN)
        return self.limits.refusal(self.bucket(request))

    def missing(self, request: Request) -> Response:
        """GitHub's 404."""
        return Response(404, NOT_FOUND)

    def salt(self, request: Request) -> str:
        """GitHub's entity tags hold for one token only."""
        return request.token

    def charge(self, request: Request, response: Response) -> int:
        """One request of the budget; a 304 is free for those who are authorised."""
        free = response.status == 401 or request.path == "/rate_limit" or (response.status == 304 and request.token)
        if free or not self.bucket(request).remaining:
            return 0
        cost = request.charged or 1
        self.bucket(request).used += cost
        return cost

    def headers(self, request: Request, response: Response) -> Mapping[str, str]:
        """Rate limit headers of every answer, and the few others that GitHub always sends."""
        token = "" if response.status == 401 else request.token
        resource = "graphql" if request.path == "/graphql" and token else "core"
        return {
            "x-github-request-id": f"{len(self.requests):04X}:{int(self.now()):X}",
            "x-github-media-type": "github.v3; format=json", "server": "github.com",
            **self.limits.bucket(token, resource).headers(),
        }

    def _user(self, request: Request) -> Response:
        if not request.token:
            return Response(401, NEEDS_LOGIN)
        return Response(body=self.forms.me(self.user(self.me)))

    def _graphql(self, request: Request) -> Response:
        if not self.graphql_enabled:
            return self.missing(request)
        return self._endpoint.answer(request, self.bucket(request), slow_above=self.slow_graphql_above)

    def _rate_limit(self, request: Request) -> Response:
        forms = {name: self.limits.bucket(request.token, name).form() for name in ("core", "graphql", "search")}
        return Response(body={"resources": forms, "rate": forms["core"]}, etag=False)
