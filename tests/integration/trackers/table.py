"""What can happen to an issue of a tracker: the rows of all issues, and those that only trackers have.

`EPIC` and `OTHER` in a `match` stand for two issues that can be parents, as the tracker at hand names them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from situations import ISSUE, ISSUES, Situation


def _row(name: str, on: str, act: Callable[[Any], object], *, event: str | None = None, **more: Any) -> Situation:
    return Situation(name, ISSUE, on, act, f"{ISSUE}:{on}" if event is None else event, **more)


def _epic(issue: Any) -> Any:
    return issue.world.epic


def _linked(issue: Any) -> None:
    issue.link_epic(_epic(issue))


def _relinked(issue: Any) -> None:
    issue.link_epic(issue.world.other)


def _there_and_back(issue: Any) -> None:
    issue.transition("In Review")
    issue.transition("To Do")


def _own_words(issue: Any) -> None:
    """A second after the park: whose own words are of the very second is not told by hosts without milliseconds."""
    issue.world.tick()
    issue.comment("me")


def _moved(issue: Any) -> None:
    issue.move("OTHER")
    issue.transition("In Review")


TRACKERS: tuple[Situation, ...] = (
    *ISSUES,
    _row("a transition", "transitioned", lambda i: i.transition("In Progress", "alice"), actor="alice"),
    _row("a transition by name", "transitioned", lambda i: i.transition("In Review"), match="^(In Review|Done)$", level=True),
    _row("a transition to another status", "transitioned", lambda i: i.transition("In Progress"), outcome="no-match", match="Done"),
    _row("a status that was left again", "transitioned", _there_and_back, match="In Review"),
    _row("a closing by another name", "closed", lambda i: i.transition("Won't Do", "alice"), actor="alice"),
    _row("a closing is a transition", "transitioned", lambda i: i.close("alice"), match="Done", level=True, actor="alice"),
    _row("a reopening tells who", "reopened", lambda i: i.reopen("bob"), before=lambda i: i.close(), actor="bob"),
    _row("another assignee", "assigned", lambda i: i.assign("bob"), before=lambda i: i.assign("alice")),
    _row("an assignee replaced", "unassigned", lambda i: i.assign("bob"), before=lambda i: i.assign("alice"), match="alice"),
    _row("an epic", "epic_linked", _linked),
    _row("an epic by name", "epic_linked", _linked, match="^EPIC$", level=True),
    _row("another epic", "epic_linked", _relinked, before=_linked, match="^OTHER$", level=True),
    _row("an epic left", "epic_unlinked", lambda i: i.unlink_epic(), before=_linked),
    _row("a link", "linked", lambda i: i.link(i.world.other)),
    _row("a comment of the token's owner", "commented", _own_words, who="self"),
    _row("a customer's comment by anyone", "commented", lambda i: i.comment("eve"), who="anyone"),
    _row("a comment nobody else may see", "commented", lambda i: i.comment("alice", restricted=True), event="", outcome="no-match"),
    _row("a move to another project and on", "transitioned", _moved, match="In Review", level=True),
)
