"""What the simulated GitLab answers to each question about a project."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from coro_cli.domain.durations import parse_time
from coro_cli.drills.host.messages import Request, Response
from coro_cli.drills.host.paging import page_of
from tests.simulated.forge.ground import Repo
from tests.simulated.forge.issue import Issue
from tests.simulated.forge.pull import Pull
from tests.simulated.forge.records import Comment, Review
from tests.simulated.gitlab import forms
from tests.simulated.gitlab.forms import Json

if TYPE_CHECKING:
    from tests.simulated.gitlab.host import GitLabHost





class Answers:
    """The answers; each takes the request and the project, and gives JSON, or None for a 404."""

    def __init__(self, host: GitLabHost) -> None:
        self.host = host

    @property
    def web(self) -> str:
        """The browser's root."""
        return self.host.url

    def me(self, request: Request) -> Response:
        """The token's user."""
        return Response(body=forms.user(self.host.user(self.host.me), self.web))

    def project(self, request: Request, repo: Repo) -> Json:
        """The project itself."""
        return forms.project(repo, self.web)

    def members(self, request: Request, repo: Repo) -> Response:
        """All members, those of the groups above too."""
        found = [(self.host.user(login), role) for login, role in repo.roles.items()]
        return self._page(request, [(forms.user(u, self.web) or {}) | {"access_level": forms.LEVELS.get(role, 30)} for u, role in found])

    def listed(self, request: Request, repo: Repo) -> Response:
        """The list of merge requests or issues, with the filters that matter."""
        found: Iterable[Issue] = repo.pulls.values() if _is_pulls(request) else repo.issues.values()
        query, iids = request.query, request.values.get("iids[]", [])
        # https://docs.gitlab.com/api/merge_requests/: without `scope` one sees only one's own.
        if query.get("scope", "created_by_me") == "created_by_me":
            found = [i for i in found if i.author.login == self.host.me]
        if query.get("state", "all") != "all":
            found = [i for i in found if forms.STATES[i.state] == query["state"]]
        if "updated_after" in query:
            found = [i for i in found if i.updated_at >= parse_time(query["updated_after"])]
        if "source_branch" in query:
            found = [i for i in found if isinstance(i, Pull) and i.branch == query["source_branch"]]
        chosen = [i for i in found if not iids or str(i.number) in iids]
        word = query.get("order_by", "created_at")
        chosen.sort(key=lambda i: float(getattr(i, word)), reverse=query.get("sort", "desc") == "desc")
        return self._page(request, [self._form(i, whole=False) for i in chosen])

    def one(self, request: Request, repo: Repo) -> Json | None:
        """One of them."""
        thing = _thing(request, repo)
        return self._form(thing, whole=True) if thing else None

    def discussions(self, request: Request, repo: Repo) -> Response | None:
        """All discussions, oldest first: notes by themselves, threads, and what the system wrote."""
        thing = _thing(request, repo)
        if thing is None:
            return None
        found: list[tuple[float, Json]] = [(c.created_at, _single(c.id, forms.note(c, self.web))) for c in thing.comments]
        found += [(h.at, _single(h.id, forms.system_note(h, self.web))) for h in thing.history]
        for thread in thing.threads if isinstance(thing, Pull) else []:
            notes = [forms.note(c, self.web) for c in thread.comments]
            found.append((thread.comments[0].created_at, {"id": thread.id, "individual_note": False, "notes": notes}))
        return self._page(request, [form for _, form in sorted(found, key=lambda pair: pair[0])])

    def notes(self, request: Request, repo: Repo) -> Response | None:
        """All notes in one row."""
        thing = _thing(request, repo)
        if thing is None:
            return None
        found: list[Comment] = [*thing.comments, *(c for t in (thing.threads if isinstance(thing, Pull) else []) for c in t.comments)]
        return self._page(request, [forms.note(c, self.web) for c in sorted(found, key=lambda c: -c.updated_at)])

    def label_events(self, request: Request, repo: Repo) -> Response | None:
        """Labels put on and taken off, each with an id."""
        return self._events(request, repo, {"labeled": "add", "unlabeled": "remove"}, "action")

    def state_events(self, request: Request, repo: Repo) -> Response | None:
        """Closed, reopened and merged, each with an id."""
        return self._events(request, repo, {"closed": "closed", "reopened": "reopened", "merged": "merged"}, "state")

    def approvals(self, request: Request, repo: Repo) -> Response | Json | None:
        """Who approved it."""
        thing = _thing(request, repo)
        if not isinstance(thing, Pull) or self.host.approvals == "missing":
            return None
        dated = self.host.approvals == "dated"
        found = [r for r in thing.standing().values() if r.state == "approved"]
        return {"iid": thing.number, "approved": bool(found), "approved_by": [self._approval(r, dated) for r in found]}

    def reviewers(self, request: Request, repo: Repo) -> list[Json] | None:
        """Who was asked, or came by himself, and what they said last."""
        thing = _thing(request, repo)
        if not isinstance(thing, Pull):
            return None
        # A comment on a line alone is no review.
        said = {r.author.login: r for r in thing.reviews if r.state in _REVIEWER and not r.comments}
        people = {u.login: u for u in [*thing.requested, *(r.author for r in said.values())]}
        return [
            {"user": forms.user(u, self.web), "state": _reviewer(said.get(login)), "created_at": forms.stamp(thing.created_at)}
            for login, u in people.items()
        ]

    def versions(self, request: Request, repo: Repo) -> Response | None:
        """Which head it had from when on, newest first."""
        thing = _thing(request, repo)
        if not isinstance(thing, Pull):
            return None
        found = [{"id": n, "head_commit_sha": sha, "created_at": forms.stamp(at)} for n, (sha, at) in enumerate(thing.pushes, 1)]
        return self._page(request, found[::-1])

    def links(self, request: Request, repo: Repo) -> list[Json] | None:
        """Issues it is related to."""
        thing = _thing(request, repo)
        if thing is None:
            return None
        found = [h for h in thing.history if h.kind == "linked"]
        more = [{"issue_link_id": h.id, "link_type": "relates_to", "link_created_at": forms.stamp(h.at)} for h in found]
        return [forms.issue(h.data["other"], self.web) | extra for h, extra in zip(found, more, strict=True)]

    def pipelines(self, request: Request, repo: Repo) -> Response:
        """The project's pipelines, those that changed last first. Those of a fork's branch run in the fork."""
        since = request.query.get("updated_after")
        own = [c for c in repo.checks if not isinstance(c.item, Pull) or c.item.fork is repo]
        found = [c for c in own if since is None or c.updated_at >= parse_time(since)]
        return self._page(request, [forms.pipeline(c, self.web) for c in sorted(found, key=lambda c: -c.updated_at)])

    def jobs(self, request: Request, repo: Repo) -> list[Json]:
        """The jobs of one pipeline."""
        found = [c for c in repo.checks if str(c.id) == request.params["id"]]
        return [{"id": c.id, "name": c.name, "status": forms.pipeline(c, self.web)["status"], "allow_failure": False} for c in found]

    def _approval(self, review: Review, dated: bool) -> Json:
        form: Json = {"user": forms.user(review.author, self.web)}
        return form | ({"approved_at": forms.stamp(review.at)} if dated else {})

    def _events(self, request: Request, repo: Repo, kinds: dict[str, str], word: str) -> Response | None:
        thing = _thing(request, repo)
        if thing is None:
            return None
        found = [h for h in thing.history if h.kind in kinds]
        return self._page(request, [
            {"id": h.id, "user": forms.user(h.actor, self.web), "created_at": forms.stamp(h.at), word: kinds[h.kind]}
            | ({"label": {"id": 1, "name": h.data["label"]}} if "label" in h.data else {}) for h in found
        ])  # fmt: skip

    def _form(self, thing: Issue, *, whole: bool) -> Json:
        return forms.pull(thing, self.web, whole=whole) if isinstance(thing, Pull) else forms.issue(thing, self.web)

    def _page(self, request: Request, found: Sequence[Any]) -> Response:
        page, links = page_of(found, request, url=self.web + request.path, default=20)
        return Response(body=page, headers=links)


_REVIEWER = {"approved": "approved", "changes_requested": "requested_changes", "commented": "reviewed"}


def _reviewer(review: Review | None) -> str:
    if review is None:
        return "unreviewed"
    return "unapproved" if review.dismissed else _REVIEWER[review.state]


def _is_pulls(request: Request) -> bool:
    return "/merge_requests" in request.path


def _thing(request: Request, repo: Repo) -> Issue | None:
    number = request.params["iid"]
    if not number.isdecimal():
        return None
    return repo.pulls.get(int(number)) if _is_pulls(request) else repo.issues.get(int(number))


def _single(number: int, note: Json) -> Json:
    return {"id": f"{number:040x}", "individual_note": True, "notes": [note]}
