"""When to look again: the configured interval, stretched before the host's limit would break, never below what it asks for."""

from __future__ import annotations

from collections.abc import Mapping

LONGEST = 3600.0
FAILURE_FACTOR = 5.0
# A host may count some requests apart (GitHub: GraphQL, in points): the same words with this before them.
_LIMITS = ("", "graphql_")


def interval(
    base: float, *, charged: int, budget: Mapping[str, float], share: float, now: float, limited_until: float | None, failures: int
) -> float:
    """Seconds until the next cycle.

    charged: what the last cycle cost. budget: `limit`, `remaining`, `reset_at`. share: the part of the limit coro may use.
    Whoever else uses the same token eats from `remaining` too: the stretch follows what is left, not what was planned.
    """
    if limited_until is not None:
        return min(max(limited_until - now + 1, base), LONGEST)
    if failures:
        return min(base * min(2.0 ** (failures - 1), FAILURE_FACTOR), LONGEST)
    return min(max(base, *(_affordable(charged, _of(budget, mark), share, now) for mark in _LIMITS)), LONGEST)


def _of(budget: Mapping[str, float], mark: str) -> dict[str, float]:
    return {name: budget[mark + name] for name in ("limit", "remaining", "reset_at") if mark + name in budget}


def _affordable(charged: int, budget: Mapping[str, float], share: float, now: float) -> float:
    if charged <= 0 or "remaining" not in budget or "limit" not in budget or budget.get("reset_at", now) <= now:
        return 0.0
    left = budget["remaining"] - budget["limit"] * (1 - share)
    if left > budget["limit"] * share / 2:
        return 0.0  # one busy minute is no reason to slow down: quiet cycles cost nothing, and half of our part is left
    until_reset = budget.get("reset_at", now) - now
    if left <= charged:
        return until_reset + 1 if budget["remaining"] < budget["limit"] else 0.0
    return until_reset * charged / left


def is_stretched(base: float, chosen: float) -> bool:
    """Whether the interval is longer than configured."""
    return chosen > base * 1.2
