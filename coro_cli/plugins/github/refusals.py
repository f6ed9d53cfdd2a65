"""What GraphQL says instead of an answer, most of it with status 200.

https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from coro_cli.plugins.wire import items, maybe, text

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
