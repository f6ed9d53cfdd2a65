"""Which of a project's watched issues changed: one question by id, consistent, for up to fifty; two for any number.

Jira's search is an index that lags by seconds to minutes. On Cloud, `reconcileIssues` makes it exact for up to fifty ids
(https://developer.atlassian.com/cloud/jira/platform/search-and-reconcile/). With more, a window of what was updated
recently is asked for beside fifty of them in turn, so that nothing the window could miss stays unseen: a move to another
project, a deletion, a very late index.

Instants are epoch milliseconds: a date would be read in the time zone of the account, and to the minute.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from coro_cli.plugins.answers import instant
from coro_cli.plugins.base import Changes, Watched
from coro_cli.plugins.jira.limits import BadQuestion
from coro_cli.plugins.protocol import Asks, Broken, Request, ident, items, maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.jira.fetch import Site


AT_ONCE = 50
OVERLAP = 300.0
# Longer than a change takes from its time stamp to being there for all who read.
SETTLED = 60.0
PAGE = 500
PAGES = 100
WINDOW_PAGES = 3


def mark(updated_at: float) -> str:
    """The mark of one state: `updated` in milliseconds."""
    return str(round(updated_at * 1000))


def changes(site: Site, scope: str, watched: Sequence[Watched], cursor: str | None) -> Asks[Changes]:
    """Marks of the watched issues; those that are no longer shown are unknown."""
    known = _read(cursor)
    if site.cloud is None and isinstance(known.get("cloud"), bool):
        site.cloud = known["cloud"]
    yield from site.detect()
    by_id = {w.native: w for w in watched if w.native}
    nameless = [str(w.ref) for w in watched if not w.native]
    ids = sorted(by_id, key=int)
    after: dict[str, Any] = {}
    if len(ids) <= AT_ONCE or not site.cloud:
        asked, found = ids, (yield from _by_id(site, ids))
    else:
        asked, found, after = yield from _in_turn(site, scope, watched, ids, known)
    marks = {str(by_id[i].ref): mark(at) for i, at in found.items() if i in by_id and not _is_behind(by_id[i], at)}
    missing = [str(by_id[i].ref) for i in asked if i not in found]
    return Changes(marks, json.dumps({"cloud": site.cloud} | after), [*nameless, *missing])


def _in_turn(
    site: Site, scope: str, watched: Sequence[Watched], ids: list[str], known: Mapping[str, Any]
) -> Asks[tuple[list[str], dict[str, float], dict[str, Any]]]:
    """What was updated lately, and fifty of the ids in their turn: which were asked for, `updated` by id, the next turn."""
    turn = int(known.get("turn", 0)) % len(ids)
    since = float(known.get("updated", 0)) or min((w.looked_at for w in watched if w.looked_at is not None), default=0.0)
    recent, whole = yield from _window(site, scope, since)
    # After downtime a window may hold half the project: then all watched ones are asked for by their ids.
    asked = (ids[turn:] + ids[:turn])[:AT_ONCE] if whole else ids
    found = yield from _by_id(site, asked)
    return asked, recent | found, {"turn": (turn + len(asked)) % len(ids), "updated": max([since, *recent.values()])}


def _is_behind(one: Watched, at: float) -> bool:
    """What was so a while before we looked has been read: an index that lags must not take the mark back."""
    return one.looked_at is not None and at < one.looked_at - SETTLED


def _by_id(site: Site, ids: Sequence[str]) -> Asks[dict[str, float]]:
    """`updated` by id, as many at once as may be reconciled (Cloud), or as fit into one page (a server)."""
    found: dict[str, float] = {}
    size = AT_ONCE if site.cloud else PAGE
    for start in range(0, len(ids), size):
        listed = yield from issues_by_id(site, ids[start : start + size], ("updated",))
        found |= {i: instant(maybe(issue, "fields", "updated"), "fields.updated", "the search") for i, issue in listed.items()}
    return found


def issues_by_id(site: Site, ids: Sequence[str], fields: Sequence[str]) -> Asks[dict[str, dict[str, Any]]]:
    """The issues themselves. One that is gone spoils the whole question on Cloud: it is asked again without those."""
    left = list(ids)
    while left:
        try:
            found = yield from issues(site, f"id in ({','.join(left)})", fields, left)
            return {ident(issue, "id"): issue for issue in found}
        except BadQuestion as error:
            refused = set(re.findall(r"\d+", error.message)) & set(left)
            # Where the refusal names none of them, each has to be asked for by itself.
            left = [i for i in left if i not in refused] if refused else []
    return {}


def _window(site: Site, scope: str, since: float) -> Asks[tuple[dict[str, float], bool]]:
    """`updated` by id of what the index says was updated since, the newest first, and whether that is all of it."""
    floor = int((since - OVERLAP) // 60 * 60)
    jql = f'project = "{scope}" AND updated >= {floor * 1000} ORDER BY updated DESC'
    try:
        found, whole = yield from _pages(site, jql, ("updated",), (), most=WINDOW_PAGES)
    except BadQuestion:
        return {}, False  # a project whose key cannot be asked for any more
    return {ident(i, "id"): instant(maybe(i, "fields", "updated"), "fields.updated", "the search") for i in found}, whole


def issues(site: Site, jql: str, fields: Sequence[str], ids: Sequence[str]) -> Asks[list[dict[str, Any]]]:
    """All issues that a query finds, page by page. ids: what has to be consistent. Broken for an endless chain."""
    found, whole = yield from _pages(site, jql, fields, ids, most=PAGES)
    if not whole:
        raise Broken(f"the search has more than {PAGES} pages")
    return found


def _pages(
    site: Site, jql: str, fields: Sequence[str], ids: Sequence[str], *, most: int
) -> Asks[tuple[list[dict[str, Any]], bool]]:
    found: list[dict[str, Any]] = []
    token = ""
    for _ in range(most):
        page = yield _question(site, jql, fields, ids, token, len(found))
        answer = page.json()
        if not isinstance(maybe(answer, "issues"), list):
            raise Broken(f"{page.url} answered without `issues`")
        found += items(answer["issues"])
        token = text(answer, "nextPageToken")
        if not _has_more(site, answer, token, len(found)):
            return found, True
    return found, False


def _has_more(site: Site, answer: Any, token: str, count: int) -> bool:
    if site.cloud:
        return bool(token) and maybe(answer, "isLast") is not True
    total = maybe(answer, "total")
    return isinstance(total, int) and count < total and bool(maybe(answer, "issues"))


def _question(site: Site, jql: str, fields: Sequence[str], ids: Sequence[str], token: str, start: int) -> Request:
    if not site.cloud:
        body = {"jql": jql, "fields": list(fields), "maxResults": PAGE, "startAt": start, "validateQuery": False}
        return Request("/rest/api/2/search", "POST", body=body)
    asked: dict[str, Any] = {"jql": jql, "fields": list(fields), "maxResults": 100}
    asked |= {"reconcileIssues": [int(i) for i in ids]} if ids else {}
    asked |= {"nextPageToken": token} if token else {}
    return Request("/rest/api/3/search/jql", "POST", body=asked)


def _read(cursor: str | None) -> Mapping[str, Any]:
    try:
        found = json.loads(cursor or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
