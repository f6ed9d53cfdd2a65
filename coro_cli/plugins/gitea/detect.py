"""Which of a repository's watched objects changed: those updated since the cursor, and those with edited comments.

The list of issues has the pull requests as well, and is the one that can be asked by time. What it does not tell is an
edit of a comment (it leaves the issue's own time alone), so the repository's comments are asked for in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from coro_cli.domain.durations import rfc3339
from coro_cli.domain.names import ISSUE, PULL_REQUEST
from coro_cli.plugins.base import Changes, Watched
from coro_cli.plugins.gitea.forms import time
from coro_cli.plugins.gitea.look import OVERLAP, PAGE, pages
from coro_cli.plugins.patience import dated
from coro_cli.plugins.reading import instant
from coro_cli.plugins.wire import Asks, maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.gitea import Gitea

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
