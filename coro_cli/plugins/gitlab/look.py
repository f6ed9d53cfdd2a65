"""One merge request or issue with all that hangs on it.

Six requests: itself, its discussions, the histories of its labels and of its state, its approvals and its reviewers; two
more where verdicts have to be laid to commits, or failed jobs named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from coro_cli.domain.names import PULL_REQUEST
from coro_cli.domain.snapshot import MERGED, Checks, Snapshot
from coro_cli.plugins.base import Watched
from coro_cli.plugins.circle import Circle
from coro_cli.plugins.gitlab import forms, reviews
from coro_cli.plugins.gitlab.forms import Json
from coro_cli.plugins.patience import dated
from coro_cli.plugins.reading import every_page, instant, moment
from coro_cli.plugins.wire import Asks, Broken, Denied, Gone, Request, Response, items, maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.gitlab import GitLab

ALL = [("per_page", "100")]
DEVELOPER, OWNER = 30, 50


def whoami() -> Asks[str]:
    """The token's user name."""
    answer = yield Request("/user")
    return text(answer.json(), "username")


def of_branch(scope: str, branch: str) -> Asks[str | None]:
    """The number of the branch's newest merge request, open ones first."""
    query = [("source_branch", branch), ("scope", "all"), ("state", "all"), ("order_by", "created_at"), ("sort", "desc")]
    answer = yield Request(f"/projects/{quote(scope, safe='')}/merge_requests", query=query)
    found = sorted(items(answer.json()), key=lambda item: text(item, "state") != "opened")
    return str(found[0]["iid"]) if found and "iid" in found[0] else None


def project_of(watched: Watched) -> str:
    """`/projects/123`, or by its path until the number is known: the number outlives every renaming."""
    number = watched.native.partition(watched.ref.mark)[0]
    return f"/projects/{number if number.isdecimal() else quote(watched.place, safe='')}"


def find(plugin: GitLab, watched: Watched) -> Asks[Snapshot]:
    """The object by its ref. GitLab hides what a token may not see behind the same 404."""
    try:
        return (yield from look(plugin, watched))
    except Gone as error:
        hint = "check the path with all its groups, and that the token may read the project: coro doctor"
        raise Gone(f"there is no `{watched.ref}`, or the token may not see it", hint=hint) from error


def look(plugin: GitLab, watched: Watched) -> Asks[Snapshot]:
    """The object as it is now; little or nothing is asked where the last detection has answered already."""
    seen, quiet = watched.previous, str(watched.ref) in plugin.quiet
    here = f"{project_of(watched)}/{'merge_requests' if watched.ref.mark == '!' else 'issues'}/{watched.ref.number}"
    if watched.quick and seen is not None and (quiet or not watched.checks):
        # Its pipelines are as they were, and so is what lists tell: only a thread can have been resolved.
        asked = watched.restless and plugin.patience.allows(watched)
        return (yield from _threads(plugin, seen, here)) if asked else seen
    answer = yield Request(here)
    found = answer.json()
    if not isinstance(found, dict):
        raise Broken(f"{answer.url} answered without an object")
    project = f"/projects/{forms.number_of(found, answer.url)[0]}"
    talks = yield from every_page(Request(f"{here}/discussions", query=ALL))
    circle = yield from _circle(plugin, project, found, answer)
    snapshot = _common(plugin, found, answer, circle, talks)
    if snapshot.family == PULL_REQUEST:
        snapshot = yield from _pull(snapshot, watched, here, project, found, circle, talks)
    else:
        snapshot = yield from _issue(plugin, snapshot, here, found)
    return (yield from _history(snapshot, here, circle))


def _threads(plugin: GitLab, seen: Snapshot, here: str) -> Asks[Snapshot]:
    dates: list[float] = []
    talks = yield from dated(every_page(Request(f"{here}/discussions", query=ALL)), dates)
    trusts = plugin.circles.get(f"/projects/{seen.native.partition('!')[0]}", dates[0]) or {}
    circle = Circle(plugin.me, seen.author.login, trusts)
    return replace(seen, threads=forms.threads(circle, talks), looked_at=dates[0])


def _common(plugin: GitLab, found: Json, answer: Response, circle: Circle, talks: list[Json]) -> Snapshot:
    project, number = forms.number_of(found, answer.url)
    url, path = text(found, "web_url"), text(found, "references", "full")
    facts = forms.facts(found, answer.url)
    mark = "!" if facts["family"] == PULL_REQUEST else "#"
    merged = moment(found.get("merged_at")) if facts["state"] == MERGED else None
    ended = maybe(found, "merge_user") or maybe(found, "merged_by") if merged else maybe(found, "closed_by")
    return Snapshot(
        id=f"gitlab:{plugin.host}:{project}:{mark}{number}", native=f"{project}{mark}{number}", url=url, title=text(found, "title"),
        body=text(found, "description"), author=forms.actor(circle, found.get("author")), merged_at=merged,
        created_at=instant(found.get("created_at"), "created_at", answer.url), closed_at=moment(found.get("closed_at")) or merged,
        closed_by=forms.actor(circle, ended), comments=forms.comments(circle, talks, url), looked_at=answer.date,
        merge_commit=(text(found, "merge_commit_sha") or text(found, "squash_commit_sha") or facts["head"]) if merged else "",
        renamed_to=path.rpartition(mark)[0], **facts,
    )  # fmt: skip


def _pull(
    snapshot: Snapshot, watched: Watched, here: str, project: str, found: Json, circle: Circle, talks: list[Json]
) -> Asks[Snapshot]:
    approvals = yield from _optional(f"{here}/approvals")
    reviewers = yield from _optional(f"{here}/reviewers")
    said = bool(items(maybe(approvals, "approved_by"))) or any(text(r, "state") != "unreviewed" for r in items(reviewers))
    versions = (yield from _versions(here)) if said or _elsewhere(found) else []
    ground = reviews.Ground(circle, snapshot.head, snapshot.updated_at, versions, watched.previous or watched.known)
    checks = (yield from _checks(project, found, snapshot.head, versions)) if watched.checks else None
    return replace(
        snapshot, reviews=reviews.read(ground, approvals, reviewers), standing_reviews=True, checks=checks,
        threads=forms.threads(circle, talks),
    )  # fmt: skip


def _issue(plugin: GitLab, snapshot: Snapshot, here: str, found: Json) -> Asks[Snapshot]:
    links = yield from _optional(f"{here}/links")
    epic = text(found, "epic", "url") or (f"&{maybe(found, 'epic', 'iid')}" if maybe(found, "epic", "iid") else "")
    epic = plugin.settings.web_url + epic if epic.startswith("/") else epic
    return replace(snapshot, status=text(found, "state"), epic=epic, changes=tuple(forms.link_changes(items(links))))


def _history(snapshot: Snapshot, here: str, circle: Circle) -> Asks[Snapshot]:
    """Labels and reopenings with ids of their own, where the instance keeps them."""
    labels = yield from _optional_list(f"{here}/resource_label_events")
    states = yield from _optional_list(f"{here}/resource_state_events")
    told = (("labeled", "unlabeled") if labels is not None else ()) + (("reopened",) if states is not None else ())
    changes = [*snapshot.changes, *forms.label_changes(circle, labels or ()), *forms.state_changes(circle, states or ())]
    return replace(snapshot, changes=tuple(sorted(changes, key=lambda change: change.at)), told=told)


def _versions(here: str) -> Asks[list[reviews.Version]]:
    found = (yield from _optional_list(f"{here}/versions")) or []
    known = [reviews.Version(text(v, "head_commit_sha"), at) for v in found if (at := moment(v.get("created_at"))) is not None]
    return sorted(known, key=lambda version: version.at)


def _elsewhere(found: Json) -> bool:
    """Whether the head pipeline ran on a commit that GitLab made for it (merged results, merge trains), or on an old head."""
    return bool(maybe(found, "head_pipeline")) and text(found, "head_pipeline", "sha") != text(found, "sha")


def _checks(project: str, found: Json, head: str, versions: list[reviews.Version]) -> Asks[Checks]:
    if _elsewhere(found) and not _is_merged_result(found, versions):
        return Checks(head)
    checks = forms.checks(found, head)
    if checks.state != "failed":
        return checks
    jobs = yield from _optional(f"{project}/pipelines/{maybe(found, 'head_pipeline', 'id')}/jobs?scope[]=failed&per_page=100")
    names = sorted(text(job, "name") for job in items(jobs) if job.get("allow_failure") is not True and text(job, "name"))
    return forms.checks(found, head, tuple(names))


def _is_merged_result(found: Json, versions: list[reviews.Version]) -> bool:
    """A pipeline for `refs/merge-requests/7/merge` that began after the last push is the head's."""
    at = moment(maybe(found, "head_pipeline", "created_at"))
    own = text(found, "head_pipeline", "ref").startswith("refs/merge-requests/")
    return own and at is not None and bool(versions) and at >= versions[-1].at


def _circle(plugin: GitLab, project: str, found: Json, answer: Response) -> Asks[Circle]:
    trusts = plugin.circles.get(project, answer.date)
    if trusts is None:
        members = yield from _optional_list(f"{project}/members/all")
        trusts = plugin.circles.keep(project, answer.date, {text(m, "username").lower(): _trust(m) for m in members or ()})
    return Circle(plugin.me, text(found, "author", "username"), trusts)


def _trust(member: Mapping[str, Any]) -> str:
    """https://docs.gitlab.com/user/permissions/: from Developer on one may push; Owner is 50."""
    level = member.get("access_level")
    if not isinstance(level, int):
        return "none"
    return "owner" if level >= OWNER else "member" if level >= DEVELOPER else "contributor"


def _optional(path: str) -> Asks[Any]:
    """The body, or None where this instance or token has no such thing."""
    try:
        answer = yield Request(path, query=() if "?" in path else ALL)
    except (Gone, Denied):
        return None
    return answer.json()


def _optional_list(path: str) -> Asks[list[Json] | None]:
    try:
        return (yield from every_page(Request(path, query=ALL)))
    except (Gone, Denied):
        return None
