"""Limits and refusals of GitHub, by REST and GraphQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from coro_cli.plugins.protocol import Broken, Denied, Gone, Limited, Overloaded, Response, items, maybe, text

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
    said = limited(response.maybe_json())
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


# What GraphQL says instead of an answer, most of it with status 200.
#
# https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api


Json = dict[str, Any]
_TOO_MUCH = ("RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED", "EXCESSIVE_PAGINATION")
_SLOW = ("timeout", "timed out", "in time", "something went wrong", "resource limits")
# Codes of graphql-ruby's own checks: the query is not of this instance's schema (an older GitHub Enterprise).
_FOREIGN = (
    "undefinedField", "undefinedType", "argumentNotAccepted", "argumentLiteralsIncompatible", "cannotSpreadFragment",
    "selectionMismatch", "variableMismatch", "fragmentOnNonCompositeType",
)  # fmt: skip


def limited(answer: Any) -> str:
    """The sentence of a rate limit, "" for none. Primary and secondary limits both may come with 200."""
    for error in items(maybe(answer, "errors")):
        said = text(error, "message")
        if text(error, "type") in ("RATE_LIMITED", "RATE_LIMIT") or "rate limit" in said.lower():
            return said or "the rate limit is spent"
    return ""


def is_foreign(errors: Sequence[Json]) -> bool:
    """Whether the query is not understood: asking again is no use."""
    return any(text(error, "extensions", "code") in _FOREIGN for error in errors)


def is_scope(errors: Sequence[Json]) -> bool:
    """Whether a field needs a scope that the token has not."""
    return any(text(error, "type") == "INSUFFICIENT_SCOPES" for error in errors)


def is_too_much(errors: Sequence[Json]) -> bool:
    """Whether a smaller question may be answered."""
    return any(
        text(error, "type") in _TOO_MUCH or any(word in text(error, "message").lower() for word in _SLOW) for error in errors
    )


def hides_checks(errors: Iterable[Json]) -> bool:
    """Whether all that is missing are checks, which the token may not see."""
    return all("statusCheckRollup" in (error.get("path") or ()) and _is_denial(error) for error in errors)


def _is_denial(error: Json) -> bool:
    return text(error, "type") == "FORBIDDEN" or "not accessible" in text(error, "message")


def by_place(errors: Sequence[Json]) -> dict[int, list[tuple[bool, Json]]]:
    """The errors of each object of the question, by its place: (about the object as a whole, the error)."""
    found: dict[int, list[tuple[bool, Json]]] = {}
    for error in errors:
        path = error.get("path")
        place, depth = _place(path if isinstance(path, list) else [])
        if place is not None:
            found.setdefault(place, []).append((depth, error))
    return found


def _place(path: list[Any]) -> tuple[int | None, bool]:
    if len(path) > 1 and path[0] == "nodes" and isinstance(path[1], int):
        return path[1], len(path) == 2
    if path and isinstance(path[0], str) and path[0][:1] == "r" and path[0][1:].isdecimal():
        return int(path[0][1:]), path[1:] in ([], ["issueOrPullRequest"])
    return None, False


def sentence(error: Json, url: str) -> str:
    """Why one object cannot be read."""
    if maybe(error, "extensions", "saml_failure") is True or "SAML" in text(error, "message"):
        return f"{url} asks for single sign-on: authorize the token for the organization"
    return f"{url} refuses it: {text(error, 'message')[:200] or 'no reason given'}"
