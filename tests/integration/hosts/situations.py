"""What can happen to a pull request or an issue, once for all hosts: one row each.

A row is tried in several ways (`harness`): it happens while a job waits; it had happened before the job parked; and by both
doors it must have one key. `alice` and `bob` are members of the repository, `dev` wrote the object and is none, `eve` is a
stranger, `me` holds the token.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from coro_cli.domain.events import STATE_EVENTS

PULL, ISSUE = "pull_request", "issue"


def nothing(thing: Any) -> None:
    """Leave the object as it was opened."""


@dataclass(frozen=True, slots=True)
class Situation:
    """One row.

    needs: the short event name that the host must be able to tell (a host's `cannot` is looked up by it, and by `name`).
    on, who, match, at_head, only: the words of the wait. before: how the object stood when nobody looked yet. act: what happens.
    event: the full name that must be recorded, empty where none is expected. outcome: what it does to the job.
    actor: who did it, where the host tells. level: it also wakes a job that parks only afterwards.
    """

    name: str
    family: str
    on: str
    act: Callable[[Any], object]
    event: str
    outcome: str = "woke"
    before: Callable[[Any], object] = nothing
    who: str = "trusted"
    match: str = ""
    at_head: bool = False
    only: bool = False
    actor: str = ""
    satisfied: bool = True
    level: bool | None = None

    @property
    def needs(self) -> str:
        """`approved` of a row about `pull_request:approved`."""
        return (self.event or f"{self.family}:{self.on}").partition(":")[2]

    @property
    def wakes(self) -> bool:
        """Whether it wakes a job that waits."""
        return self.outcome == "woke"

    @property
    def wakes_at_once(self) -> bool:
        """Whether it wakes a job that parks when it has happened already: states do, edges do not."""
        return self.wakes and (self.on in STATE_EVENTS if self.level is None else self.level)

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def stranger(thing: Any) -> dict[str, str]:
    """GitHub tells with each word how its author is associated; its model wants to be told so too."""
    return {"association": "NONE"} if hasattr(thing, "association") else {}


def _approved_then_blocked(pull: Any) -> None:
    pull.request_changes("bob")
    pull.approve("alice")


def _approved_then_pushed(pull: Any) -> None:
    pull.approve("alice")
    pull.push()


def _pushed_then_approved(pull: Any) -> None:
    pull.push()
    pull.approve("alice")


def _changed_mind(pull: Any) -> None:
    pull.request_changes("alice")
    pull.approve("alice")


def _approved_and_withdrawn(pull: Any) -> None:
    pull.dismiss(pull.approve("alice"))


def _dismissed(pull: Any) -> None:
    pull.dismiss(pull.reviews[-1])


def _edited(thing: Any) -> None:
    thing.edit_comment(thing.comments[-1].id, "On second thought: rebase first.")


def _resolved(pull: Any) -> None:
    pull.resolve(pull.threads[-1])


def _red_after_push(pull: Any) -> None:
    pull.check("build", "success")
    pull.push()


def _pull(name: str, on: str, act: Callable[[Any], object], *, event: str | None = None, **more: Any) -> Situation:
    return Situation(name, PULL, on, act, f"{PULL}:{on}" if event is None else event, **more)


def _issue(name: str, on: str, act: Callable[[Any], object], **more: Any) -> Situation:
    return Situation(name, ISSUE, on, act, f"{ISSUE}:{on}", **more)


PULLS: tuple[Situation, ...] = (
    _pull("an approval", "approved", lambda p: p.approve("alice"), actor="alice"),
    _pull("an approval with a text", "commented", lambda p: p.approve("alice", body="Looks good."), event="pull_request:approved"),
    _pull("a change of mind", "approved", _changed_mind, actor="alice"),
    _pull("an approval beside a standing refusal", "approved", _approved_then_blocked, outcome="no-match"),
    _pull("an approval that was taken back", "approved", _approved_and_withdrawn, event="", outcome="no-match"),
    _pull("an approval by a stranger", "approved", lambda p: p.approve("eve", **stranger(p)), outcome="untrusted"),
    _pull("an approval by anyone", "approved", lambda p: p.approve("eve", **stranger(p)), who="anyone"),
    _pull("an approval by the one named", "approved", lambda p: p.approve("eve", **stranger(p)), who="eve"),
    _pull("an approval at the head", "approved", _pushed_then_approved, at_head=True),
    _pull("an approval of an older commit", "approved", _approved_then_pushed, outcome="no-match", at_head=True),
    _pull("a request for changes", "changes_requested", lambda p: p.request_changes("alice"), actor="alice"),
    _pull("a review without a verdict", "reviewed", lambda p: p.review_comment("alice")),
    _pull("a dismissal", "review_dismissed", _dismissed, before=lambda p: p.approve("alice")),
    _pull("a comment", "commented", lambda p: p.comment("alice", "Please rebase."), actor="alice"),
    _pull("a comment by the author", "commented", lambda p: p.comment("dev", "Done."), actor="dev"),
    _pull("a comment by the token's owner", "commented", lambda p: p.comment("me"), who="self"),
    _pull("a comment by a stranger", "commented", lambda p: p.comment("eve", "Buy this."), outcome="untrusted", actor="eve"),
    _pull("a comment that matches", "commented", lambda p: p.comment("alice", "please /ship it"), match="^please /ship"),
    _pull("a comment that does not match", "commented", lambda p: p.comment("alice", "no"), outcome="no-match", match="/ship"),
    _pull("a comment on a line", "commented", lambda p: p.inline("alice", "Why?", path="main.py")),
    _pull("an edited comment", "comment_edited", _edited, before=lambda p: p.comment("alice", "Hm.")),
    _pull("a resolved thread", "thread_resolved", _resolved, before=lambda p: p.inline("alice")),
    _pull("a requested review", "review_requested", lambda p: p.request_review("bob")),
    _pull("a push", "synchronized", lambda p: p.push()),
    _pull("a draft made ready", "ready_for_review", lambda p: p.ready(), before=lambda p: p.draft()),
    _pull("a step back to a draft", "converted_to_draft", lambda p: p.draft()),
    _pull("a label", "labeled", lambda p: p.label("ship")),
    _pull("a label by name", "labeled", lambda p: p.label("ship"), match="^ship$", level=True),
    _pull("another label", "labeled", lambda p: p.label("later"), outcome="no-match", match="^ship$"),
    _pull("a label taken off", "unlabeled", lambda p: p.unlabel("ship"), before=lambda p: p.label("ship")),
    _pull("an assignment", "assigned", lambda p: p.assign("bob")),
    _pull("an assignment by name", "assigned", lambda p: p.assign("bob"), match="bob", level=True),
    _pull("an assignment taken back", "unassigned", lambda p: p.unassign("bob"), before=lambda p: p.assign("bob")),
    _pull("a passed check", "checks_passed", lambda p: p.check("build", "success")),
    _pull("a failed check", "checks_failed", lambda p: p.check("build", "failure")),
    _pull("a check that runs", "checks_passed", lambda p: p.check("build"), event="", outcome="no-match"),
    _pull("a passed check of an older commit", "checks_passed", _red_after_push, event="", outcome="no-match"),
    _pull("no check at all", "checks_passed", nothing, event="", outcome="no-match"),
    _pull("a conflict", "conflicted", lambda p: p.conflict()),
    _pull("a merge", "merged", lambda p: p.merge("bob")),
    _pull("a closing", "closed", lambda p: p.close("bob")),
    _pull("a merge instead of an approval", "approved", lambda p: p.merge("bob"), event="pull_request:merged", satisfied=False),
    _pull("a closing instead of an approval", "approved", lambda p: p.close("bob"), event="pull_request:closed", satisfied=False),
    _pull("a reopening", "reopened", lambda p: p.reopen("bob"), before=lambda p: p.close(), only=True),
)

ISSUES: tuple[Situation, ...] = (
    _issue("an issue's comment", "commented", lambda i: i.comment("alice", "Works here."), actor="alice"),
    _issue("an issue's comment by its author", "commented", lambda i: i.comment("dev", "Still broken.")),
    _issue("an issue's comment by a stranger", "commented", lambda i: i.comment("eve"), outcome="untrusted"),
    _issue("an issue's edited comment", "comment_edited", _edited, before=lambda i: i.comment("alice")),
    _issue("an issue's label", "labeled", lambda i: i.label("bug")),
    _issue("an issue's label by name", "labeled", lambda i: i.label("bug"), match="^bug$", level=True),
    _issue("an issue's label taken off", "unlabeled", lambda i: i.unlabel("bug"), before=lambda i: i.label("bug")),
    _issue("an issue's assignment", "assigned", lambda i: i.assign("bob")),
    _issue("an issue's assignment by name", "assigned", lambda i: i.assign("bob"), match="bob", level=True),
    _issue("an issue's assignment taken back", "unassigned", lambda i: i.unassign("bob"), before=lambda i: i.assign("bob")),
    _issue("an issue's closing", "closed", lambda i: i.close("bob")),
    _issue("an issue's reopening", "reopened", lambda i: i.reopen("bob"), before=lambda i: i.close()),
)  # fmt: skip

ALL = PULLS + ISSUES
