"""One merge request or issue of GitLab with all that hangs on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from coro_cli.domain.events import PULL_REQUEST
from coro_cli.domain.snapshot import MERGED, Checks, Snapshot
from coro_cli.plugins import answers
from coro_cli.plugins.answers import NAMELESS, every_page, instant, moment, named
from coro_cli.plugins.base import Watched
from coro_cli.plugins.gitlab import parse
from coro_cli.plugins.gitlab.parse import Json, Version
from coro_cli.plugins.protocol import Asks, Broken, Denied, Gone, Request, Response, items, maybe, only_here, text
from coro_cli.plugins.trusted_users import Circle

if TYPE_CHECKING:
    from coro_cli.plugins.gitlab import GitLab


ALL = [("per_page", "100")]


def fetch_discussions(here: str) -> Asks[list[Json]]:
    """What was said, by discussion; note by note where the instance does not answer that."""
    try:
        return (yield from every_page(Request(f"{here}/discussions", query=ALL)))
    except Gone:
        notes = yield from every_page(Request(f"{here}/notes", query=ALL))
        return [{"id": text(note, "discussion_id") or str(note.get("id")), "notes": [note]} for note in notes]


def fetch_versions(here: str) -> Asks[list[Version]]:
    """The heads it had, oldest first."""
    found = (yield from optional_list(f"{here}/versions")) or []
    known = [Version(text(v, "head_commit_sha"), at) for v in found if (at := moment(v.get("created_at"))) is not None]
    return sorted(known, key=lambda version: version.at)


def optional(path: str) -> Asks[Any]:
    """The body, or None where this instance or token has no such thing."""
    answer = yield from answers.optional(Request(path, query=() if "?" in path else ALL))
    return answer.json() if answer is not None else None


def optional_list(path: str) -> Asks[list[Json] | None]:
    """The objects of a list, or None where there is no such list."""
    try:
        return (yield from every_page(Request(path, query=ALL)))
    except (Gone, Denied) as error:
        only_here(error)
        return None


# Checks of a merge request: its head pipeline, wherever that ran.


def is_elsewhere(found: Json) -> bool:
    """Whether the head pipeline ran on a commit that GitLab made for it (merged results, merge trains), or on an old head."""
    return bool(maybe(found, "head_pipeline")) and text(found, "head_pipeline", "sha") != text(found, "sha")


def fetch_checks(project: str, found: Json, head: str, versions: list[Version]) -> Asks[Checks]:
    """The checks of the head, with the names of the jobs that failed. versions: empty where they were not asked for."""
    if is_elsewhere(found) and not _is_merged_result(found, versions):
        return Checks(head)
    read = parse.checks(found, head)
    if read.state != "failed":
        return read
    jobs = yield from optional(f"{project}/pipelines/{maybe(found, 'head_pipeline', 'id')}/jobs?scope[]=failed&per_page=100")
    names = sorted(text(job, "name") for job in items(jobs) if job.get("allow_failure") is not True and text(job, "name"))
    return parse.checks(found, head, tuple(names))


def _is_merged_result(found: Json, versions: list[Version]) -> bool:
    """A pipeline for `refs/merge-requests/7/merge` that began after the last push, if that is told, is the head's."""
    at = moment(maybe(found, "head_pipeline", "created_at"))
    own = text(found, "head_pipeline", "ref").startswith("refs/merge-requests/")
    return own and (at is None or not versions or at >= versions[-1].at)


# One merge request or issue with all that hangs on it.
#
# Six requests: itself, its discussions, the histories of its labels and of its state, its approvals and its reviewers; two more
# where verdicts have to be laid to commits, or failed jobs named.


DEVELOPER, OWNER = 30, 50


def whoami() -> Asks[str]:
    """The token's user name."""
    answer = yield Request("/user", missing_ok=True)
    return text(answer.json(), "username") if answer.status == 200 else NAMELESS


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
    """The object by its ref."""
    return named(watched, look(plugin, watched), "the path with all its groups")


def look(plugin: GitLab, watched: Watched) -> Asks[Snapshot]:
    """The object as it is now; little or nothing is asked where the last detection has answered already."""
    here = f"{project_of(watched)}/{'merge_requests' if watched.ref.mark == '!' else 'issues'}/{watched.ref.number}"
    if watched.quick and watched.previous is not None:
        return (yield from _quick(plugin, watched, watched.previous, here))
    answer = yield Request(here)
    found = answer.json()
    if not isinstance(found, dict):
        raise Broken(f"{answer.url} answered without an object")
    project = f"/projects/{parse.number_of(found, answer.url)[0]}"
    talks = yield from fetch_discussions(here)
    circle = yield from _circle(plugin, project, found, answer)
    snapshot = _common(plugin, found, answer, circle, talks)
    if snapshot.family == PULL_REQUEST:
        snapshot = yield from _pull(snapshot, watched, here, project, found, circle, talks)
    else:
        snapshot = yield from _issue(plugin, snapshot, here, found)
    return (yield from _history(snapshot, here, circle))


def _quick(plugin: GitLab, watched: Watched, seen: Snapshot, here: str) -> Asks[Snapshot]:
    """What the lists do not tell: a resolved thread, and a pipeline that stands in none of them.

    All else was last looked at by the detection, so that is the time of this look.
    """
    unlisted = watched.checks and str(watched.ref) in plugin.unlisted
    if not (watched.restless or unlisted) or not plugin.patience.allows(watched):
        return seen
    seen = replace(seen, looked_at=max(seen.looked_at, plugin.patience.now))
    if unlisted:
        found = (yield Request(here)).json()
        if text(found, "sha") == seen.head:
            project = f"/projects/{parse.number_of(found, here)[0]}"
            versions = (yield from fetch_versions(here)) if is_elsewhere(found) else []
            seen = replace(seen, checks=(yield from fetch_checks(project, found, seen.head, versions)))
    return (yield from _threads(plugin, seen, here)) if watched.restless else seen


def _threads(plugin: GitLab, seen: Snapshot, here: str) -> Asks[Snapshot]:
    talks = yield from fetch_discussions(here)
    trusts = plugin.circles.get(f"/projects/{seen.native.partition('!')[0]}", seen.looked_at) or {}
    return replace(seen, threads=parse.threads(Circle(plugin.me, seen.author.login, trusts), talks))


def _common(plugin: GitLab, found: Json, answer: Response, circle: Circle, talks: list[Json]) -> Snapshot:
    host, (project, number) = plugin.settings.host, parse.number_of(found, answer.url)
    url, path = text(found, "web_url"), text(found, "references", "full")
    facts = parse.facts(found, answer.url)
    mark = "!" if facts["family"] == PULL_REQUEST else "#"
    merged = moment(found.get("merged_at")) if facts["state"] == MERGED else None
    ended = maybe(found, "merge_user") or maybe(found, "merged_by") if merged else maybe(found, "closed_by")
    return Snapshot(
        id=f"gitlab:{host}:{project}:{mark}{number}", native=f"{project}{mark}{number}", url=url, title=text(found, "title"),
        body=text(found, "description"), author=parse.actor(circle, found.get("author")), merged_at=merged,
        created_at=instant(found.get("created_at"), "created_at", answer.url), closed_at=moment(found.get("closed_at")) or merged,
        closed_by=parse.actor(circle, ended), comments=parse.comments(circle, talks, url), looked_at=answer.date,
        merge_commit=(text(found, "merge_commit_sha") or text(found, "squash_commit_sha") or facts["head"]) if merged else "",
        renamed_to=path.rpartition(mark)[0], **facts,
    )  # fmt: skip


def _pull(
    snapshot: Snapshot, watched: Watched, here: str, project: str, found: Json, circle: Circle, talks: list[Json]
) -> Asks[Snapshot]:
    approvals = yield from optional(f"{here}/approvals")
    reviewers = yield from optional(f"{here}/reviewers")
    said = bool(items(maybe(approvals, "approved_by"))) or any(text(r, "state") != "unreviewed" for r in items(reviewers))
    versions = (yield from fetch_versions(here)) if said or is_elsewhere(found) else []
    ground = parse.Ground(circle, snapshot.head, snapshot.updated_at, versions, watched.previous or watched.known)
    checks = (yield from fetch_checks(project, found, snapshot.head, versions)) if watched.checks else None
    return replace(
        snapshot, reviews=parse.read(ground, approvals, reviewers), standing_reviews=True, checks=checks,
        threads=parse.threads(circle, talks),
    )  # fmt: skip


def _issue(plugin: GitLab, snapshot: Snapshot, here: str, found: Json) -> Asks[Snapshot]:
    links = yield from optional(f"{here}/links")
    epic = text(found, "epic", "url") or (f"&{maybe(found, 'epic', 'iid')}" if maybe(found, "epic", "iid") else "")
    epic = plugin.settings.web_url + epic if epic.startswith("/") else epic
    return replace(snapshot, status=text(found, "state"), epic=epic, changes=tuple(parse.link_changes(items(links))))


def _history(snapshot: Snapshot, here: str, circle: Circle) -> Asks[Snapshot]:
    """Labels and reopenings with ids of their own, where the instance keeps them."""
    labels = yield from optional_list(f"{here}/resource_label_events")
    states = yield from optional_list(f"{here}/resource_state_events")
    told = (("labeled", "unlabeled") if labels is not None else ()) + (("reopened",) if states is not None else ())
    changes = [*snapshot.changes, *parse.label_changes(circle, labels or ()), *parse.state_changes(circle, states or ())]
    return replace(snapshot, changes=tuple(sorted(changes, key=lambda change: change.at)), told=told)


def _circle(plugin: GitLab, project: str, found: Json, answer: Response) -> Asks[Circle]:
    trusts = plugin.circles.get(project, answer.date)
    if trusts is None:
        members = yield from optional_list(f"{project}/members/all")
        known = {text(m, "username").lower(): _trust(m) for m in members or ()}
        trusts = plugin.circles.keep(project, answer.date, known, listed=members is not None)
    return Circle(plugin.me, text(found, "author", "username"), trusts, project not in plugin.circles.unlisted)


def _trust(member: Mapping[str, Any]) -> str:
    """https://docs.gitlab.com/user/permissions/: from Developer on one may push; Owner is 50."""
    level = member.get("access_level")
    if not isinstance(level, int):
        return "none"
    return "owner" if level >= OWNER else "member" if level >= DEVELOPER else "contributor"
