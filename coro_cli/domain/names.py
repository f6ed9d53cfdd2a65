"""The event vocabulary, and the patterns a wait may name (contract, section 4)."""

from __future__ import annotations

from coro_cli.domain.showing import show
from coro_cli.errors import UsageError

PULL_REQUEST = "pull_request"
ISSUE = "issue"
JOB = "job"

_PULL_REQUEST_NAMES = (
    "opened", "approved", "changes_requested", "reviewed", "review_dismissed", "commented", "comment_edited", "thread_resolved",
    "review_requested", "synchronized", "ready_for_review", "converted_to_draft", "labeled", "unlabeled", "assigned", "unassigned",
    "checks_passed", "checks_failed", "conflicted", "merged", "closed", "reopened",
)  # fmt: skip
_ISSUE_NAMES = (
    "opened", "commented", "comment_edited", "assigned", "unassigned", "labeled", "unlabeled", "transitioned",
    "epic_linked", "epic_unlinked", "linked", "closed", "reopened",
)  # fmt: skip
_JOB_NAMES = ("message", "resumed", "timeout")

FAMILIES: dict[str, tuple[str, ...]] = {
    PULL_REQUEST: _PULL_REQUEST_NAMES,
    ISSUE: _ISSUE_NAMES,
    JOB: _JOB_NAMES,
}
EVENT_NAMES: tuple[str, ...] = tuple(f"{family}:{short}" for family, shorts in FAMILIES.items() for short in shorts)

# True or false of the object at any instant, so a wait on them is checked against the present first.
STATE_EVENTS = frozenset({"approved", "changes_requested", "checks_passed", "checks_failed", "conflicted", "merged", "closed"})
# The same, but only where `--match` says which label, person, status or epic is meant.
NAMED_STATE_EVENTS = frozenset({"labeled", "assigned", "transitioned", "epic_linked"})
TERMINAL_EVENTS = frozenset({"pull_request:merged", "pull_request:closed"})
# What a person says or decides: only these ask who it was (`--from`).
SPOKEN_EVENTS = frozenset({"approved", "changes_requested", "reviewed", "commented", "comment_edited"})
CHECKS_EVENTS = frozenset({"checks_passed", "checks_failed"})

# What a wait without `--on` listens to: whatever a person would want to react to.
DEFAULT_ON: dict[str, tuple[str, ...]] = {
    PULL_REQUEST: tuple(f"pull_request:{s}" for s in ["approved", "changes_requested", "reviewed", "commented", "merged", "closed"]),
    ISSUE: tuple(f"issue:{s}" for s in ["commented", "assigned", "transitioned", "closed", "reopened"]),
}


def family_of(name: str) -> str:
    """`pull_request` of `pull_request:approved`."""
    return name.partition(":")[0]


def short_of(name: str) -> str:
    """`approved` of `pull_request:approved`."""
    return name.partition(":")[2]


def covers(pattern: str, name: str) -> bool:
    """Whether a full pattern (`issue:closed`, `issue:*`) covers an event name."""
    return pattern == name or (pattern.endswith(":*") and family_of(pattern) == family_of(name))


def expand(pattern: str, families: list[str]) -> list[str]:
    """Turn one pattern as typed into full patterns for the families of the wait's refs.

    `approved` with `["pull_request"]` gives `["pull_request:approved"]`; an empty list of families means they are
    not known yet and every family that has the name is meant. Raises UsageError with the nearest name.
    """
    pattern = pattern.strip().lower().replace("-", "_")
    family, colon, short = pattern.partition(":")
    if colon:
        return [_check_full(pattern, family, short, families)]
    found = [f"{f}:{pattern}" for f in FAMILIES if pattern in FAMILIES[f] and (f in families or not families)]
    found = found or [f"job:{pattern}"] * (pattern in FAMILIES[JOB])
    if found:
        return found
    if pattern == "*":
        return [f"{f}:*" for f in families or (PULL_REQUEST, ISSUE)]
    raise _unknown(pattern, families, _for(families))


def _check_full(pattern: str, family: str, short: str, families: list[str]) -> str:
    if family not in FAMILIES or (short != "*" and short not in FAMILIES[family]):
        raise _unknown(pattern, families)
    if families and family not in families and family != JOB:
        raise UsageError(
            f"`{pattern}` never happens to {_kinds(families)}", hint="name an event of the ref's own kind: coro guide events"
        )
    return pattern


def _unknown(pattern: str, families: list[str], where: str = "") -> UsageError:
    return UsageError(f"there is no event `{show(pattern)}`{where}", hint=_suggest(pattern, families))


def _for(families: list[str]) -> str:
    return f" on {_kinds(families)}" if families else ""


def _kinds(families: list[str]) -> str:
    words = {PULL_REQUEST: "a pull request", ISSUE: "an issue", JOB: "a job"}
    return " or ".join(words[f] for f in families)


def _suggest(pattern: str, families: list[str]) -> str:
    import difflib  # only on the way to an error: it costs 6 ms

    elsewhere = [f for f in FAMILIES if pattern in FAMILIES[f]]
    if elsewhere:
        return f"it happens to {_kinds(elsewhere)} only; all names: coro guide events"
    names = [n for n in EVENT_NAMES if not families or family_of(n) in families] or list(EVENT_NAMES)
    choices = names if ":" in pattern else [short_of(n) for n in names]
    near = difflib.get_close_matches(pattern, choices, n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`? all names: coro guide events" if near else "all names: coro guide events"
