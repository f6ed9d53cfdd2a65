"""Refusals and limits of Linear: most of them are GraphQL errors, with HTTP 400 or 200 (https://linear.app/developers/rate-limiting)."""

from __future__ import annotations

from typing import Any

from coro_cli.plugins.answers import PAUSE, refusal
from coro_cli.plugins.protocol import Broken, Denied, Gone, Limited, Response, items, maybe, text
from coro_cli.plugins.site_addresses import is_page

_KINDS = ("requests", "complexity", "endpoint-requests")


class TooComplex(Broken):
    """Linear refuses a question that asks for too much at once: a smaller one may be answered."""


def refused(response: Response, now: float, plugin: str) -> Exception | None:
    """What an answer means, by its errors first."""
    url = response.url.partition("?")[0]
    answer = response.maybe_json()
    errors = items(maybe(answer, "errors"))
    codes = {text(e, "extensions", "code").upper() for e in errors} | {text(e, "extensions", "type").upper() for e in errors}
    if "RATELIMITED" in codes or response.status == 429:
        until = _full_again(response, now)
        return Limited(f"{url} asks for a pause of {until - now:.0f} s", until=until)
    if errors and any(found is not None for found in (maybe(answer, "data") or {}).values()):
        return None  # a part that the key may not see is missing; what is there is good
    if codes & {"AUTHENTICATION_ERROR", "AUTHENTICATION ERROR"} or response.status == 401:
        return Denied(f"{url} refuses the key", hint=f"give `{plugin}` a valid one (LINEAR_API_KEY): coro doctor")
    if codes & {"FORBIDDEN"} or response.status == 403:
        return Denied(f"{url} forbids it: {_said(errors)}", hint="the key may not read that team", whole=False)
    if any("not found" in text(e, "message").lower() for e in errors):
        return Gone(f"Linear: {_said(errors)}")
    if errors:
        kind = TooComplex if any("complex" in text(e, "message").lower() for e in errors) else Broken
        return kind(f"{url} answered with an error: {_said(errors)}")
    if response.status in (404, 405) or (response.status < 300 and is_page(response)):
        said = "answered with a web page: a login, or not" if is_page(response) else "is not"
        return Denied(f"{url} {said} Linear at all", hint=f"check `api_url` of `{plugin}`: coro config get")
    return refusal(response, now, plugin)


def budget(response: Response, now: float) -> dict[str, float]:
    """The limit of requests, or that of complexity where it is nearer its end. Resets are epoch milliseconds."""
    found = [known for kind in _KINDS[:2] if (known := _bucket(response, kind, now))]
    return min(found, key=lambda bucket: bucket["remaining"] / max(bucket["limit"], 1.0), default={})


def _bucket(response: Response, kind: str, now: float) -> dict[str, float]:
    try:
        limit, remaining, reset = (
            float(response.headers[f"x-ratelimit-{kind}-{word}"]) for word in ("limit", "remaining", "reset")
        )  # fmt: skip
    except (KeyError, ValueError):
        return {}
    return {"limit": limit, "remaining": remaining, "reset_at": reset / 1000 - response.date + now}


def _full_again(response: Response, now: float) -> float:
    """When the spent limit is full again; a minute where nothing tells."""
    after = response.headers.get("retry-after", "")
    if after.isdigit():
        return now + max(int(after), 1)
    spent = [b["reset_at"] for kind in _KINDS if (b := _bucket(response, kind, now)) and b["remaining"] <= 0]
    return max([now + 1.0, *spent]) if spent else now + PAUSE


def _said(errors: list[dict[str, Any]]) -> str:
    shown = [text(e, "extensions", "userPresentableMessage") or text(e, "message") for e in errors]
    return "; ".join(word for word in shown if word)[:300] or "no reason given"
