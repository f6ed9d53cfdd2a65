"""GitLab, gitlab.com and self-managed: merge requests and issues (https://docs.gitlab.com/api/rest/).

What to ask to find changes is `detect`, one whole object `look`, words `forms`, verdicts `reviews`, refusals `limits`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from coro_cli.domain.parse_ref import Site
from coro_cli.domain.snapshot import Snapshot
from coro_cli.plugins import answers
from coro_cli.plugins.answers import one_by_one
from coro_cli.plugins.base import Changes, Descriptor, Hint, Look, Settings, Watched
from coro_cli.plugins.gitlab import changes, fetch, parse, webhook
from coro_cli.plugins.protocol import Asks, Denied, Limited, Response
from coro_cli.plugins.round_robin import Patience, longest_unseen_first
from coro_cli.plugins.site_addresses import misplaced
from coro_cli.plugins.trusted_users import Circles


class GitLab:
    """One GitLab. `me` is the token's own user name, once `whoami` has been asked.

    forks: merge requests whose branch is in another project. unlisted: those whose pipelines the last detection could not see.
    """

    kind: ClassVar[str] = "gitlab"
    # A signing token (`whsec_…`) is Standard Webhooks; the older secret token is sent as it is, so it protects no body:
    # https://docs.gitlab.com/user/project/integrations/webhooks/#validate-payloads-by-using-a-secret-token
    descriptor: ClassVar[Descriptor] = Descriptor(
        algorithm="hmac-sha256", header="webhook-signature", format="v1,<base64>", delivery="webhook-id", event="X-Gitlab-Event",
        window=300.0,
        weaker=(
            Descriptor(
                algorithm="none", header="X-Gitlab-Token", format="<plain>", delivery="Idempotency-Key", event="X-Gitlab-Event"
            ),
        ),
    )  # fmt: skip

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.me = ""
        self.circles = Circles()
        self.forks: set[str] = set()
        self.unlisted: set[str] = set()
        self.patience = Patience()

    @classmethod
    def defaults(cls) -> dict[str, str]:
        """gitlab.com."""
        return {
            "api_url": "https://gitlab.com/api/v4", "web_url": "https://gitlab.com", "token_env": "GITLAB_TOKEN,GITLAB_ACCESS_TOKEN",
        }  # fmt: skip

    def site(self) -> Site:
        """Its browser root."""
        return Site(self.settings.name, self.kind, self.settings.web_url)

    def headers(self) -> dict[str, str]:
        """Bearer serves personal, project and group tokens and those of OAuth alike."""
        return {"Authorization": f"Bearer {self.settings.token}"} if self.settings.token else {}

    def refusal(self, response: Response, now: float) -> Exception | None:
        """What a status other than 2xx means here."""
        return refusal(response, now, self.settings)

    def budget(self, response: Response, now: float) -> dict[str, float]:
        """The limit of the minute."""
        return budget(response, now)

    def whoami(self) -> Asks[str]:
        """GET /user."""
        return fetch.whoami()

    def find(self, watched: Watched) -> Asks[Snapshot]:
        """One merge request (`!7`) or issue (`#7`)."""
        return fetch.find(self, watched)

    def changes(self, scope: str, watched: Sequence[Watched], cursor: str | None) -> Asks[Changes]:
        """One list request for each hundred watched, one for the pipelines where checks are waited for, and one's verdicts in turn."""
        return changes.changes(self, scope, watched, cursor)

    def look(self, watched: Sequence[Watched]) -> Asks[Look]:
        """The objects themselves, one after the other."""
        return one_by_one(sorted(watched, key=longest_unseen_first), lambda one: fetch.look(self, one))

    def of_branch(self, scope: str, branch: str) -> Asks[str | None]:
        """The number of the newest merge request of a branch of the project itself."""
        return fetch.of_branch(scope, branch)

    def mark(self, snapshot: Snapshot) -> str:
        """A digest of what lists tell."""
        return parse.mark(snapshot)

    def read_delivery(self, headers: Mapping[str, str], body: bytes) -> Hint:
        """What a delivery is about."""
        return webhook.read(self, headers, body)


# Limits and refusals of GitLab (https://docs.gitlab.com/security/rate_limits/,
# https://docs.gitlab.com/api/rest/authentication/).


ROOT = "/api/v4"


def budget(response: Response, now: float) -> dict[str, float]:
    """`limit`, `remaining` and `reset_at` by our clock; not every answer carries them (the edge's own do not)."""
    try:
        limit, left = (float(response.headers[f"ratelimit-{word}"]) for word in ("limit", "remaining"))
        return {"limit": limit, "remaining": left, "reset_at": _reset(response, now)}
    except (KeyError, ValueError):
        return {}


def refusal(response: Response, now: float, settings: Settings) -> Exception | None:
    """Limited, Denied, Gone, Broken or Overloaded; None for an answer."""
    url = response.url.partition("?")[0]
    wrong = misplaced(response, settings.api_url, shape=r"/api/v4$", root=ROOT)
    if wrong is not None:
        return wrong
    if response.status == 429 and not response.headers.get("retry-after", "").isdigit():
        return Limited(f"{url} asks for a pause", until=_pause(response, now))
    if response.status == 403 and b"insufficient_scope" in response.body[:2000]:
        return Denied(f"{url} forbids it (403): the token lacks a scope", hint="give it the scope `read_api`")
    return answers.refusal(response, now, settings.name)


def _pause(response: Response, now: float) -> float:
    # The body may be the plain text "Retry later", with no header at all: https://gitlab.com/gitlab-org/gitlab/-/issues/365728
    try:
        return max(_reset(response, now), now + 1)
    except (KeyError, ValueError):
        return now + answers.PAUSE


def _reset(response: Response, now: float) -> float:
    return float(response.headers["ratelimit-reset"]) - response.date + now
