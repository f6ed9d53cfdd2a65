"""Checks of a merge request: its head pipeline, wherever that ran."""

from __future__ import annotations

from coro_cli.domain.snapshot import Checks
from coro_cli.plugins.gitlab import forms, parts
from coro_cli.plugins.gitlab.forms import Json
from coro_cli.plugins.gitlab.reviews import Version
from coro_cli.plugins.reading import moment
from coro_cli.plugins.wire import Asks, items, maybe, text


def is_elsewhere(found: Json) -> bool:
    """Whether the head pipeline ran on a commit that GitLab made for it (merged results, merge trains), or on an old head."""
    return bool(maybe(found, "head_pipeline")) and text(found, "head_pipeline", "sha") != text(found, "sha")


def checks(project: str, found: Json, head: str, versions: list[Version]) -> Asks[Checks]:
    """The checks of the head, with the names of the jobs that failed. versions: empty where they were not asked for."""
    if is_elsewhere(found) and not _is_merged_result(found, versions):
        return Checks(head)
    read = forms.checks(found, head)
    if read.state != "failed":
        return read
    jobs = yield from parts.optional(f"{project}/pipelines/{maybe(found, 'head_pipeline', 'id')}/jobs?scope[]=failed&per_page=100")
    names = sorted(text(job, "name") for job in items(jobs) if job.get("allow_failure") is not True and text(job, "name"))
    return forms.checks(found, head, tuple(names))


def _is_merged_result(found: Json, versions: list[Version]) -> bool:
    """A pipeline for `refs/merge-requests/7/merge` that began after the last push, if that is told, is the head's."""
    at = moment(maybe(found, "head_pipeline", "created_at"))
    own = text(found, "head_pipeline", "ref").startswith("refs/merge-requests/")
    return own and (at is None or not versions or at >= versions[-1].at)
