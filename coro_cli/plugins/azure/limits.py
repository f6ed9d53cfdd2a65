"""Limits and refusals (https://learn.microsoft.com/azure/devops/integrate/concepts/rate-limits).

A bad token is answered with a sign-in page: as 203, or by a redirect to one with 200. `Retry-After` may come with a good
answer: the answer is taken, and the next cycle waits as long as the host asks for.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from coro_cli.plugins import reading
from coro_cli.plugins.base import Settings
from coro_cli.plugins.roots import is_page
from coro_cli.plugins.wire import Broken, Denied, Response, text


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
    return reading.refusal(response, now, settings.name)


def said(response: Response) -> str:
    """The host's own words, cut."""
    return text(response.maybe_json(), "message")[:200] or "no reason given"


def _token(settings: Settings) -> str:
    return f"give `{settings.name}` a personal access token with the scope Code (Read), of this organisation and not expired"
