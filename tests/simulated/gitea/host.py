"""The simulated Gitea: routes and answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from coro_cli.domain.durations import parse_time
from coro_cli.drills.host.messages import Request, Response
from coro_cli.drills.host.paging import page_of
from tests.simulated.forge.ground import READER, Repo
from tests.simulated.forge.host import ForgeHost
from tests.simulated.forge.issue import Issue
from tests.simulated.forge.pull import Pull
from tests.simulated.gitea import forms
from tests.simulated.gitea.forms import Json

REPO = "/repos/{owner}/{repo}"


class GiteaHost(ForgeHost):
    """`with GiteaHost() as host: pr = host.pull("acme/api", 3); pr.approve("alice")`."""

    root = "/api/v1"
    still = frozenset({"checked", "conflicted", "thread_resolved", "thread_unresolved", "comment_edited"})

    def add_routes(self) -> None:
        """Everything a client that watches asks for."""
        self.routes.add("GET", self.root + "/user", lambda request: Response(body=forms.user(self.user(self.me))))
        for tail, handler in {
            "": self._repo, "/assignees": self._assignees, "/issues": self._issues, "/pulls": self._pulls,
            "/issues/comments": self._comments, "/issues/{number}": self._issue, "/issues/{number}/timeline": self._timeline,
            "/pulls/{number}": self._pull, "/pulls/{number}/reviews": self._reviews,
            "/pulls/{number}/reviews/{id}/comments": self._inline, "/commits/{sha}/status": self._status,
        }.items():  # fmt: skip
            self._add(tail, handler)

    def _add(self, tail: str, handler: Callable[[Request, Repo], Any]) -> None:
        self.routes.add("GET", self.root + REPO + tail, self.guarded(handler))

    def _repo(self, request: Request, repo: Repo) -> Json:
        return forms.repo(repo, self.url)

    def _assignees(self, request: Request, repo: Repo) -> list[Json | None]:
        """All who may write."""
        return [forms.user(self.user(login)) for login, role in repo.roles.items() if role != READER]

    def _issues(self, request: Request, repo: Repo) -> Response:
        kind = request.query.get("type", "")
        found: list[Issue] = [] if kind == "pulls" else list(repo.issues.values())
        found += [] if kind == "issues" else list(repo.pulls.values())
        found = _since(request, found)
        return self._page(request, [forms.item(i, self.url) for i in sorted(found, key=lambda i: -i.created_at)])

    def _pulls(self, request: Request, repo: Repo) -> Response:
        # https://github.com/renovatebot/renovate/issues/33236: a list may hold null.
        newest = sorted(repo.pulls.values(), key=lambda p: -p.updated_at)
        return self._page(request, [None, *(forms.pull(p, self.url) for p in newest)])

    def _comments(self, request: Request, repo: Repo) -> Response:
        plain = [c for c in repo.comments if c.thread is None]
        return self._page(request, [forms.comment(c, self.url) for c in _since(request, plain)])

    def _issue(self, request: Request, repo: Repo) -> Json | None:
        thing = _thing(request, repo)
        return forms.item(thing, self.url) if thing else None

    def _pull(self, request: Request, repo: Repo) -> Json | None:
        thing = _thing(request, repo)
        return forms.pull(thing, self.url) if isinstance(thing, Pull) else None

    def _timeline(self, request: Request, repo: Repo) -> Response | None:
        """Comments and history; comments on lines are left out."""
        thing = _thing(request, repo)
        if thing is None:
            return None
        written = [(c.created_at, forms.comment(c, self.url) | {"type": "comment"}) for c in _since(request, thing.comments)]
        told = [(h.at, forms.change(h, self.url)) for h in thing.history]
        since = parse_time(request.query.get("since", "1970-01-01T00:00:01Z"))
        return self._page(request, [form for at, form in sorted([*written, *(t for t in told if t[0] >= since)], key=lambda p: p[0])])

    def _reviews(self, request: Request, repo: Repo) -> Response | None:
        thing = _thing(request, repo)
        if not isinstance(thing, Pull):
            return None
        asked = [forms.request(h.data["user"], h.id, h.at) for h in thing.history if h.kind == "review_requested"]
        return self._page(request, [*asked, *(forms.review(r, thing.head_sha, self.url) for r in thing.reviews)])

    def _inline(self, request: Request, repo: Repo) -> list[Json] | None:
        thing = _thing(request, repo)
        wanted = [r for r in thing.reviews if str(r.id) == request.params["id"]] if isinstance(thing, Pull) else []
        return [forms.inline(c, review, self.url) for review in wanted for c in review.comments] if wanted else None

    def _status(self, request: Request, repo: Repo) -> Json:
        found = {c.name: c for c in repo.checks if c.sha == request.params["sha"]}
        page, _ = page_of(list(found.values()), request, url="", size_name="limit", most=50)
        return {"sha": request.params["sha"], "total_count": len(found), "statuses": [forms.status(c) for c in page] or None}

    def _page(self, request: Request, found: Sequence[Any]) -> Response:
        page, links = page_of(found, request, url=self.url + request.path, size_name="limit", most=50)
        return Response(body=page, headers=links | {"x-total-count": str(len(found))}, etag=False)


def _since(request: Request, found: Sequence[Any]) -> list[Any]:
    since = parse_time(request.query.get("since", "1970-01-01T00:00:01Z"))
    return [one for one in found if one.updated_at >= since]


def _thing(request: Request, repo: Repo) -> Issue | None:
    number = request.params["number"]
    if not number.isdecimal():
        return None
    return repo.pulls.get(int(number)) or repo.issues.get(int(number))
