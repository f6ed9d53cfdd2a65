"""GitHub and GitHub Enterprise: pull requests and issues.

    detect    which of a repository's objects changed: one conditional list      delivery  what a webhook is about
    batch     looking at many: `graphql` (queries), `nodes` and `shapes` (answers), `refusals`
    rest      looking at one, page by page                                       limits    budgets and statuses
    forms, history, checks, merging                                              from either answer to a snapshot
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from coro_cli.domain.parse_ref import Site
from coro_cli.domain.snapshot import Snapshot
from coro_cli.plugins.base import Changes, Descriptor, Hint, Look, Settings, Watched
from coro_cli.plugins.github import changes, fetch, graphql, limits, rest, webhook
from coro_cli.plugins.github.parse import Reader
from coro_cli.plugins.protocol import Asks, Response


class GitHub:
    """One GitHub. `me` is the token's own login, once `whoami` has been asked.

    has_graphql, has_teams, batch_size: what this instance and this token were found not to have or bear. failures: queries
    for a single object that failed one after the other. looks_without: how many there were without GraphQL.
    """

    kind: ClassVar[str] = "github"
    detects_alone: ClassVar[bool] = True
    batch: ClassVar[int] = 25
    descriptor: ClassVar[Descriptor] = Descriptor(
        algorithm="hmac-sha256", header="X-Hub-Signature-256", format="sha256=<hex>",
        delivery="X-GitHub-Delivery", event="X-GitHub-Event",
        weaker=(
            # Sent beside the other for old receivers; alone it is a downgrade, since one secret signs both.
            Descriptor(
                algorithm="hmac-sha1", header="X-Hub-Signature", format="sha1=<hex>",
                delivery="X-GitHub-Delivery", event="X-GitHub-Event",
            ),
        ),
    )  # fmt: skip

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.reader = Reader(settings)
        self.has_graphql = True
        self.has_teams = True
        self.batch_size = graphql.SIZE
        self.failures = 0
        self.looks_without = 0

    @classmethod
    def defaults(cls) -> dict[str, str]:
        """github.com."""
        return {"api_url": "https://api.github.com", "web_url": "https://github.com", "token_env": "GH_TOKEN,GITHUB_TOKEN"}

    @property
    def me(self) -> str:
        """The token's own login, "" until it is known."""
        return self.reader.me

    @me.setter
    def me(self, login: str) -> None:
        self.reader.me = login

    def site(self) -> Site:
        """Its browser root."""
        return Site(self.settings.name, self.kind, self.settings.web_url)

    def headers(self) -> dict[str, str]:
        """The version is pinned: 2026-03-10 drops `merge_commit_sha` (https://docs.github.com/rest/about-the-rest-api/breaking-changes)."""
        common = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        return common | ({"Authorization": f"Bearer {self.settings.token}"} if self.settings.token else {})

    def refusal(self, response: Response, now: float) -> Exception | None:
        """What a status other than 2xx means here."""
        return limits.refusal(response, now, self.settings.name)

    def budget(self, response: Response, now: float) -> dict[str, float]:
        """The primary limit of the REST API."""
        return limits.budget(response, now)

    def whoami(self) -> Asks[str]:
        """GET /user; GraphQL knows the bot behind the token of an App or of Actions, which has no user."""
        login = yield from rest.whoami()
        return login or (yield from fetch.viewer(self))

    def find(self, watched: Watched) -> Asks[Snapshot]:
        """One object by its ref: a pull request, or else an issue of that number."""
        return fetch.find(self, watched)

    def changes(self, scope: str, watched: Sequence[Watched], cursor: str | None) -> Asks[Changes]:
        """One conditional list request a repository; further pages only after downtime."""
        return changes.changes(scope, watched, cursor)

    def look(self, watched: Sequence[Watched]) -> Asks[Look]:
        """By GraphQL, 25 at a time; by REST where GraphQL is not to be had."""
        return fetch.look(self, watched)

    def cost(self, watched: Sequence[Watched]) -> tuple[int, int]:
        """Requests and points of looking at these, for `coro poll --dry-run`."""
        if not self.has_graphql:
            return 6 * len(watched), 6 * len(watched)
        return -(-len(watched) // graphql.SIZE), graphql.price(watched)

    @property
    def graphql_url(self) -> str:
        """`/api/graphql` beside `/api/v3` (GitHub Enterprise), else below the root."""
        root = self.settings.api_url.rstrip("/")
        return f"{root.removesuffix('/v3')}/graphql" if root.endswith("/api/v3") else f"{root}/graphql"

    def of_branch(self, scope: str, branch: str) -> Asks[str | None]:
        """The number of the newest pull request of a branch of the repository itself."""
        return rest.of_branch(scope, branch)

    def mark(self, snapshot: Snapshot) -> str:
        """The second of its `updated_at`."""
        return changes.mark(snapshot.updated_at)

    def read_delivery(self, headers: Mapping[str, str], body: bytes) -> Hint:
        """What a delivery is about."""
        return webhook.read(self, headers, body)

    def missed(self, scope: str, since: float) -> Asks[list[webhook.Missed]]:
        """Deliveries of a repository's webhooks that failed since then."""
        return webhook.missed(scope, since)

    def redeliver(self, scope: str, one: webhook.Missed) -> Asks[None]:
        """Have one of them sent again."""
        return webhook.redeliver(scope, one)
