"""Limits and refusals (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api).

GitHub says "too much" with 403 as well as with 429; a 403 without the marks of a limit is a missing permission.
"""

from __future__ import annotations

from coro_cli.errors import Unreachable
from coro_cli.plugins.wire import Broken, Denied, Gone, Limited, Response

SECONDARY_PAUSE = 60.0


def budget(response: Response, now: float) -> dict[str, float]:
    """`limit`, `remaining` and `reset_at` by our own clock: only the host's distance to its reset is meaningful here."""
    try:
        limit, remaining = (float(response.headers[f"x-ratelimit-{word}"]) for word in ("limit", "remaining"))
        reset = float(response.headers["x-ratelimit-reset"]) - response.date + now
    except (KeyError, ValueError):
        return {}
    if response.headers.get("x-ratelimit-resource", "core") != "core":
        return {}
    return {"limit": limit, "remaining": remaining, "reset_at": reset}


def refusal(response: Response, now: float, plugin: str) -> Exception | None:
    """Limited, Denied, Gone, Broken or Unreachable; None for an answer."""
    status, url = response.status, response.url.partition("?")[0]
    if status < 300:
        return None
    until = paused_until(response, now)
    if status in (403, 429) and until is not None:
        return Limited(f"{url} asks for a pause of {max(until - now, 0):.0f} s", until=until)
    if status == 401:
        return Denied(f"{url} refuses the token (401)", hint=f"give `{plugin}` a valid one: coro doctor")
    if status == 403:
        return Denied(
            f"{url} forbids it (403): {_reason(response)}", hint="the token lacks a permission, or needs single sign-on", whole=False
        )
    if status in (404, 410, 451):
        return Gone(f"{url} does not exist, or the token may not see it ({status})")
    if status >= 500:
        return Unreachable(f"{url} answered {status}")
    return Broken(f"{url} answered {status}: {_reason(response)}")


def paused_until(response: Response, now: float) -> float | None:
    """When to ask again: Retry-After, else the reset of a spent limit, else a minute for a secondary limit."""
    after = response.headers.get("retry-after", "")
    if after.isdigit():
        return now + int(after)
    if response.headers.get("x-ratelimit-remaining") == "0":
        try:
            return max(float(response.headers["x-ratelimit-reset"]) - response.date, 1.0) + now
        except (KeyError, ValueError):
            return now + SECONDARY_PAUSE
    is_limit = response.status == 429 or b"rate limit" in response.body[:2000].lower() or b"abuse" in response.body[:2000].lower()
    return now + SECONDARY_PAUSE if is_limit else None


def _reason(response: Response) -> str:
    import json

    try:
        said = json.loads(response.body).get("message", "")
    except (ValueError, AttributeError):
        said = ""
    return str(said)[:200] or "no reason given"
