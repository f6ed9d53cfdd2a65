"""Answers of Azure DevOps read into the shared words: people, times, reviews, comments, states. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coro_cli.domain.events import GHOST, PULL_REQUEST, Actor
from coro_cli.domain.snapshot import CLOSED, MERGED, OPEN, Change, Checks, Comment, Review, Snapshot, Thread
from coro_cli.plugins.answers import FAILED, PASSED, PENDING, instant, moment, optional, rollup
from coro_cli.plugins.history import Branch, Push, Standing
from coro_cli.plugins.protocol import Asks, Broken, Request, items, maybe, text, want
from coro_cli.plugins.round_robin import digest

if TYPE_CHECKING:
    from coro_cli.plugins.azure import Azure


@dataclass(frozen=True, slots=True)
class People:
    """me: the token's own id. known: identities by id, for threads that name people by id alone."""

    me: str = ""
    known: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, me: str, identities: Iterable[Any]) -> People:
        """The people of one look."""
        return cls(me, {key(person): person for person in identities if key(person) and text(person, "uniqueName")})

    def login(self, person: Any) -> str:
        """The sign-in name (an e-mail address at Services), else what is displayed."""
        found = self.known.get(key(person), person)
        return text(found, "uniqueName") or text(found, "displayName") or text(person, "displayName")

    def actor(self, person: Any) -> Actor:
        """Who it was, as far as trust goes."""
        login, shown = self.login(person), text(person, "displayName")
        if not login:
            return GHOST
        name = shown if shown != login else ""
        if self.me and key(person) == self.me:
            return Actor(login, "user", "self", name)
        if is_service(self.known.get(key(person), person)):
            return Actor(login, "bot", "none", name)
        return Actor(login, "user", "member", name)

    def named(self, thread: Any, role: str) -> Any:
        """The person of a system thread: by a number in its `identities`, at older servers by an id."""
        found = maybe(thread, "identities", prop(thread, f"{role}Identity"))
        if found is not None:
            return found
        shown = prop(thread, f"{role}DisplayName") or prop(thread, f"{role}Displayname")
        return {"id": prop(thread, f"{role}TfId"), "displayName": shown}


def key(person: Any) -> str:
    """The id, which threads write without its dashes."""
    return text(person, "id").replace("-", "").lower()


def is_service(person: Any) -> bool:
    """Groups, builds and the host itself."""
    return (
        maybe(person, "isContainer") is True
        or text(person, "descriptor").startswith("svc.")
        or text(person, "uniqueName").lower().startswith("build\\")
    )


def prop(thread: Any, name: str) -> str:
    """A property of a thread as text, "" where there is none."""
    value = maybe(thread, "properties", name, "$value")
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


# A pull request's threads at Azure DevOps: besides the conversation a log of votes, pushes and ends, with ids that stay.


Json = dict[str, Any]


def kind(thread: Json) -> str:
    """`VoteUpdate`, `RefUpdate`, `StatusUpdate` …; "" for a conversation."""
    return prop(thread, "CodeReviewThreadType")


def log(threads: Sequence[Json], wanted: str) -> list[tuple[float, Json]]:
    """The threads of one kind with their time, oldest first."""
    found = [(at, t) for t in threads if kind(t) == wanted and (at := moment(t.get("publishedDate"))) is not None]
    return sorted(found, key=lambda each: (each[0], each[1].get("id") or 0))


def verdict(vote: int) -> str:
    """10 approved, 5 approved with suggestions, -5 waits for the author, -10 rejected, 0 nothing."""
    return "approved" if vote > 0 else "changes_requested" if vote < 0 else ""


def branch(threads: Sequence[Json], head: str, people: People) -> Branch:
    """Where the head stood. Nobody tells where it began, unless it never moved."""
    moves = log(threads, "RefUpdate")
    found = [
        Push(sha, at, people.actor(people.named(t, "CodeReviewRefUpdatedBy")))
        for at, t in moves
        if (sha := prop(t, "CodeReviewRefNewHeadCommit"))
    ]
    return Branch("" if found else head, found)


def reopenings(threads: Sequence[Json], people: People) -> list[Change]:
    """An abandoned pull request can be reactivated."""
    found = [(at, t) for at, t in log(threads, "StatusUpdate") if prop(t, "CodeReviewStatus").lower() == "active"]
    return [Change(f"thread:{t.get('id')}", "reopened", people.actor(people.named(t, "CodeReviewStatusUpdatedBy")), at) for at, t in found]


def votes(found: Any) -> dict[str, tuple[int, Json]]:
    """The votes that stand, by person. A group's vote only repeats that of the member who voted for it (`votedFor`)."""
    people = [r for r in items(maybe(found, "reviewers")) if r.get("isContainer") is not True]
    return {key(r): (vote if isinstance(vote := r.get("vote"), int) else 0, r) for r in people}


def reviews(threads: Sequence[Json], found: Any, heads: Branch, updated: float, people: People) -> list[Review]:
    """All votes, each with its thread's id; those that do not stand any more are dismissed.

    Resets by a policy are not written as votes: what the reviewers' list says holds.
    """
    standing, holds = Standing(), votes(found)
    for at, thread in log(threads, "VoteUpdate"):
        voter, text_of = people.named(thread, "CodeReviewVotedBy"), prop(thread, "CodeReviewVoteResult")
        voter = voter if key(voter) else next((c.get("author") for c in items(thread.get("comments"))), None)
        state = verdict(int(text_of)) if text_of.lstrip("-").isdecimal() else ""
        if state:
            standing.give(key(voter), Review(f"vote:{thread.get('id')}", people.actor(voter), state, at, heads.head_at(at)))
        else:
            standing.take_back(key(voter), at)
    head = text(found, "lastMergeSourceCommit", "commitId")
    for person in sorted({*standing.said, *holds}):
        vote, reviewer = holds.get(person, (0, {}))
        state = verdict(vote)
        now = Review(f"vote:{person}:{vote}:{head}", people.actor(reviewer), state, updated) if state else None
        standing.settle(person, now, updated)
    return standing.all()


# Answers of Azure DevOps read into facts. There is no updated date: the newest time of its threads stands for it.


_STATES = {"completed": MERGED, "abandoned": CLOSED}
_SOLVED = ("fixed", "wontFix", "closed", "byDesign")
# The host writes a comment's times one after the other.
EDIT = 1.0


def listed(item: Json, labels: Sequence[str]) -> str:
    """The digest of what lists and single answers both say of a pull request."""
    votes = sorted((key(r), r.get("vote")) for r in items(item.get("reviewers")))
    facts = [item.get(name) for name in ("status", "isDraft", "title")]
    return digest(facts, head(item), conflicted(item), votes, sorted(labels))


def peeked(threads: Sequence[Json]) -> str:
    """The digest of all threads."""
    return digest([
        [t.get("id"), t.get("status"), t.get("isDeleted") is True, text(t, "lastUpdatedDate"),
         [[c.get("id"), text(c, "lastContentUpdatedDate"), c.get("isDeleted") is True] for c in items(t.get("comments"))]]
        for t in threads
    ])  # fmt: skip


def head(item: Any) -> str:
    """The head commit, as far as the host has tried to merge it."""
    return text(item, "lastMergeSourceCommit", "commitId")


def conflicted(item: Any) -> bool:
    """Whether it conflicts with its target."""
    return text(item, "mergeStatus") == "conflicts"


def labels(item: Any) -> tuple[str, ...]:
    """Its labels; one that was taken off may stay as inactive."""
    return tuple(text(label, "name") for label in items(maybe(item, "labels")) if label.get("active") is not False)


def snapshot(site: str, page: str, scope: str, found: Any, url: str, people: People, threads: Sequence[Json]) -> Snapshot:
    """One pull request, whole. site: the host, for keys. page: where a browser finds it. scope: whose name it was asked by."""
    if not isinstance(found, dict):
        raise Broken(f"{url} answered without a pull request")
    number, home = want(found, "pullRequestId", int, url), text(found, "repository", "id")
    if not home:
        raise Broken(f"{url} answered without a usable `repository.id`")
    state = _STATES.get(text(found, "status"), OPEN)
    created = instant(found.get("creationDate"), "creationDate", url)
    updated = max([created, moment(found.get("closedDate")) or 0.0, *(moment(t.get("lastUpdatedDate")) or 0.0 for t in threads)])
    at = None if state == OPEN else moment(found.get("closedDate")) or updated
    heads = branch(threads, head(found), people)
    spoken = [t for t in threads if not kind(t) and t.get("isDeleted") is not True]
    told = (("synchronized",) if heads.tells(head(found)) else ()) + (("reopened",) if log(threads, "StatusUpdate") else ())
    verdicts = reviews(threads, found, heads, updated, people)
    # Who votes becomes a reviewer, without having been asked.
    said = {review.actor.login for review in verdicts}
    asked = [login for r in items(found.get("reviewers")) if (login := people.login(r)) not in said]
    return Snapshot(
        id=f"azure:{site}:{home}:{number}", family=PULL_REQUEST, url=page, title=text(found, "title"), body=text(found, "description"),
        author=people.actor(found.get("createdBy")), state=state, draft=found.get("isDraft") is True, head=head(found),
        created_at=created, updated_at=updated, merged_at=at if state == MERGED else None, closed_at=at,
        closed_by=people.actor(found.get("closedBy")), conflicted=conflicted(found) and state == OPEN, labels=labels(found),
        requested=tuple(asked), reviews=tuple(verdicts),
        comments=tuple(c for t in spoken for item in items(t.get("comments")) if (c := comment(item, t, people, page)) is not None),
        threads=tuple(thread(t) for t in spoken if any(_is_spoken(c) for c in items(t.get("comments")))),
        changes=(*heads.changes(), *reopenings(threads, people)),
        # While it is open this is a merge that was only tried.
        merge_commit=text(found, "lastMergeCommit", "commitId") if state == MERGED else "",
        told=told, renamed_to=_scope(found, scope),
    )  # fmt: skip


def comment(item: Json, where: Json, people: People, page: str) -> Comment | None:
    """One comment, in the conversation or on a line. A like moves `lastUpdatedDate`, an edit the other one."""
    at, edited = moment(item.get("publishedDate")), moment(item.get("lastContentUpdatedDate"))
    if at is None or "id" not in item or not _is_spoken(item):
        return None
    spot = where.get("threadContext")
    line = maybe(spot, "rightFileStart", "line") or maybe(spot, "leftFileStart", "line")
    return Comment(
        f"thread:{where.get('id')}:comment:{item['id']}", people.actor(item.get("author")), at, text(item, "content"),
        f"{page}?discussionId={where.get('id')}", edited if edited is not None and edited - at > EDIT else None,
        text(spot, "filePath"), line if isinstance(line, int) else None,
    )  # fmt: skip


def thread(where: Json) -> Thread:
    """A conversation; its status says whether it is over."""
    resolved = text(where, "status") in _SOLVED
    at = moment(where.get("lastUpdatedDate")) if resolved else None
    return Thread(str(where.get("id")), resolved, at=at, path=text(where, "threadContext", "filePath"))


def _is_spoken(item: Json) -> bool:
    return text(item, "commentType") not in ("system", "codeChange") and item.get("isDeleted") is not True


def _scope(found: Any, asked: str) -> str:
    project, repo = text(found, "repository", "project", "name"), text(found, "repository", "name")
    return f"{asked.partition('/')[0]}/{project}/{repo}" if project and repo else ""


# Checks of a pull request at Azure DevOps: statuses of it and of its head commit, and the build and status policies.
#
# They count for the head: a status of an earlier iteration, and a policy that was settled before the last push, do not.


Verdict = tuple[str, str, float | None]
# https://learn.microsoft.com/rest/api/azure/devops/policy/types/list
_POLICIES = {"0609b952-1397-4640-95ec-e00a01b2c241", "cbdc66da-9728-4af8-aada-9a5a32e4a226"}
_STATUSES = {"succeeded": PASSED, "failed": FAILED, "error": FAILED, "partiallysucceeded": FAILED}
_EVALUATIONS = {"approved": PASSED, "rejected": FAILED, "broken": FAILED}


def read(plugin: Azure, scope: str, number: str, head: str) -> Asks[Checks]:
    """All of them together: three or four requests."""
    repository, ask = plugin.places.repository(scope), plugin.places.ask
    here = f"{repository}/pullRequests/{number}"
    answer = yield ask(f"{here}/statuses")
    last = yield from _last(plugin, here, head)
    found = [*statuses(items(maybe(answer.json(), "value")), last)]
    if head:
        found += statuses((yield from _values(ask(f"{repository}/commits/{head}/statuses", ("latestOnly", "true")))), {})
    artifact = f"vstfs:///CodeReview/CodeReviewId/{plugin.projects.get(scope, '')}/{number}"
    path = f"{plugin.places.project(scope)}/_apis/policy/evaluations"
    asked = ask(path, ("artifactId", artifact), preview="-preview.1")
    found += policies((yield from _values(asked)), moment(last.get("createdDate")) or 0.0)
    return rollup(head, found)


def _last(plugin: Azure, here: str, head: str) -> Asks[Json]:
    """The last iteration: one request for each head."""
    if (here, head) not in plugin.iterations:
        values = yield from _values(plugin.places.ask(f"{here}/iterations"))
        found = max(values, key=lambda each: each.get("id") or 0, default={})
        if not head or text(found, "sourceRefCommit", "commitId") != head:
            return found  # one of the two answers lags behind: the next look asks again
        plugin.iterations[here, head] = found
    return plugin.iterations[here, head]


def statuses(values: list[Json], last: Json) -> Iterator[Verdict]:
    """Statuses of the last iteration. One that names none counts if it is as new as that."""
    since = moment(last.get("createdDate")) or 0.0
    for status in values:
        state, at = text(status, "state").lower(), moment(status.get("updatedDate")) or moment(status.get("creationDate"))
        iteration = status.get("iterationId")
        stale = iteration != last.get("id") if iteration and last else (at or 0.0) < since
        if state != "notapplicable" and not stale:
            name = "/".join(part for part in (text(status, "context", "genre"), text(status, "context", "name")) if part)
            yield name, _STATUSES.get(state, PENDING), at


def policies(values: list[Json], since: float) -> Iterator[Verdict]:
    """Build and status policies; those about reviewers are no checks."""
    for evaluation in values:
        rule, state = maybe(evaluation, "configuration"), text(evaluation, "status").lower()
        if text(rule, "type", "id").lower() not in _POLICIES or maybe(rule, "isEnabled") is False or state == "notapplicable":
            continue
        at = moment(evaluation.get("completedDate"))
        settled = at is not None and at >= since
        name = text(rule, "settings", "displayName") or f"{text(rule, 'type', 'displayName')} {maybe(rule, 'id')}"
        yield name, _EVALUATIONS.get(state, PENDING) if settled else PENDING, at


def _values(request: Request) -> Asks[list[Json]]:
    """The `value` of an answer; nothing where the token may not see that part."""
    answer = yield from optional(request)
    return items(maybe(answer.json(), "value")) if answer is not None else []
