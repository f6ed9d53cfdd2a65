"""A pull request's activity at Bitbucket Cloud: what happened when. Its items have no ids; their times are exact and stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from coro_cli.domain.events import Actor
from coro_cli.plugins.bitbucket.people import key
from coro_cli.plugins.pushes import Branch, Push
from coro_cli.plugins.reading import moment
from coro_cli.plugins.wire import maybe, text

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    """branch: where its head stood. states: (time, state, who) of each update. verdicts: the last time of (who, verdict)."""

    branch: Branch = field(default_factory=lambda: Branch(""))
    states: Sequence[tuple[float, str, Any]] = ()
    verdicts: dict[tuple[str, str], float] = field(default_factory=dict)

    def ended(self, state: str) -> tuple[float | None, Any]:
        """When it came to the state it is in, and by whom. Later updates (a new title) repeat the state."""
        since: tuple[float | None, Any] = (None, None)
        for at, said, who in reversed(self.states):
            if said != state:
                break
            since = (at, who)
        return since

    def said(self, uuid: str, verdict: str) -> float | None:
        """When somebody last said so."""
        return self.verdicts.get((uuid, verdict))


def read(values: Sequence[Json], actor: Callable[[Any], Actor]) -> History:
    """The history in a list of activity items, whatever their order."""
    updates = sorted(
        ((at, item["update"]) for item in values if (at := moment(maybe(item, "update", "date"))) is not None), key=lambda each: each[0]
    )
    heads = [(at, text(update, "source", "commit", "hash")[:12], update) for at, update in updates]
    moved = [(at, sha, update) for at, sha, update in heads if sha]
    pushes = [
        Push(sha, at, actor(update.get("author")))
        for (_, before, _), (at, sha, update) in pairwise(moved)
        if sha != before
    ]
    branch = Branch(moved[0][1] if moved else "", pushes)
    return History(branch, [(at, text(update, "state"), update.get("author")) for at, update in updates], _verdicts(values))


def _verdicts(values: Sequence[Json]) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for item in values:
        for name, verdict in (("approval", "approved"), ("changes_requested", "changes_requested")):
            at = moment(maybe(item, name, "date"))
            if at is not None:
                who = (key(maybe(item, name, "user")), verdict)
                found[who] = max(at, found.get(who, 0.0))
    return found
