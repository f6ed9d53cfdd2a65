"""Gitea and Forgejo (Codeberg): pull requests and issues (https://docs.gitea.com/api/, https://codeberg.org/api/swagger).

What to ask to find changes is `detect`, one whole object `look`, words `forms`, deliveries `delivery`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from coro_cli.domain.parse_ref import Site
from coro_cli.domain.snapshot import Snapshot
from coro_cli.plugins import answers
from coro_cli.plugins.answers import one_by_one
from coro_cli.plugins.base import Changes, Descriptor, Hint, Look, Settings, Watched
from coro_cli.plugins.gitea import fetch, webhook
from coro_cli.plugins.protocol import Asks, Denied, Response
from coro_cli.plugins.round_robin import Patience, longest_unseen_first
from coro_cli.plugins.site_addresses import misplaced
from coro_cli.plugins.trusted_users import Circles


def _signed(header: str, form: str, algorithm: str = "hmac-sha256") -> Descriptor:
    return Descriptor(algorithm=algorithm, header=header, format=form, delivery="X-Gitea-Delivery", event="X-Gitea-Event")


class Gitea:
    """One Gitea or Forgejo. `me` is the token's own login, once `whoami` has been asked."""

    kind: ClassVar[str] = "gitea"
    # The detection asks by time alone, whatever was seen before.
    detects_alone: ClassVar[bool] = True
    # Every flavour signs the body once and sends it under several names. Without a secret they are there, but empty:
    # https://github.com/go-gitea/gitea/blob/main/services/webhook/deliver.go
    descriptor: ClassVar[Descriptor] = Descriptor(
        algorithm="hmac-sha256", header="X-Gitea-Signature", format="<hex>", delivery="X-Gitea-Delivery", event="X-Gitea-Event",
        weaker=(
            _signed("X-Forgejo-Signature", "<hex>"), _signed("X-Gogs-Signature", "<hex>"), _signed("X-Hub-Signature-256", "sha256=<hex>"),
            _signed("X-Hub-Signature", "sha1=<hex>", "hmac-sha1"),
        ),
    )  # fmt: skip

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.me = ""
        self.circles = Circles()
        self.patience = Patience()

    @classmethod
    def defaults(cls) -> dict[str, str]:
        """There is no public host that everybody means: `api_url` names it."""
        return {"api_url": "", "web_url": "", "token_env": "GITEA_TOKEN,FORGEJO_TOKEN"}

    def site(self) -> Site:
        """Its browser root."""
        return Site(self.settings.name, self.kind, self.settings.web_url)

    def headers(self) -> dict[str, str]:
        """`token` is understood by every version; a token in the query is not asked for any more."""
        return {"Authorization": f"token {self.settings.token}"} if self.settings.token else {}

    def refusal(self, response: Response, now: float) -> Exception | None:
        """What a status other than 2xx means here; limits are those of a proxy before it."""
        wrong = misplaced(response, self.settings.api_url, shape=r"/api/v1$", root="/api/v1")
        if wrong is not None:
            return wrong
        if response.status == 403 and b"scope" in response.body[:2000]:
            hint = "give it the scopes `read:repository`, `read:issue` and `read:user`"
            return Denied(f"{response.url.partition('?')[0]} forbids it (403): the token lacks a scope", hint=hint)
        return answers.refusal(response, now, self.settings.name)

    def budget(self, response: Response, now: float) -> dict[str, float]:
        """It has no limit of its own to tell."""
        return {}

    def whoami(self) -> Asks[str]:
        """GET /user."""
        return fetch.whoami()

    def find(self, watched: Watched) -> Asks[Snapshot]:
        """One object by its number: a pull request, or else an issue."""
        return fetch.find(self, watched)

    def changes(self, scope: str, watched: Sequence[Watched], cursor: str | None) -> Asks[Changes]:
        """What changed since the cursor, and whose comments were edited: two requests a repository."""
        return fetch.changes(self, scope, watched, cursor)

    def look(self, watched: Sequence[Watched]) -> Asks[Look]:
        """The objects themselves, one after the other."""
        return one_by_one(sorted(watched, key=longest_unseen_first), lambda one: fetch.look(self, one))

    def of_branch(self, scope: str, branch: str) -> Asks[str | None]:
        """The number of the newest pull request of a branch of the repository itself."""
        return fetch.of_branch(scope, branch)

    def mark(self, snapshot: Snapshot) -> str:
        """The second of its `updated_at`."""
        return fetch.mark(snapshot.updated_at)

    def read_delivery(self, headers: Mapping[str, str], body: bytes) -> Hint:
        """What a delivery is about."""
        return webhook.read(self, headers, body)
