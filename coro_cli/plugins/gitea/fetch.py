"""What to ask Gitea and Forgejo for: one whole object, and what changed in a repository or project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from coro_cli.domain.durations import rfc3339
from coro_cli.domain.events import ISSUE, PULL_REQUEST
from coro_cli.domain.snapshot import Checks, Snapshot
from coro_cli.plugins.answers import NAMELESS, every_page, instant, named
from coro_cli.plugins.base import Changes, Watched
from coro_cli.plugins.gitea import parse
from coro_cli.plugins.gitea.parse import Json, time
from coro_cli.plugins.protocol import Asks, Broken, Denied, Gone, Request, Response, items, maybe, only_here, text, want
from coro_cli.plugins.round_robin import dated
from coro_cli.plugins.trusted_users import Circle

if TYPE_CHECKING:
    from coro_cli.plugins.gitea import Gitea


# A server gives at most MAX_RESPONSE_ITEMS a page, which is 50 unless it was set.
PAGE = [("limit", "50")]
OVERLAP = 120.0
# Reviews with comments on lines that are read again at every look; the older ones only where resolved threads are waited for.
RECENT = 20


def pages(path: str, query: Sequence[tuple[str, str]] = PAGE) -> Asks[list[Json]]:
    """The objects of a list, all its pages; an empty one may be `null`."""
    return every_page(Request(path, query=query), size="limit", nullable=True)


def whoami() -> Asks[str]:
    """The token's login."""
    answer = yield Request("/user", missing_ok=True)
    return text(answer.json(), "login") if answer.status == 200 else NAMELESS


def of_branch(scope: str, branch: str) -> Asks[str | None]:
    """The number of the branch's newest pull request, open ones first: no filter exists, so the newest fifty are read."""
    answer = yield Request(f"/repos/{quote(scope)}/pulls", query=[("state", "all"), ("sort", "recentupdate"), *PAGE])
    own = [p for p in items(answer.json()) if text(p, "head", "ref") == branch and _is_own(p)]
    found = sorted(own, key=lambda pull: text(pull, "state") != "open")
    return str(found[0]["number"]) if found and "number" in found[0] else None


def _is_own(pull: Json) -> bool:
    return bool(maybe(pull, "head", "repo_id") == maybe(pull, "base", "repo_id"))


def repo_of(watched: Watched) -> str:
    """`/repos/acme/api` of a ref."""
    return f"/repos/{quote(watched.place)}"


def find(plugin: Gitea, watched: Watched) -> Asks[Snapshot]:
    """A pull request of that number, or else an issue, whatever the ref's address said: they are numbered together."""
    return named(watched, look(plugin, replace(watched, family="")), "the name")


def _family(watched: Watched) -> Asks[str]:
    if watched.family:
        return watched.family
    try:
        answer = yield Request(f"{repo_of(watched)}/issues/{watched.ref.number}")
    except Gone:  # a repository may do without issues
        return PULL_REQUEST
    return PULL_REQUEST if isinstance(maybe(answer.json(), "pull_request"), dict) else ISSUE


def look(plugin: Gitea, watched: Watched) -> Asks[Snapshot]:
    """The object as it is now; only its statuses where nothing else can have changed."""
    seen = watched.previous
    if watched.quick and seen is not None and not plugin.patience.allows(watched):
        return seen
    if watched.quick and seen is not None and not watched.restless:
        checks = yield from _checks(repo_of(watched), seen.head)
        # All else was last looked at by the detection: a later time would hide edits since then from the next one.
        return replace(seen, checks=checks, looked_at=max(seen.looked_at, plugin.patience.now))
    is_pull = (yield from _family(watched)) == PULL_REQUEST
    here = f"{repo_of(watched)}/{'pulls' if is_pull else 'issues'}/{watched.ref.number}"
    answer = yield Request(here)
    found = answer.json()
    if not isinstance(found, dict):
        raise Broken(f"{answer.url} answered without an object")
    since = watched.previous.looked_at - OVERLAP if watched.previous is not None else watched.since - 1
    timeline = yield from _timeline(watched, since)
    circle = yield from _circle(plugin, watched, found, answer)
    snapshot = replace(
        parse.item(found, answer.url, circle), closed_by=parse.closer(circle, timeline), changes=parse.history(circle, timeline),
        comments=tuple(c for one in timeline if text(one, "type") == "comment" and (c := parse.comment(circle, one)) is not None),
        looked_at=answer.date, complete_since=since, told=parse.TOLD_PULL if is_pull else parse.TOLD_ISSUE,
    )  # fmt: skip
    if is_pull:
        return (yield from _pull(plugin, snapshot, watched, found, answer, circle))
    return (yield from _issue(plugin, snapshot, watched, found))


def _pull(plugin: Gitea, snapshot: Snapshot, watched: Watched, found: Json, answer: Response, circle: Circle) -> Asks[Snapshot]:
    here = f"{repo_of(watched)}/pulls/{watched.ref.number}"
    reviews = yield from pages(f"{here}/reviews")
    inline = yield from _inline(here, reviews, everything=watched.restless)
    written = [c for one in inline if (c := parse.comment(circle, one)) is not None]
    snapshot = replace(
        _identified(plugin, snapshot, watched, parse.repository_of(found, answer.url)),
        reviews=parse.reviews(circle, reviews), comments=(*snapshot.comments, *written), threads=parse.threads(circle, inline),
        renamed_to=text(found, "base", "repo", "full_name"), **parse.pull(found),
    )  # fmt: skip
    if snapshot.merged_at is not None:
        snapshot = replace(snapshot, closed_by=parse.actor(circle, found.get("merged_by")))
    if watched.checks:
        snapshot = replace(snapshot, checks=(yield from _checks(repo_of(watched), snapshot.head)))
    if parse.is_stuck(found):
        # False as well while the server works out a push: it conflicts if that is still so after all the rest was read.
        again = yield Request(here)
        snapshot = replace(snapshot, conflicted=parse.is_stuck(again.json()))
    return snapshot


def _issue(plugin: Gitea, snapshot: Snapshot, watched: Watched, found: Json) -> Asks[Snapshot]:
    repository = maybe(found, "repository")
    if not isinstance(maybe(repository, "id"), int):  # not told by old versions
        answer = yield Request(repo_of(watched))
        repository = answer.json()
    number = want(repository, "id", int, repo_of(watched))
    named = _identified(plugin, snapshot, watched, number)
    return replace(named, status=text(found, "state"), renamed_to=text(repository, "full_name"))


def _identified(plugin: Gitea, snapshot: Snapshot, watched: Watched, repository: int) -> Snapshot:
    number = watched.ref.number
    return replace(snapshot, id=f"gitea:{plugin.settings.host}:{repository}:{number}", native=f"{repository}:{number}")


def _timeline(watched: Watched, since: float) -> Asks[list[Json]]:
    path = f"{repo_of(watched)}/issues/{watched.ref.number}/timeline"
    return pages(path, [*PAGE, ("since", rfc3339(max(float(int(since)), 0.0)))])


def _inline(here: str, reviews: Sequence[Json], *, everything: bool) -> Asks[list[Json]]:
    """Comments on lines come review by review."""
    commented = [review for review in reviews if review.get("comments_count") != 0 and text(review, "state") != "PENDING"]
    found: list[Json] = []
    for review in commented if everything else commented[-RECENT:]:
        answer = yield Request(f"{here}/reviews/{review.get('id')}/comments")
        found += items(answer.json())
    return found


def _checks(repo: str, sha: str) -> Asks[Checks]:
    """The combined status of a commit, all its pages."""
    statuses: list[Json] = []
    for page in range(1, 21):
        answer = yield Request(f"{repo}/commits/{quote(sha)}/status", query=[*PAGE, ("page", str(page))])
        more = items(maybe(answer.json(), "statuses"))
        statuses += more
        total = maybe(answer.json(), "total_count")
        if not more or not isinstance(total, int) or len(statuses) >= total:
            break
    return parse.checks(statuses, sha)


def _circle(plugin: Gitea, watched: Watched, found: Json, answer: Response) -> Asks[Circle]:
    """Those who may write, be it by themselves or by a team: the ones that an issue can be assigned to."""
    trusts = plugin.circles.get(watched.place, answer.date)
    if trusts is None:
        owner = watched.place.partition("/")[0].lower()
        members = yield from _members(watched)
        known = {text(m, "login").lower(): "member" for m in members or ()} | {owner: "owner"}
        trusts = plugin.circles.keep(watched.place, answer.date, known, listed=members is not None)
    return Circle(plugin.me, text(found, "user", "login"), trusts, watched.place not in plugin.circles.unlisted)


def _members(watched: Watched) -> Asks[list[Json] | None]:
    for name in ("assignees", "collaborators"):
        try:
            return (yield from pages(f"{repo_of(watched)}/{name}", ()))
        except Gone:
            continue
        except Denied as error:
            only_here(error)
    return None


# Which of a repository's watched objects changed: those updated since the cursor, and those with edited comments.
#
# The list of issues has the pull requests as well, and is the one that can be asked by time. What it does not tell is an edit
# of a comment (it leaves the issue's own time alone), so the repository's comments are asked for in the same way.

# An edit in the second before a look may not have been in that look's answer.
LAG = 2.0


def mark(updated_at: float) -> str:
    """The mark of one state."""
    return str(int(updated_at))


def changes(plugin: Gitea, scope: str, watched: Sequence[Watched], cursor: str | None) -> Asks[Changes]:
    """Marks of the watched objects among those that changed. cursor: the newest time that the host itself has shown."""
    newest = float(cursor) if cursor else min(w.looked_at or w.since for w in watched)
    since = ("since", rfc3339(float(int(max(newest - OVERLAP, 0.0)))))
    wanted = {w.ref.number: w for w in watched}
    families = {w.family for w in watched}
    kind = [("type", "pulls")] if families == {PULL_REQUEST} else [("type", "issues")] if families == {ISSUE} else []
    here = f"/repos/{quote(scope)}"
    marks: dict[str, str] = {}
    dates: list[float] = []
    for entry in (yield from dated(pages(f"{here}/issues", [("state", "all"), *kind, since, *PAGE]), dates)):
        updated = instant(entry.get("updated_at"), "updated_at", f"{here}/issues")
        newest, one = max(newest, updated), wanted.get(str(maybe(entry, "number")))
        if one is not None:
            marks[str(one.ref)] = mark(updated)
    plugin.patience.begin(scope, dates[0])
    edited: set[str] = set()
    for entry in (yield from pages(f"{here}/issues/comments", [since, *PAGE])):
        updated = time(entry.get("updated_at")) or 0.0
        newest = max(newest, updated)
        one = wanted.get((text(entry, "issue_url") or text(entry, "pull_request_url")).rpartition("/")[2])
        if one is not None and updated > (time(entry.get("created_at")) or 0.0) and updated > (one.looked_at or 0.0) - LAG:
            edited.add(str(one.ref))
    return Changes(marks, str(newest), sorted(edited))
