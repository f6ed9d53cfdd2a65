"""Which of a project's watched objects changed: a list request for each hundred, and reviews that no list shows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from coro_cli.domain.durations import rfc3339
from coro_cli.domain.snapshot import OPEN, Review
from coro_cli.plugins.answers import every_page, moment
from coro_cli.plugins.base import Changes, Watched
from coro_cli.plugins.gitlab import fetch, parse
from coro_cli.plugins.gitlab.fetch import project_of
from coro_cli.plugins.gitlab.parse import Json
from coro_cli.plugins.protocol import Asks, Denied, Gone, Request, maybe, only_here, text
from coro_cli.plugins.round_robin import dated, few_of
from coro_cli.plugins.trusted_users import Circle

if TYPE_CHECKING:
    from coro_cli.plugins.gitlab import GitLab


def changed(plugin: GitLab, project: str, watched: Sequence[Watched], known: dict[str, Any], *, whole: bool) -> Asks[list[str]]:
    """The ref of the one whose turn it is, if its verdicts differ. known: the cursor. whole: reviewers' states too, not approvals alone."""
    able = {int(one.ref.number): one for one in watched if one.ref.mark == "!" and one.previous is not None and one.previous.state == OPEN}
    for number in few_of(list(able), known.get("verdicts"), 1):
        known["verdicts"] = str(number)
        here = f"{project}/merge_requests/{number}"
        approvals = yield from fetch.optional(f"{here}/approvals")
        reviewers = (yield from fetch.optional(f"{here}/reviewers")) if whole or approvals is None else None
        if _differ(plugin, able[number], approvals, reviewers):
            return [str(able[number].ref)]
    return []


def _differ(plugin: GitLab, one: Watched, approvals: Any, reviewers: Any) -> bool:
    seen = one.previous
    if seen is None or (approvals is None and reviewers is None):
        return False
    now = parse.read(parse.Ground(Circle(plugin.me, "", {}), seen.head, seen.updated_at, known=seen), approvals, reviewers)
    if reviewers is not None:
        return _verdicts(now) != _verdicts(seen.reviews)
    against = {review.actor.login for review in seen.reviews if review.state == "changes_requested"}
    return _approvers(now) - against != _approvers(seen.reviews)


def _verdicts(given: Iterable[Review]) -> set[tuple[str, str]]:
    return {(review.actor.login, review.state) for review in given}


def _approvers(given: Iterable[Review]) -> set[str]:
    return {review.actor.login for review in given if review.state == "approved"}


# Which of a project's watched objects changed: one list request for each hundred of them, one for pipelines, two for verdicts.
#
# The list is asked for by number. By time would be cheaper for the host, but assignees, reviewers and conflicts do not reliably
# move `updated_at` (https://gitlab.com/gitlab-org/gitlab/-/issues/244201). Above two hundred watched in one project it is asked
# for by time, and by number for a hundred in turn, so that requests do not grow with the jobs.


PAGE = 100
PLENTY = 2 * PAGE
OVERLAP = 120.0
# What happened to a pipeline in the last moments before a look may not have been in that look's answer.
LAG = 30.0
_WHOLE = [("scope", "all"), ("state", "all"), ("per_page", str(PAGE))]


def changes(plugin: GitLab, scope: str, watched: Sequence[Watched], cursor: str | None) -> Asks[Changes]:
    """Marks of the watched objects. cursor: JSON of times and turns."""
    dates: list[float] = []
    found = yield from dated(_changes(plugin, watched, cursor), dates)
    plugin.patience.begin(scope, dates[0])
    return found


def _changes(plugin: GitLab, watched: Sequence[Watched], cursor: str | None) -> Asks[Changes]:
    known: dict[str, Any] = json.loads(cursor) if cursor and cursor.startswith("{") else {}
    project = project_of(max(watched, key=lambda one: bool(one.native)))
    marks: dict[str, str] = {}
    unknown: list[str] = []
    for things, sign in (("merge_requests", "!"), ("issues", "#")):
        group = {w.ref.number: w for w in watched if w.ref.mark == sign}
        if group:
            path = f"{project}/{things}"
            found = yield from _listed(path, group, known, things)
            ours = {str(group[number].ref): entry for number, entry in found.items() if number in group}
            marks |= {ref: parse.mark_of(parse.facts(entry, path)) for ref, entry in ours.items()}
            plugin.forks |= {ref for ref, entry in ours.items() if parse.is_of_fork(entry)}
            unknown += _unlisted(group, found) if len(group) <= PLENTY else []
    waiting = [w for w in watched if w.checks and w.ref.mark == "!"]
    if waiting:
        unknown += yield from _pipelines(plugin, project, waiting, known)
    unknown += yield from changed(plugin, project, watched, known, whole=not waiting)
    return Changes(marks, json.dumps(known), unknown)


def _listed(path: str, group: dict[str, Watched], known: dict[str, Any], things: str) -> Asks[dict[str, Json]]:
    """Number → entry of the lists."""
    numbers = sorted(group, key=int)
    if len(numbers) <= PLENTY:
        batches = [numbers[start : start + PAGE] for start in range(0, len(numbers), PAGE)]
        return (yield from _by_number(path, batches))
    turn = [str(n) for n in few_of([int(n) for n in numbers], known.get(f"{things}.turn"), PAGE)]
    known[f"{things}.turn"] = turn[-1]
    found = yield from _by_number(path, [turn])
    return found | (yield from _by_time(path, group.values(), known, f"{things}.at"))


def _by_number(path: str, batches: Iterable[list[str]]) -> Asks[dict[str, Json]]:
    found: dict[str, Json] = {}
    for batch in batches:
        entries = yield from every_page(Request(path, query=[*_WHOLE, *(("iids[]", number) for number in batch)]))
        found |= {str(maybe(entry, "iid")): entry for entry in entries}
    return found


def _by_time(path: str, watched: Iterable[Watched], known: dict[str, Any], word: str) -> Asks[dict[str, Json]]:
    since = known.get(word) or min(w.looked_at or w.since for w in watched)
    query = [*_WHOLE, ("order_by", "updated_at"), ("sort", "desc"), ("updated_after", _whole_second(since - OVERLAP))]
    entries = yield from every_page(Request(path, query=query))
    known[word] = max([since, *(at for entry in entries if (at := moment(entry.get("updated_at"))) is not None)])
    return {str(maybe(entry, "iid")): entry for entry in entries}


def _whole_second(at: float) -> str:
    # Times have milliseconds, and what is compared with them is not always cut to the same digit: whole seconds err early.
    return rfc3339(float(int(max(at, 0.0))))


def _unlisted(group: dict[str, Watched], found: dict[str, Json]) -> list[str]:
    """Open when last seen and not in the list: deleted, moved or hidden. The look will say which."""
    return [str(w.ref) for number, w in group.items() if number not in found and (w.previous is None or w.previous.state == OPEN)]


def _pipelines(plugin: GitLab, project: str, waiting: Sequence[Watched], known: dict[str, Any]) -> Asks[list[str]]:
    """Those whose pipelines changed since they were looked at. One request for the whole project, whatever is waited for."""
    refs = {str(one.ref) for one in waiting}
    plugin.unlisted -= refs
    since = known.get("pipelines") or min(w.looked_at or w.since for w in waiting)
    query = [("order_by", "updated_at"), ("sort", "desc"), ("per_page", str(PAGE)), ("updated_after", _whole_second(since - OVERLAP))]
    try:
        entries = yield from every_page(Request(f"{project}/pipelines", query=query))
    except (Gone, Denied) as error:  # pipelines may be switched off, or for members only: the rest of the project goes on
        only_here(error)
        plugin.unlisted |= refs
        return []
    # A fork's pipelines run in the fork, and stand in no list of this project.
    plugin.unlisted |= refs & plugin.forks
    times = [(entry, at) for entry in entries if (at := moment(entry.get("updated_at"))) is not None]
    known["pipelines"] = max([since, *(at for _, at in times)])
    return [str(one.ref) for one in waiting if _is_moved(one, times)]


def _is_moved(one: Watched, times: Sequence[tuple[Json, float]]) -> bool:
    seen = one.previous
    return seen is None or any(at > seen.looked_at - LAG and _concerns(entry, one, seen.head) for entry, at in times)


def _concerns(entry: Any, one: Watched, head: str) -> bool:
    return text(entry, "sha") == head or text(entry, "ref").startswith(f"refs/merge-requests/{one.ref.number}/")
