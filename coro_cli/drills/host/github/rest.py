"""The way of a REST request: which repository and object it means, renames, answers kept until a change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from coro_cli.drills.host.github.forms import Forms, Json
from coro_cli.drills.host.github.issue import Issue
from coro_cli.drills.host.github.pull import Pull
from coro_cli.drills.host.github.world import Repo, World
from coro_cli.drills.host.messages import Request, Response
from coro_cli.drills.host.paging import page_of
from coro_cli.drills.host.routing import Routes

DOCS = "https://docs.github.com/rest"
NOT_FOUND = {"message": "Not Found", "documentation_url": DOCS, "status": "404"}
_KEPT_AT_MOST = 1000


class Missing(Exception):
    """The thing asked for is not there, or not for this token."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One question about one repository."""

    repo: Repo
    request: Request
    forms: Forms
    me: str

    @property
    def item(self) -> Issue:
        """The issue or pull request of this number. Raises Missing."""
        number = self.request.params["number"]
        item = self.repo.items.get(int(number)) if number.isdecimal() else None
        if item is None:
            raise Missing
        return item

    @property
    def pull(self) -> Pull:
        """The pull request of this number. Raises Missing, also for an issue."""
        item = self.item
        if not isinstance(item, Pull):
            raise Missing
        return item

    def page(self, items: Sequence[Any], form: Callable[[Forms, Any], Json]) -> Response:
        """The page asked for, each item in its form."""
        page, links = page_of(items, self.request, url=self.forms.api + self.request.path)
        return Response(body=[form(self.forms, item) for item in page], headers=links)


Answer = Callable[[Ask], Response]
Speak = Callable[[Answer, Repo, Request], Response]


class Rest:
    """Finds the repository, then lets one of `answers` (tail of the path → function) speak."""

    def __init__(self, world: World, forms: Forms, *, me: Callable[[], str]) -> None:
        self.world, self.forms, self.me = world, forms, me
        self._kept: dict[str, tuple[tuple[int, int, int], Response]] = {}

    def add_to(self, routes: Routes, answers: dict[str, Answer]) -> None:
        """Enter every answer twice: by the repository's name and by its id, where renames redirect to."""
        for tail, answer in answers.items():
            # Only lists of a whole repository are worth keeping.
            speak = self._speak if "{" in tail else self._recall
            for root in ("/repos/{owner}/{repo}", r"/repositories/(?P<id>\d+)"):
                routes.add("GET", root + tail, self._handler(answer, speak))

    def _handler(self, answer: Answer, speak: Speak) -> Callable[[Request], Response]:
        def handler(request: Request) -> Response:
            try:
                found = self._find(request)
                return found if isinstance(found, Response) else speak(answer, found, request)
            except Missing:
                return Response(404, NOT_FOUND)

        return handler

    def _find(self, request: Request) -> Repo | Response:
        if "id" in request.params:
            wanted = int(request.params["id"])
            repo = next((r for r in self.world.repos.values() if r.id == wanted), None)
        else:
            name = f"{request.params['owner']}/{request.params['repo']}".lower()
            repo = self.world.repos.get(name)
            if repo is None and name in self.world.moved:
                return self._moved(self.world.moved[name], request)
        if repo is None or repo.hidden or (repo.private and not request.token):
            raise Missing
        return repo

    def _moved(self, repo: Repo, request: Request) -> Response:
        # https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
        if repo.hidden:
            raise Missing
        name = f"/repos/{request.params['owner']}/{request.params['repo']}"
        url = f"{self.forms.api}/repositories/{repo.id}" + request.target[len(name) :]
        return Response(301, {"message": "Moved Permanently", "url": url, "documentation_url": DOCS}, {"location": url})

    def _speak(self, answer: Answer, repo: Repo, request: Request) -> Response:
        return answer(Ask(repo, request, self.forms, self.me()))

    def _recall(self, answer: Answer, repo: Repo, request: Request) -> Response:
        """What was answered before, while nothing in the repository has changed: lists are large."""
        state = (id(repo), repo.version, self.world.version)
        known = self._kept.get(request.target)
        if known is None or known[0] != state:
            if len(self._kept) >= _KEPT_AT_MOST:
                self._kept.clear()
            known = self._kept[request.target] = (state, self._speak(answer, repo, request).encoded())
        return known[1]
