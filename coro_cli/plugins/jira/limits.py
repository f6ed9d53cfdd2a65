"""Refusals and limits of Jira (https://developer.atlassian.com/cloud/jira/platform/rate-limiting/).

With credentials that are not good, Jira may answer as if nobody had asked: 200 with what everybody may see, or 404. Its
headers tell; and a page where JSON should be is a login page.
"""

from __future__ import annotations

from coro_cli.plugins.answers import PAUSE, moment, refusal
from coro_cli.plugins.protocol import Broken, Denied, Limited, Response, maybe
from coro_cli.plugins.site_addresses import is_page


class BadQuestion(Broken):
    """Jira refuses the question (400), as it does when one of several issues in it does not exist."""


def refused(response: Response, now: float, plugin: str) -> Exception | None:
    """What an answer means besides what its status says everywhere."""
    headers, url = response.headers, response.url.partition("?")[0]
    reason = headers.get("x-seraph-loginreason", "")
    hint = f"give `{plugin}` a valid token (and `email` on Jira Cloud): coro doctor"
    if "AUTHENTICATION_DENIED" in reason:
        return Denied(f"{url} wants a captcha solved before it takes the token", hint="log in with a browser once")
    if "AUTHENTICATED_FAILED" in reason:
        return Denied(f"{url} refuses the token", hint=hint)
    if response.status in (429, 503) and "retry-after" in headers:
        return _limited(response, now, url)
    if response.status < 300 and headers.get("x-ausername", "").lower() == "anonymous":
        return Denied(f"{url} takes the token for nobody's", hint=hint)
    if response.status < 300 and is_page(response):
        return Denied(f"{url} answered with a web page: a login, or not Jira at all", hint=f"check `api_url` of `{plugin}`, and its token")
    if response.status == 400:
        return BadQuestion(f"{url} refuses the question: {said(response)}")
    return refusal(response, now, plugin)


def said(response: Response) -> str:
    """Jira's own words for a refusal."""
    words = maybe(response.maybe_json(), "errorMessages")
    listed = [w for w in words if isinstance(w, str)] if isinstance(words, list) else []
    return "; ".join(listed)[:300] or "no reason given"


def budget(response: Response, now: float) -> dict[str, float]:
    """Cloud tells an instant (ISO 8601) at which its limit is full again, Data Center an interval."""
    headers = response.headers
    try:
        limit, remaining = float(headers["x-ratelimit-limit"]), float(headers["x-ratelimit-remaining"])
    except (KeyError, ValueError):
        return {}
    reset = moment(headers.get("x-ratelimit-reset"))
    interval = headers.get("x-ratelimit-interval-seconds", "")
    pause = float(interval) if interval.isdigit() else PAUSE
    return {"limit": limit, "remaining": remaining, "reset_at": reset - response.date + now if reset is not None else now + pause}


def _limited(response: Response, now: float, url: str) -> Limited:
    after, why = response.headers.get("retry-after", ""), response.headers.get("ratelimit-reason", "")
    pause = float(after) if after.isdigit() else PAUSE
    return Limited(f"{url} asks for a pause of {pause:.0f} s{f' ({why})' if why else ''}", until=now + max(pause, 1.0))
