"""The simulated GitLab: routes, limits, and which changes do not move `updated_at`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from coro_cli.drills.host.messages import Request, Response
from tests.simulated.forge.ground import Repo
from tests.simulated.forge.host import ForgeHost
from tests.simulated.gitlab.answers import Answers

LIMIT = 2000
PROJECT = "/projects/{project}"


class GitLabHost(ForgeHost):
    """`with GitLabHost() as host: mr = host.pull("group/sub/proj", 7); mr.approve("alice")`.

    approvals: `dated` (with `approved_at`), `plain` (without, as before GitLab 18) or `missing` (404).
    spent: so many requests of the minute's limit are gone.
    """

    root = "/api/v4"
    # https://gitlab.com/gitlab-org/gitlab/-/issues/244201; a pipeline is no part of the merge request at all.
    still = frozenset({"assigned", "unassigned", "review_requested", "checked", "conflicted", "thread_resolved", "thread_unresolved"})
    shared_numbers = False

    def __init__(self, *, clock: Callable[[], float] = time.time, me: str = "me", token: str = "glpat-simulated") -> None:
        self.approvals = "dated"
        self.spent = 0
        super().__init__(clock=clock, me=me, token=token)

    def add_routes(self) -> None:
        """Everything a client that watches asks for."""
        answers, add = Answers(self), self._add
        self.routes.add("GET", self.root + "/user", answers.me)
        add("", answers.project)
        add("/members/all", answers.members)
        add("/pipelines", answers.pipelines)
        add("/pipelines/{id}/jobs", answers.jobs)
        for things in ("merge_requests", "issues"):
            add(f"/{things}", answers.listed)
            add(f"/{things}/{{iid}}", answers.one)
            add(f"/{things}/{{iid}}/discussions", answers.discussions)
            add(f"/{things}/{{iid}}/notes", answers.notes)
            add(f"/{things}/{{iid}}/resource_label_events", answers.label_events)
            add(f"/{things}/{{iid}}/resource_state_events", answers.state_events)
        add("/issues/{iid}/links", answers.links)
        add("/merge_requests/{iid}/approvals", answers.approvals)
        add("/merge_requests/{iid}/reviewers", answers.reviewers)
        add("/merge_requests/{iid}/versions", answers.versions)

    def _add(self, tail: str, handler: Callable[[Request, Repo], object]) -> None:
        self.routes.add("GET", self.root + PROJECT + tail, self.guarded(handler))

    def credential(self, request: Request) -> str:
        """GitLab takes a token in either of two headers."""
        return request.headers.get("private-token") or request.token

    def too_many(self, seconds: float) -> Response:
        """https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/: a plain text body."""
        return Response(429, b"Retry later\n", {"content-type": "text/plain", "retry-after": str(int(seconds))}, etag=False)

    def charge(self, request: Request, response: Response) -> int:
        """A 304 counts like any other answer."""
        self.spent += 1
        return 1

    def headers(self, request: Request, response: Response) -> Mapping[str, str]:
        """The limit of the minute."""
        reset = int(self.now()) // 60 * 60 + 60
        return {
            "ratelimit-limit": str(LIMIT), "ratelimit-observed": str(self.spent), "ratelimit-reset": str(reset),
            "ratelimit-remaining": str(max(LIMIT - self.spent, 0)), "ratelimit-name": "throttle_authenticated_api",
        }  # fmt: skip

    def elsewhere(self, request: Request, repo: Repo) -> str:
        """The same question at the project's new path."""
        from urllib.parse import quote

        tail = request.target.removeprefix(f"{self.root}/projects/").partition("/")[2]
        return f"{self.root}/projects/{quote(repo.path, safe='')}/{tail}"
