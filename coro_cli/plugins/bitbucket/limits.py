"""Limits and refusals of Bitbucket Cloud (https://support.atlassian.com/bitbucket-cloud/docs/api-request-limits/)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from coro_cli.plugins import answers
from coro_cli.plugins.base import Settings
from coro_cli.plugins.protocol import Broken, Denied, Limited, Response, maybe, text
from coro_cli.plugins.site_addresses import misplaced

WINDOW = 3600.0
# Near its limit the host says so below a fifth; the window rolls, so some of it is back after minutes.
NEAR, ROLL = 0.2, 600.0
# The host promises no Retry-After, and who asks again within seconds stays locked out.
PAUSE = 300.0
_SCOPES = "`read:pullrequest:bitbucket` and `read:repository:bitbucket`"
_NEW_TOKEN = f"app passwords are dead since June 2026: create an API token with scopes {_SCOPES}, and give its e-mail as `email`"


class NotTaken(Broken):
    """The host does not take the question: a field that supports no filtering, a page that is too long."""


@dataclass(slots=True)
class Meter:
    """Counts our own requests of the rolling hour: the host does not tell what is left."""

    sent: deque[float] = field(default_factory=deque)

    def budget(self, response: Response, now: float) -> dict[str, float]:
        """`limit` as told, `remaining` as far as it can be known."""
        self.sent.append(now)
        while self.sent and self.sent[0] < now - WINDOW:
            self.sent.popleft()
        try:
            limit = float(response.headers["x-ratelimit-limit"])
        except (KeyError, ValueError):
            return {}
        left = max(limit - len(self.sent), 0.0)
        if response.headers.get("x-ratelimit-nearlimit", "").lower() == "true":
            return {"limit": limit, "remaining": min(left, limit * NEAR), "reset_at": now + ROLL}
        return {"limit": limit, "remaining": left, "reset_at": now + WINDOW}


def refusal(response: Response, now: float, settings: Settings) -> Exception | None:
    """Limited, Denied, Gone, Broken or Unreachable; None for an answer."""
    url = response.url.partition("?")[0]
    wrong = misplaced(response, settings.api_url, shape=r"/2\.0$", root="/2.0")
    if wrong is not None:
        return wrong
    if response.status == 400:
        return NotTaken(f"{url} does not take the question (400): {said(response)}")
    if response.status == 401:
        return Denied(f"{url} refuses the credentials of `{settings.name}` (401)", hint=_NEW_TOKEN)
    if response.status == 403:
        return Denied(f"{url} forbids it (403): {said(response)}", hint=f"the token needs the scopes {_wanted(response)}", whole=False)
    if response.status == 429 and not response.headers.get("retry-after", "").isdigit():
        return Limited(f"{url} asks for a pause and does not say how long", until=now + PAUSE)
    return answers.refusal(response, now, settings.name)


def said(response: Response) -> str:
    """The host's own words, cut."""
    return text(response.maybe_json(), "error", "message")[:200] or "no reason given"


def _wanted(response: Response) -> str:
    required = maybe(response.maybe_json(), "error", "detail", "required")
    named = [f"`{scope}`" for scope in required if isinstance(scope, str)] if isinstance(required, list) else []
    return ", ".join(named[:5]) or _SCOPES
