"""Limits and refusals of Bitbucket Data Center."""

from __future__ import annotations

from coro_cli.plugins import answers
from coro_cli.plugins.base import Settings
from coro_cli.plugins.protocol import Denied, Response, items, maybe, text
from coro_cli.plugins.site_addresses import misplaced


def budget(response: Response, now: float) -> dict[str, float]:
    """`limit` and `remaining` of the token bucket, and when it is full again."""
    try:
        limit, remaining = (float(response.headers[f"x-ratelimit-{word}"]) for word in ("limit", "remaining"))
        rate, every = (float(response.headers.get(f"x-ratelimit-{word}", "0")) for word in ("fillrate", "interval-seconds"))
    except (KeyError, ValueError):
        return {}
    full = (limit - remaining) / rate * every if rate > 0 and every > 0 else 60.0
    return {"limit": limit, "remaining": remaining, "reset_at": now + max(full, 1.0)}


def refusal(response: Response, now: float, settings: Settings) -> Exception | None:
    """Limited, Denied, Gone, Broken or Unreachable; None for an answer."""
    url = response.url.partition("?")[0]
    wrong = misplaced(response, settings.api_url, shape=r"/rest/api/[\w.]+$", root="/rest/api/1.0")
    if wrong is not None:
        return wrong
    if response.status == 401 and user_of(response):
        # 401 is also this host's word for a known user who may not do that: then it concerns this place alone.
        return Denied(f"{url} is not for `{user_of(response)}` (401): {said(response)}", hint="ask for read access", whole=False)
    if response.status == 401:
        hint = f"give `{settings.name}` an HTTP access token that may read repositories: Profile → HTTP access tokens"
        return Denied(f"{url} refuses the token (401)", hint=hint)
    return answers.refusal(response, now, settings.name)


def user_of(response: Response) -> str:
    """The user whom the host took the request's credentials for, "" for nobody."""
    name = response.headers.get("x-ausername", "")
    return "" if name.lower() == "anonymous" else name


def said(response: Response) -> str:
    """The host's own words, cut."""
    errors = items(maybe(response.maybe_json(), "errors"))
    return next((text(error, "message")[:200] for error in errors), "") or "no reason given"
