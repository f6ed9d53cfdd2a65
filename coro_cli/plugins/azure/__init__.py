"""Azure DevOps Services and Server: pull requests (https://learn.microsoft.com/rest/api/azure/devops/git/).

What to ask to find changes is `detect`, one whole pull request `look`, checks `checks`, words `forms` and `history`, addresses
`places`, limits and refusals `limits`. No delivery is signed: they are only taken on an unguessable URL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from coro_cli.domain.refs import Site
from coro_cli.domain.snapshot import Snapshot
from coro_cli.plugins.azure import delivery, detect, limits, look
from coro_cli.plugins.azure.places import Places
from coro_cli.plugins.base import Changes, Descriptor, Hint, Look, Settings, Watched
from coro_cli.plugins.bodies import basic, named, one_by_one
from coro_cli.plugins.turns import whose_turn
from coro_cli.plugins.wire import Asks, Response


class Azure:
    """One Azure DevOps. accounts: the token's own id, by organisation. projects, repositories: names and ids that were seen.

    chosen: whose checks are asked for in this cycle, by repository. iterations: the last one of each head.
    """

    kind: ClassVar[str] = "azure"
    descriptor: ClassVar[Descriptor] = Descriptor(algorithm="none")

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.me = ""
        self.places = Places(settings)
        self.accounts: dict[str, str] = {}
        self.chosen: dict[str, set[str]] = {}
        self.projects: dict[str, str] = {}
        self.repositories: dict[str, str] = {}
        self.iterations: dict[tuple[str, str], dict[str, Any]] = {}

    @classmethod
    def defaults(cls) -> dict[str, str]:
        """dev.azure.com."""
        return {
            "api_url": "https://dev.azure.com", "web_url": "https://dev.azure.com",
            "token_env": "AZURE_DEVOPS_EXT_PAT,SYSTEM_ACCESSTOKEN",
        }  # fmt: skip

    def site(self) -> Site:
        """Its browser root."""
        return Site(self.settings.name, self.kind, self.settings.web_url)

    def headers(self) -> dict[str, str]:
        """A personal access token stands where a password would (Basic, no user); Entra's and a pipeline's go as Bearer.

        The other header asks for a 401 in place of a redirect to the sign-in page; not every part of the host listens.
        """
        token, quiet = self.settings.token, {"X-TFS-FedAuthRedirect": "Suppress"}
        if not token:
            return quiet
        is_jwt = token.startswith("ey") and token.count(".") == 2
        return quiet | {"Authorization": f"Bearer {token}" if is_jwt else basic("", token)}

    def refusal(self, response: Response, now: float) -> Exception | None:
        """What a status other than 2xx means here, and a sign-in page."""
        return limits.refusal(response, now, self.settings)

    def budget(self, response: Response, now: float) -> dict[str, float]:
        """What the host says when it comes near its limit, a pause beside a good answer included."""
        return limits.budget(response, now)

    def whoami(self) -> Asks[str]:
        """The token's own account, where the address names an organisation: there is none to ask above them."""
        return look.whoami(self)

    def find(self, watched: Watched) -> Asks[Snapshot]:
        """One pull request by its number."""
        return named(watched, look.look(self, watched), "organisation, project and repository")

    def changes(self, scope: str, watched: Sequence[Watched], cursor: str | None) -> Asks[Changes]:
        """One list of the repository's active ones, and the threads of two of the watched, in turn."""
        return detect.changes(self, scope, watched, cursor)

    def look(self, watched: Sequence[Watched]) -> Asks[Look]:
        """The pull requests themselves, each with its threads and (where they are waited for) checks."""
        return one_by_one(whose_turn(watched, self.chosen), lambda one: look.look(self, one))

    def of_branch(self, scope: str, branch: str) -> Asks[str | None]:
        """The number of the newest pull request of a branch of the repository itself."""
        return look.of_branch(self, scope, branch)

    def mark(self, snapshot: Snapshot) -> str:
        """The digests that were taken with the snapshot."""
        return snapshot.native

    def read_delivery(self, headers: Mapping[str, str], body: bytes) -> Hint:
        """What a service hook's message is about."""
        return delivery.read(self, body)
