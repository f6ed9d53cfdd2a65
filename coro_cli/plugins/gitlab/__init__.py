"""GitLab, gitlab.com and self-managed: merge requests and issues (https://docs.gitlab.com/api/rest/).

What to ask to find changes is `detect`, one whole object `look`, words `forms`, verdicts `reviews`, refusals `limits`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from coro_cli.domain.refs import Site
from coro_cli.domain.snapshot import Snapshot
from coro_cli.plugins.base import Changes, Descriptor, Hint, Look, Settings, Watched
from coro_cli.plugins.bodies import one_by_one
from coro_cli.plugins.circle import Circles
from coro_cli.plugins.gitlab import delivery, detect, forms, limits, look
from coro_cli.plugins.patience import Patience, longest_unseen_first
from coro_cli.plugins.wire import Asks, Response


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
        return limits.refusal(response, now, self.settings)

    def budget(self, response: Response, now: float) -> dict[str, float]:
        """The limit of the minute."""
        return limits.budget(response, now)

    def whoami(self) -> Asks[str]:
        """GET /user."""
        return look.whoami()

    def find(self, watched: Watched) -> Asks[Snapshot]:
        """One merge request (`!7`) or issue (`#7`)."""
        return look.find(self, watched)

    def changes(self, scope: str, watched: Sequence[Watched], cursor: str | None) -> Asks[Changes]:
        """One list request for each hundred watched, one for the pipelines where checks are waited for, and one's verdicts in turn."""
        return detect.changes(self, scope, watched, cursor)

    def look(self, watched: Sequence[Watched]) -> Asks[Look]:
        """The objects themselves, one after the other."""
        return one_by_one(sorted(watched, key=longest_unseen_first), lambda one: look.look(self, one))

    def of_branch(self, scope: str, branch: str) -> Asks[str | None]:
        """The number of the newest merge request of a branch of the project itself."""
        return look.of_branch(scope, branch)

    def mark(self, snapshot: Snapshot) -> str:
        """A digest of what lists tell."""
        return forms.mark(snapshot)

    def read_delivery(self, headers: Mapping[str, str], body: bytes) -> Hint:
        """What a delivery is about."""
        return delivery.read(self, headers, body)
