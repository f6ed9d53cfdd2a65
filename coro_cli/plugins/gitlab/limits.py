"""Limits and refusals of GitLab (https://docs.gitlab.com/security/rate_limits/, https://docs.gitlab.com/api/rest/authentication/)."""

from __future__ import annotations

from coro_cli.plugins import reading
from coro_cli.plugins.base import Settings
from coro_cli.plugins.roots import misplaced
from coro_cli.plugins.wire import Denied, Limited, Response

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
    return reading.refusal(response, now, settings.name)


def _pause(response: Response, now: float) -> float:
    # The body may be the plain text "Retry later", with no header at all: https://gitlab.com/gitlab-org/gitlab/-/issues/365728
    try:
        return max(_reset(response, now), now + 1)
    except (KeyError, ValueError):
        return now + reading.PAUSE


def _reset(response: Response, now: float) -> float:
    return float(response.headers["ratelimit-reset"]) - response.date + now
