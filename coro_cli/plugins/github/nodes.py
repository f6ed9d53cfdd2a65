"""One GraphQL node into one snapshot, and back to REST for whatever its windows do not reach."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coro_cli.domain.names import ISSUE, PULL_REQUEST
from coro_cli.domain.snapshot import Checks, Snapshot, Thread
from coro_cli.plugins.base import Watched
from coro_cli.plugins.github import checks, forms, graphql, merging, parts, rest, shapes
from coro_cli.plugins.github.reader import login, user_kind
from coro_cli.plugins.github.shapes import Json, has_more, listed
from coro_cli.plugins.reading import moment
from coro_cli.plugins.wire import Asks, Broken, Request, Response, maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.github import GitHub

THREAD_PAGES = 100


def read(plugin: GitHub, one: Watched, node: Json, response: Response) -> Asks[Snapshot | None]:
    """The snapshot; None from a glance that found the object changed."""
    url = f"{response.url} ({one.ref})"
    if one.quick and one.previous is not None:
        if _checks_go_on(node):
            return None
        rolled = _rollup(plugin, node, url)
        threads = (yield from _threads(plugin, one, node)) if "reviewThreads" in node else None
        return merging.glanced(one.previous, node, response.date, checks=rolled, threads=threads)
    since = rest.window(one)
    if _reaches(node, since) and isinstance(maybe(node, "repository", "databaseId"), int):
        made = yield from _understood(plugin, one, node, response, url)
        if made is not None and one.previous is not None and made.id != one.previous.id:
            raise Broken(f"{url} answered with another object, {made.url or made.id}")
        if made is not None:
            return made
    # A window ends after the last look, (from 2^31 on) the repository's number does not fit GraphQL's Int, or it makes no sense.
    named = replace(one, family=_family(node), scope=text(node, "repository", "nameWithOwner") or one.place, quick=False)
    snapshot = yield from rest.look(plugin, named)
    if text(node, "__typename") == "PullRequest":
        threads = merging.threads_of(one.previous, (yield from _threads(plugin, one, node)), snapshot.looked_at)
        told = snapshot.told if merging.THREADS in snapshot.told else (*snapshot.told, merging.THREADS)
        return replace(snapshot, threads=threads, told=told)
    return snapshot


def _understood(plugin: GitHub, one: Watched, node: Json, response: Response, url: str) -> Asks[Snapshot | None]:
    """The snapshot; None, with a remark, where the node lacks what has to be there: the schema lets nearly all be null."""
    try:
        return (yield from _whole(plugin, one, node, response, url))
    except Broken as error:
        if not error.message.startswith(url):
            raise
        plugin.reader.remarks.append(error.message)
        return None


def whole(plugin: GitHub, one: Watched) -> Asks[Snapshot]:
    """The whole of an object that a glance found changed."""
    from coro_cli.plugins.github import batch

    return batch.find(plugin, replace(one, quick=False))


def _family(node: Json) -> str:
    return PULL_REQUEST if text(node, "__typename") == "PullRequest" else ISSUE


def _whole(plugin: GitHub, one: Watched, node: Json, response: Response, url: str) -> Asks[Snapshot]:
    since, happenings, said = rest.window(one), shapes.happenings(node), shapes.comments(node, url)
    if text(node, "__typename") == "Issue":
        identity = maybe(node, "repository", "databaseId")
        made = forms.issue(plugin.reader, shapes.issue(node), url, identity, said, happenings, {"html_url": maybe(node, "parent", "url")})
        made = replace(made, renamed_to=text(node, "repository", "nameWithOwner"), looked_at=response.date, complete_since=since)
        return merging.carried(one.previous, made, mergeable=True, threads=None)
    on_lines = shapes.inline(node, url)
    if _hides_comments(node):
        repository = f"/repos/{text(node, 'repository', 'nameWithOwner')}"
        on_lines = yield from parts.inline(repository, str(node.get("number")), since)
    found = shapes.pull(node)
    made = forms.pull(plugin.reader, found, url, shapes.reviews(node, url), [*said, *on_lines], happenings)
    made = replace(made, checks=_rollup(plugin, node, url), looked_at=response.date, complete_since=since)
    threads = yield from _threads(plugin, one, node)
    return merging.carried(one.previous, made, mergeable=found["mergeable"], threads=threads)


def _reaches(node: Json, since: float) -> bool:
    """Whether the windows go back to the last look, or to the beginning."""
    if has_more(node, "latestOpinionatedReviews", "Next") or _checks_go_on(node):
        return False
    is_pull = text(node, "__typename") == "PullRequest"
    return (
        _goes_back(node, "comments", "Next", "updatedAt", since)
        and (not is_pull or _goes_back(node, "reviews", "Previous", "submittedAt", since))
        and _goes_back(node, "timelineItems", "Previous", "createdAt", since)
    )


def _goes_back(node: Json, name: str, way: str, field: str, since: float) -> bool:
    if not isinstance(node.get(name), dict):
        return False  # it was asked for: what answers without it is no GraphQL
    if not has_more(node, name, way):
        return True
    times = [at for item in listed(node, name) if (at := moment(item.get(field))) is not None]
    return bool(times) and min(times) < since


def _hides_comments(node: Json) -> bool:
    """Whether there are inline comments outside the window. An old one may have been edited: REST lists by update."""
    inner = any(has_more(review, "comments", "Previous") for review in listed(node, "reviews"))
    return inner or has_more(node, "reviews", "Previous")


def _checks_go_on(node: Json) -> bool:
    commits = listed(node, "commits")
    return bool(commits) and has_more(maybe(commits[-1], "commit", "statusCheckRollup"), "contexts", "Next")


def _rollup(plugin: GitHub, node: Json, url: str) -> Checks | None:
    found = shapes.verdicts(node)
    return checks.rollup(plugin.reader, url, *found) if found is not None else None


def _threads(plugin: GitHub, one: Watched, node: Json) -> Asks[tuple[Thread, ...]]:
    """The newest threads; all of them where a job waits for one to be resolved, for that may be any."""
    made, page = _read_threads(plugin, node), node
    for _ in range(THREAD_PAGES):
        cursor = text(page, "reviewThreads", "pageInfo", "startCursor")
        if not (one.restless and has_more(page, "reviewThreads", "Previous") and cursor):
            break
        body = {"query": graphql.OLDER_THREADS, "variables": {"id": text(node, "id"), "before": cursor}}
        answer = yield Request(plugin.graphql_url, "POST", body=body)
        page = maybe(answer.json(), "data", "node") or {}
        made = [*_read_threads(plugin, page), *made]
    return tuple(made)


def _read_threads(plugin: GitHub, node: Json) -> list[Thread]:
    made = []
    for thread in listed(node, "reviewThreads"):
        by = thread.get("resolvedBy")
        who = plugin.reader.actor(login(by), user_kind(by), "", "")
        made.append(Thread(text(thread, "id"), thread.get("isResolved") is True, who, None, text(thread, "path")))
    return made
