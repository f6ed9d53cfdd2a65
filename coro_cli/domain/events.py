"""Events: the vocabulary and the patterns a wait may name (contract, section 4), one event, and who did it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from coro_cli.domain.durations import rfc3339
from coro_cli.errors import UsageError, show

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


# One thing that happened to a ref, and who did it.


TRUSTED = frozenset({"owner", "member", "collaborator", "self"})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it.

    kind: `user`, `bot` or `ghost` (an account that is gone).
    trust: `owner member collaborator self author contributor none`, as the host itself says.
    name: what people call the account, where the login says nothing to them (account ids of Jira); it can be forged.
    """

    login: str = ""
    kind: str = "user"
    trust: str = "none"
    name: str = ""

    def as_json(self) -> dict[str, str]:
        named = {"name": self.name} if self.name else {}
        return {"login": self.login, "kind": self.kind, "trust": self.trust, **named}

    @classmethod
    def from_json(cls, data: dict[str, str] | None) -> Actor:
        return cls(**data) if data else GHOST


GHOST = Actor(login="ghost", kind="ghost")


def trust_of(granted: str, *, is_self: bool, is_author: bool) -> str:
    """An actor's trust. granted: what the host itself says; who opened the object is its author where that is too little."""
    if is_self:
        return "self"
    return "author" if is_author and granted not in TRUSTED else granted


@dataclass(frozen=True, slots=True)
class Event:
    """An event as every door delivers it.

    key: stable identity, the same by poll, webhook, relay or hand.
    occurred_at, detected_at: seconds since the epoch; the first by the host's clock, the second by ours.
    body: text from outside, already bounded. data: small JSON facts (label, path, line, from, to, sha …).
    """

    key: str
    name: str
    ref: str
    actor: Actor
    occurred_at: float
    title: str = ""
    body: str = ""
    url: str = ""
    source: str = "poll"
    detected_at: float = 0.0
    data: dict[str, Any] = field(default_factory=dict)

    def as_json(self, outcome: str, why: str = "") -> dict[str, Any]:
        """The event as the contract prints it. outcome, why: what it did."""
        return {
            "key": self.key, "name": self.name, "ref": self.ref, "actor": self.actor.as_json(),
            "occurred_at": rfc3339(self.occurred_at), "detected_at": rfc3339(self.detected_at), "source": self.source,
            "title": self.title, "body": self.body, "url": self.url, "data": self.data, "outcome": outcome, "why": why,
        }  # fmt: skip
