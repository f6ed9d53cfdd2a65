"""Parts of a merge request or issue that an instance, a tier or a token may do without."""

from __future__ import annotations

from typing import Any

from coro_cli.plugins import reading
from coro_cli.plugins.gitlab.forms import Json
from coro_cli.plugins.gitlab.reviews import Version
from coro_cli.plugins.reading import every_page, moment
from coro_cli.plugins.wire import Asks, Denied, Gone, Request, only_here, text

ALL = [("per_page", "100")]


def talks(here: str) -> Asks[list[Json]]:
    """What was said, by discussion; note by note where the instance does not answer that."""
    try:
        return (yield from every_page(Request(f"{here}/discussions", query=ALL)))
    except Gone:
        notes = yield from every_page(Request(f"{here}/notes", query=ALL))
        return [{"id": text(note, "discussion_id") or str(note.get("id")), "notes": [note]} for note in notes]


def versions(here: str) -> Asks[list[Version]]:
    """The heads it had, oldest first."""
    found = (yield from optional_list(f"{here}/versions")) or []
    known = [Version(text(v, "head_commit_sha"), at) for v in found if (at := moment(v.get("created_at"))) is not None]
    return sorted(known, key=lambda version: version.at)


def optional(path: str) -> Asks[Any]:
    """The body, or None where this instance or token has no such thing."""
    answer = yield from reading.optional(Request(path, query=() if "?" in path else ALL))
    return answer.json() if answer is not None else None


def optional_list(path: str) -> Asks[list[Json] | None]:
    """The objects of a list, or None where there is no such list."""
    try:
        return (yield from every_page(Request(path, query=ALL)))
    except (Gone, Denied) as error:
        only_here(error)
        return None
