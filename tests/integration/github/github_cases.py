"""What can happen at GitHub: one row each, tried by GraphQL and by REST, by the poll and at the park."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from coro_cli.drills.host.github import GitHubHost

HOUR = 3600.0


def nothing(host: GitHubHost, thing: Any) -> None:
    """Leave it as it was opened."""


@dataclass(frozen=True, slots=True)
class Case:
    """One row. event: what must be recorded ("" for nothing new). wakes: the job that waits for `on`.

    level: it also wakes a job that parks afterwards. threads: only GraphQL can tell. words: further words of the park.
    """

    name: str
    on: str
    event: str
    act: Callable[[GitHubHost, Any], object]
    before: Callable[[GitHubHost, Any], object] = nothing
    wakes: bool = True
    level: bool = False
    threads: bool = False
    words: dict[str, Any] = field(default_factory=dict)

    @property
    def family(self) -> str:
        """`pull_request` or `issue`, of the event, or of a row without one."""
        return self.on.partition(":")[0]

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def _dismissed_with_another(host: GitHubHost, pull: Any) -> None:
    pull.approve("bob")
    refusal = pull.request_changes("alice")
    host.advance(60)
    pull.dismiss(refusal)


def _stale(host: GitHubHost, pull: Any) -> None:
    pull.approve("alice")
    pull.push()


def _rerun(host: GitHubHost, pull: Any) -> None:
    pull.check("build", None)
    pull.check("build", "success")


def _queue(host: GitHubHost, pull: Any) -> None:
    pull.enqueue()
    pull.merge("github-merge-queue[bot]")


def _drafted(host: GitHubHost, pull: Any) -> None:
    pull.draft()
    pull.approve("alice")


def _published(host: GitHubHost, pull: Any) -> None:
    pull.publish(pull.reviews[-1], "COMMENTED")


def _ghost(host: GitHubHost, pull: Any) -> None:
    pull.comment("gone")
    host.delete_user("gone")


def _parent(host: GitHubHost, issue: Any) -> Any:
    return host.issue("acme/api", 900, title="The epic")


P, Q = "pull_request:", "issue:"
PULLS = (
    Case("an approval", P + "approved", P + "approved", lambda h, p: p.approve("alice"), level=True),
    Case("an approval with a text is a comment", P + "commented", P + "approved", lambda h, p: p.approve("alice", body="LGTM")),
    Case("an approval of a draft", P + "approved", P + "approved", _drafted, level=True),
    Case("an approval by a bot that counts", P + "approved", P + "approved",
         lambda h, p: p.approve("review[bot]", association="MEMBER"), level=True),
    Case("an approval by a stranger", P + "approved", P + "approved", lambda h, p: p.approve("eve", association="NONE"), wakes=False),
    Case("an approval by a stranger, from anyone", P + "approved", P + "approved",
         lambda h, p: p.approve("eve", association="NONE"), level=True, words={"who": "anyone"}),
    Case("an approval of an older commit, at head", P + "approved", P + "approved", _stale, wakes=False, words={"at_head": True}),
    Case("an approval of an older commit", P + "approved", P + "approved", _stale, level=True),
    Case("an approval at head", P + "approved", P + "approved", lambda h, p: (p.push(), p.approve("alice")), level=True,
         words={"at_head": True}),
    Case("another's standing approval once the refusal is dismissed", P + "approved", P + "review_dismissed",
         _dismissed_with_another, level=True),
    Case("an approval, then a refusal by the same person", P + "approved", P + "changes_requested",
         lambda h, p: (p.approve("alice"), h.advance(60), p.request_changes("alice")), wakes=False),
    Case("a request for changes", P + "changes_requested", P + "changes_requested", lambda h, p: p.request_changes("alice"), level=True),
    Case("a review without a verdict", P + "reviewed", P + "reviewed", lambda h, p: p.review_comment("alice")),
    Case("a dismissal long after the review", P + "review_dismissed", P + "review_dismissed",
         lambda h, p: p.dismiss(p.reviews[0], "bob"), before=lambda h, p: p.approve("alice")),
    Case("a pending review of the token's own", P + "reviewed", "", lambda h, p: p.pending("me"), wakes=False),
    Case("a review that was drafted long before", P + "reviewed", P + "reviewed", _published,
         before=lambda h, p: p.inline("alice", review=p.pending("alice"))),
    Case("a comment", P + "commented", P + "commented", lambda h, p: p.comment("alice", "hello")),
    Case("a comment by the author", P + "commented", P + "commented", lambda h, p: p.comment("dev", "done")),
    Case("a comment by a bot", P + "commented", P + "commented", lambda h, p: p.comment("ci[bot]"), wakes=False),
    Case("a comment by an account that is gone", P + "commented", P + "commented", _ghost, wakes=False),
    Case("an inline comment", P + "commented", P + "commented", lambda h, p: p.inline("bob", "why?", path="a.py", line=7)),
    Case("a reply to an inline comment", P + "commented", P + "commented", lambda h, p: p.reply(p.threads[0], "bob"),
         before=lambda h, p: p.inline("alice")),
    Case("an edited comment", P + "comment_edited", P + "comment_edited",
         lambda h, p: (h.advance(60), p.edit_comment(p.comments[0].id, "better")), before=lambda h, p: p.comment("alice", "good")),
    Case("an edited inline comment", P + "comment_edited", P + "comment_edited",
         lambda h, p: (h.advance(60), p.edit_inline(p.threads[0].comments[0], "better")), before=lambda h, p: p.inline("alice")),
    Case("a resolved thread", P + "thread_resolved", P + "thread_resolved", lambda h, p: p.resolve(p.threads[0], "dev"),
         before=lambda h, p: p.inline("alice"), threads=True),
    Case("a review asked of a person", P + "review_requested", P + "review_requested", lambda h, p: p.request_review("bob")),
    Case("a review asked of a team", P + "review_requested", P + "review_requested", lambda h, p: p.request_team("core"),
         words={"match": "^core$"}),
    Case("a push", P + "synchronized", P + "synchronized", lambda h, p: p.push()),
    Case("a forced push", P + "synchronized", P + "synchronized", lambda h, p: p.push(force=True)),
    Case("ready for review", P + "ready_for_review", P + "ready_for_review", lambda h, p: p.ready(), before=lambda h, p: p.draft()),
    Case("back to a draft", P + "converted_to_draft", P + "converted_to_draft", lambda h, p: p.draft()),
    Case("a label by name", P + "labeled", P + "labeled", lambda h, p: p.label("ship"), level=True, words={"match": "^ship$"}),
    Case("a label", P + "labeled", P + "labeled", lambda h, p: p.label("ship")),
    Case("another label", P + "labeled", P + "labeled", lambda h, p: p.label("later"), wakes=False, words={"match": "^ship$"}),
    Case("a label taken off", P + "unlabeled", P + "unlabeled", lambda h, p: p.unlabel("wip"), before=lambda h, p: p.label("wip")),
    Case("an assignment by name", P + "assigned", P + "assigned", lambda h, p: p.assign("bob"), level=True, words={"match": "bob"}),
    Case("an assignment taken back", P + "unassigned", P + "unassigned", lambda h, p: p.unassign("bob"),
         before=lambda h, p: p.assign("bob")),
    Case("a passed check run", P + "checks_passed", P + "checks_passed", lambda h, p: p.check("build", "success"), level=True),
    Case("a check run and a status that both passed", P + "checks_passed", P + "checks_passed",
         lambda h, p: (p.check("build", "neutral"), p.status("ci", "success")), level=True),
    Case("a passed check run beside a pending status", P + "checks_passed", "",
         lambda h, p: (p.check("build", "success"), p.status("ci", "pending")), wakes=False),
    Case("a failed status", P + "checks_failed", P + "checks_failed", lambda h, p: p.status("ci", "error"), level=True),
    Case("a check that was run again", P + "checks_passed", P + "checks_passed", _rerun, before=lambda h, p: p.check("build", "failure"),
         level=True),
    Case("a conflict", P + "conflicted", P + "conflicted", lambda h, p: p.conflict(), level=True),
    Case("a merge", P + "merged", P + "merged", lambda h, p: p.merge("alice"), level=True),
    Case("a merge by the queue", P + "merged", P + "merged", _queue, level=True),
    Case("a place in the merge queue", P + "merged", "", lambda h, p: p.enqueue(), wakes=False),
    Case("a closing", P + "closed", P + "closed", lambda h, p: p.close("alice"), level=True),
    Case("a reopening", P + "reopened", P + "reopened", lambda h, p: p.reopen("alice"), before=lambda h, p: p.close("bob"),
         words={"only": True}),
    Case("the fork is deleted", P + "commented", P + "commented", lambda h, p: (p.delete_fork(), p.comment("alice"))),
)  # fmt: skip
ISSUES = (
    Case("an issue's comment", Q + "commented", Q + "commented", lambda h, i: i.comment("alice")),
    Case("an issue's edited comment", Q + "comment_edited", Q + "comment_edited",
         lambda h, i: (h.advance(60), i.edit_comment(i.comments[0].id, "x")), before=lambda h, i: i.comment("alice")),
    Case("an issue's label by name", Q + "labeled", Q + "labeled", lambda h, i: i.label("bug"), level=True, words={"match": "bug"}),
    Case("an issue's assignment to a bot by name", Q + "assigned", Q + "assigned", lambda h, i: i.assign("aide[bot]"), level=True,
         words={"match": "aide"}),
    Case("an issue's closing", Q + "closed", Q + "closed", lambda h, i: i.close("alice"), level=True),
    Case("an issue's transition by name", Q + "transitioned", Q + "transitioned", lambda h, i: i.close("alice"), level=True,
         words={"match": "closed"}),
    Case("an issue's reopening", Q + "reopened", Q + "reopened", lambda h, i: i.reopen("alice"), before=lambda h, i: i.close("bob")),
    Case("a parent", Q + "epic_linked", Q + "epic_linked", lambda h, i: i.parent(_parent(h, i))),
    Case("a parent by name", Q + "epic_linked", Q + "epic_linked", lambda h, i: i.parent(_parent(h, i)), level=True,
         words={"match": "issues/900$"}),
    Case("a parent no more", Q + "epic_unlinked", Q + "epic_unlinked", lambda h, i: i.unparent(),
         before=lambda h, i: i.parent(_parent(h, i))),
    Case("a sub-issue of its own", Q + "epic_linked", Q + "epic_linked", lambda h, i: host_child(h).parent(i)),
    Case("a mention elsewhere", Q + "linked", Q + "linked", lambda h, i: (i.mention_from(host_child(h)), i.label("seen"))),
    Case("a pull request linked by hand", Q + "linked", Q + "linked", lambda h, i: i.connect(h.pull("acme/api", 901))),
)  # fmt: skip
ALL = (*PULLS, *ISSUES)


def host_child(host: GitHubHost) -> Any:
    """Another issue of the same repository."""
    return host.issue("acme/api", 902)
