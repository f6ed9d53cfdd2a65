"""Limits and refusals (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api).

GitHub says "too much" with 403 as well as with 429; a 403 without the marks of a limit is a missing permission.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from coro_cli.plugins.github import refusals
from coro_cli.plugins.wire import Broken, Denied, Gone, Limited, Overloaded, Response, text

SECONDARY_PAUSE = 60.0
LONGEST_PAUSE = 86_000.0


def budget(response: Response, now: float) -> dict[str, float]:
    """`limit`, `remaining` and `reset_at` by our own clock: only the host's distance to its reset is meaningful here.

    GraphQL has a limit of its own, counted in points: the same words with `graphql_` before them.
    """
    try:
        limit, remaining = (float(response.headers[f"x-ratelimit-{word}"]) for word in ("limit", "remaining"))
        reset = float(response.headers["x-ratelimit-reset"]) - response.date + now
    except (KeyError, ValueError):
        return {}
    resource = response.headers.get("x-ratelimit-resource", "core")
    mark = {"core": "", "graphql": "graphql_"}.get(resource)
    return {} if mark is None else {f"{mark}limit": limit, f"{mark}remaining": remaining, f"{mark}reset_at": reset}


def refusal(response: Response, now: float, plugin: str) -> Exception | None:
    """Limited, Denied, Gone, Broken or Overloaded; None for an answer."""
    status, url = response.status, response.url.partition("?")[0]
    if status < 300:
        return _limited_with_200(response, now, url)
    until = paused_until(response, now)
    if until is not None and (status in (403, 429) or (status == 503 and "retry-after" in response.headers)):
        return Limited(f"{url} asks for a pause of {max(until - now, 0):.0f} s", until=until)
    if status == 401:
        return Denied(f"{url} refuses the token (401)", hint=f"give `{plugin}` a valid one: coro doctor")
    if status == 403:
        return Denied(
            f"{url} forbids it (403): {_reason(response)}", hint="the token lacks a permission, or needs single sign-on", whole=False
        )
    if status in (404, 410, 451):
        return Gone(f"{url} does not exist, or the token may not see it ({status})")
    if status >= 500 and status != 501:
        return Overloaded(f"{url} answered {status}")
    return Broken(f"{url} answered {status}: {_reason(response)}")


def _limited_with_200(response: Response, now: float, url: str) -> Limited | None:
    """GraphQL's limits come as errors of a 200. Comments may hold the same words, so only `errors` counts."""
    if not url.endswith("/graphql") or b'"errors"' not in response.body:
        return None
    said = refusals.limited(response.maybe_json())
    until = paused_until(response, now) or now + SECONDARY_PAUSE
    return Limited(f"{url} asks for a pause of {max(until - now, 0):.0f} s: {said[:100]}", until=until) if said else None


def paused_until(response: Response, now: float) -> float | None:
    """When to ask again: Retry-After, else the reset of a spent limit, else a minute for a secondary limit."""
    if (pause := _retry_after(response)) is not None:
        return now + min(max(pause, 0.0), LONGEST_PAUSE)
    if response.headers.get("x-ratelimit-remaining") == "0":
        try:
            return min(max(float(response.headers["x-ratelimit-reset"]) - response.date, 1.0), LONGEST_PAUSE) + now
        except (KeyError, ValueError):
            return now + SECONDARY_PAUSE
    is_limit = response.status == 429 or b"rate limit" in response.body[:2000].lower() or b"abuse" in response.body[:2000].lower()
    return now + SECONDARY_PAUSE if is_limit else None


def _retry_after(response: Response) -> float | None:
    """Seconds, told as such or as an instant (RFC 9110, 10.2.3); None where it is neither."""
    after = response.headers.get("retry-after", "")
    if after.isascii() and after.isdigit():
        return float(after)
    try:
        return parsedate_to_datetime(after).timestamp() - response.date
    except (TypeError, ValueError):
        return None


def _reason(response: Response) -> str:
    return text(response.maybe_json(), "message")[:200] or "no reason given"
