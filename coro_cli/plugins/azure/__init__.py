"""Azure DevOps Services and Server: pull requests (https://learn.microsoft.com/rest/api/azure/devops/git/).

What to ask to find changes is `detect`, one whole pull request `look`, checks `checks`, words `forms` and `history`, addresses
`places`, limits and refusals `limits`. No delivery is signed: they are only taken on an unguessable URL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

from coro_cli.domain.parse_ref import Site
from coro_cli.domain.snapshot import Snapshot
from coro_cli.plugins import answers
from coro_cli.plugins.answers import basic, named, one_by_one
from coro_cli.plugins.azure import fetch, webhook
from coro_cli.plugins.azure.fetch import Places
from coro_cli.plugins.base import Changes, Descriptor, Hint, Look, Settings, Watched
from coro_cli.plugins.protocol import Asks, Broken, Denied, Response, text
from coro_cli.plugins.round_robin import whose_turn
from coro_cli.plugins.site_addresses import is_page


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
        return refusal(response, now, self.settings)

    def budget(self, response: Response, now: float) -> dict[str, float]:
        """What the host says when it comes near its limit, a pause beside a good answer included."""
        return budget(response, now)

    def whoami(self) -> Asks[str]:
        """The token's own account, where the address names an organisation: there is none to ask above them."""
        return fetch.whoami(self)

    def find(self, watched: Watched) -> Asks[Snapshot]:
        """One pull request by its number."""
        return named(watched, fetch.look(self, watched), "organisation, project and repository")

    def changes(self, scope: str, watched: Sequence[Watched], cursor: str | None) -> Asks[Changes]:
        """One list of the repository's active ones, and the threads of two of the watched, in turn."""
        return fetch.changes(self, scope, watched, cursor)

    def look(self, watched: Sequence[Watched]) -> Asks[Look]:
        """The pull requests themselves, each with its threads and (where they are waited for) checks."""
        return one_by_one(whose_turn(watched, self.chosen), lambda one: fetch.look(self, one))

    def of_branch(self, scope: str, branch: str) -> Asks[str | None]:
        """The number of the newest pull request of a branch of the repository itself."""
        return fetch.of_branch(self, scope, branch)

    def mark(self, snapshot: Snapshot) -> str:
        """The digests that were taken with the snapshot."""
        return snapshot.native

    def read_delivery(self, headers: Mapping[str, str], body: bytes) -> Hint:
        """What a service hook's message is about."""
        return webhook.read(self, body)


# Limits and refusals (https://learn.microsoft.com/azure/devops/integrate/concepts/rate-limits).
#
# A bad token is answered with a sign-in page: as 203, or by a redirect to one with 200. `Retry-After` may come with a good
# answer: the answer is taken, and the next cycle waits as long as the host asks for.


def budget(response: Response, now: float) -> dict[str, float]:
    """`limit`, `remaining`, `reset_at`; with a pause asked for, nothing remains until it is over."""
    told = response.headers
    try:
        limit, remaining = float(told.get("x-ratelimit-limit", "200")), float(told.get("x-ratelimit-remaining", "0"))
        reset = float(told["x-ratelimit-reset"]) - response.date + now if "x-ratelimit-reset" in told else None
    except ValueError:
        return {}
    if told.get("retry-after", "").isdigit():
        return {"limit": limit, "remaining": 0.0, "reset_at": now + int(told["retry-after"])}
    return {"limit": limit, "remaining": remaining, "reset_at": reset} if reset is not None and "x-ratelimit-remaining" in told else {}


def refusal(response: Response, now: float, settings: Settings) -> Exception | None:
    """Limited, Denied, Gone, Broken or Unreachable; None for an answer."""
    url, status = response.url.partition("?")[0], response.status
    path = urlsplit(settings.api_url).path
    if (status == 404 or is_page(response)) and "/_" in path:
        root = settings.api_url[: settings.api_url.index("/_", settings.api_url.index(path))]
        return Broken(f"{url} is no answer of the API ({status})", hint=f'leave out what follows the organisation: api_url = "{root}"')
    if status == 203 or 300 <= status < 400 or (status < 300 and is_page(response)):
        return Denied(f"{url} answers with its sign-in page", hint=_token(settings))
    if status == 401:
        return Denied(f"{url} refuses the token (401)", hint=_token(settings))
    if status == 400 and "VssVersionOutOfRange" in text(response.maybe_json(), "typeName") + text(response.maybe_json(), "typeKey"):
        return Broken(f"{url} is of an older version: {said(response)}", hint='name a version it knows: api_version = "5.1"')
    if status == 403:
        return Denied(f"{url} forbids it (403): {said(response)}", hint="the token needs the scope Code (Read)", whole=False)
    return answers.refusal(response, now, settings.name)


def said(response: Response) -> str:
    """The host's own words, cut."""
    return text(response.maybe_json(), "message")[:200] or "no reason given"


def _token(settings: Settings) -> str:
    return f"give `{settings.name}` a personal access token with the scope Code (Read), of this organisation and not expired"
