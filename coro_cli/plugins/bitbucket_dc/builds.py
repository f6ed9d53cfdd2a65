"""Builds at Bitbucket Data Center: an API beside the main one, that counts those of many commits in one answer.

https://developer.atlassian.com/server/bitbucket/rest/ (Builds and Deployments)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from coro_cli.domain.snapshot import Checks, Snapshot
from coro_cli.plugins import turns
from coro_cli.plugins.base import Look, Watched
from coro_cli.plugins.bitbucket_dc.pages import every
from coro_cli.plugins.bodies import one_by_one
from coro_cli.plugins.reading import moment
from coro_cli.plugins.verdicts import FAILED, PASSED, PENDING, rollup
from coro_cli.plugins.wire import Asks, Broken, Gone, Request, maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.bitbucket_dc import BitbucketDC

_VERDICTS = {"SUCCESSFUL": PASSED, "FAILED": FAILED, "CANCELLED": FAILED}


def look(plugin: BitbucketDC, watched: Sequence[Watched]) -> Asks[Look]:
    """All of them; of those that are only asked about their builds the ones whose count has changed."""
    from coro_cli.plugins.bitbucket_dc.look import look as whole

    quick = {w.previous.head: w for w in watched if w.quick and w.checks and w.previous is not None and w.previous.head}
    counts = (yield from _counts(plugin, list(quick))) if len(quick) > 1 else {}
    still = {str(one.ref) for head, one in quick.items() if one.previous is not None and _is_same(one.previous.checks, counts.get(head))}
    wanted = turns.whose_turn([one for one in watched if str(one.ref) not in still], {})
    return (yield from one_by_one(wanted, lambda one: whole(plugin, one)))


def read(plugin: BitbucketDC, head: str) -> Asks[Checks]:
    """Build statuses of one commit."""
    found = yield from every(f"{_root(plugin)}/commits/{quote(head, safe='')}")
    told = [(text(b, "key"), _VERDICTS.get(text(b, "state"), PENDING), moment(b.get("updatedDate") or b.get("dateAdded"))) for b in found]
    return rollup(head, told)


def again(plugin: BitbucketDC, watched: Watched, seen: Snapshot) -> Asks[Snapshot]:
    """The checks alone: the time of the look stays, for all else was not looked at."""
    return replace(seen, checks=(yield from read(plugin, seen.head)))


def _counts(plugin: BitbucketDC, heads: list[str]) -> Asks[dict[str, Any]]:
    """`{commit: {"successful": 2, "failed": 0, "inProgress": 1}}`; nothing from a server that does not know the question."""
    try:
        answer = yield Request(f"{_root(plugin)}/commits/stats", "POST", body=heads)
    except (Gone, Broken):
        return {}
    found = answer.json()
    return found if isinstance(found, dict) else {}


def _is_same(seen: Checks | None, count: Any) -> bool:
    """Whether a count says what we know. A build that is run again with the same result does not change it."""
    if seen is None or not isinstance(count, dict):
        return False
    names = ("successful", "failed", "inProgress", "cancelled", "unknown")
    passed, failed, running, cancelled, unknown = (value if isinstance(value := maybe(count, n), int) else 0 for n in names)
    return (passed + failed + running + cancelled + unknown, failed + cancelled) == (seen.total, len(seen.failing)) and (
        bool(running + unknown) == (seen.state == PENDING) or bool(seen.failing)
    )


def _root(plugin: BitbucketDC) -> str:
    return re.sub(r"/api/[^/]+$", "", plugin.settings.api_url.rstrip("/")) + "/build-status/latest"
