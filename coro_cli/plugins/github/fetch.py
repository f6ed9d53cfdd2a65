"""Many objects of GitHub by GraphQL: one query for up to 25, halved where that is too much, back to REST for what it cannot reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from coro_cli.domain.events import ISSUE, PULL_REQUEST
from coro_cli.domain.snapshot import Checks, Snapshot, Thread
from coro_cli.errors import CoroError
from coro_cli.plugins import site_addresses
from coro_cli.plugins.answers import moment
from coro_cli.plugins.base import Look, Watched
from coro_cli.plugins.github import changes, graphql, graphql_parse, limits, parse, rest
from coro_cli.plugins.github.graphql_parse import Json, has_more, listed
from coro_cli.plugins.github.parse import login, user_kind
from coro_cli.plugins.protocol import Asks, Broken, Denied, Gone, Overloaded, Request, Response, items, maybe, only_here, text

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
        return changes.glanced(one.previous, node, response.date, checks=rolled, threads=threads)
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
        threads = changes.threads_of(one.previous, (yield from _threads(plugin, one, node)), snapshot.looked_at)
        told = snapshot.told if changes.THREADS in snapshot.told else (*snapshot.told, changes.THREADS)
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

    return find(plugin, replace(one, quick=False))


def _family(node: Json) -> str:
    return PULL_REQUEST if text(node, "__typename") == "PullRequest" else ISSUE


def _whole(plugin: GitHub, one: Watched, node: Json, response: Response, url: str) -> Asks[Snapshot]:
    since, happenings, said = rest.window(one), graphql_parse.timeline(node), graphql_parse.comments(node, url)
    if text(node, "__typename") == "Issue":
        identity = maybe(node, "repository", "databaseId")
        above = {"html_url": maybe(node, "parent", "url")}
        made = parse.issue(plugin.reader, graphql_parse.issue(node), url, identity, said, happenings, above)
        made = replace(made, renamed_to=text(node, "repository", "nameWithOwner"), looked_at=response.date, complete_since=since)
        return changes.carried(one.previous, made, mergeable=True, threads=None)
    on_lines = graphql_parse.inline(node, url)
    if _hides_comments(node):
        repository = f"/repos/{text(node, 'repository', 'nameWithOwner')}"
        on_lines = yield from rest.inline(repository, str(node.get("number")), since)
    found = graphql_parse.pull(node)
    made = parse.pull(plugin.reader, found, url, graphql_parse.reviews(node, url), [*said, *on_lines], happenings)
    made = replace(made, checks=_rollup(plugin, node, url), looked_at=response.date, complete_since=since)
    threads = yield from _threads(plugin, one, node)
    return changes.carried(one.previous, made, mergeable=found["mergeable"], threads=threads)


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
    found = graphql_parse.verdicts(node)
    return graphql.rollup(plugin.reader, url, *found) if found is not None else None


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


# Looking at many objects by GraphQL: one query for up to 25, halved where that is too much, REST where it is not to be had.
#
# A refusal for one of them is no refusal for the others. A limit or a dead host ends the look: what was read is kept.


FAILURES = 2
SAME_TROUBLE = 3
LOOKS_WITHOUT = 50


@dataclass(slots=True)
class Gathered:
    """What was read so far. errors: for each of the others, why not. notes: what went wrong on the way.

    failing: objects that the host failed over, one after the other.
    """

    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    errors: dict[str, CoroError] = field(default_factory=dict)
    ended: CoroError | None = None
    notes: list[str] = field(default_factory=list)
    failing: int = 0

    def as_look(self) -> Look:
        """In the words of the protocol."""
        gone = [ref for ref, error in self.errors.items() if isinstance(error, Gone)]
        failed = {ref: error.message for ref, error in self.errors.items()}
        return Look(self.snapshots, failed, gone, self.ended, list(dict.fromkeys(self.notes)))


def look(plugin: GitHub, watched: Sequence[Watched]) -> Asks[Look]:
    """Snapshots of all that can be read; a sentence for each of the others."""
    gathered = yield from gather(plugin, watched)
    return gathered.as_look()


def find(plugin: GitHub, watched: Watched) -> Asks[Snapshot]:
    """One object by its name. Raises Gone, Denied, Broken or Unreachable."""
    gathered = yield from gather(plugin, [watched])
    for snapshot in gathered.snapshots.values():
        return snapshot
    raise gathered.ended or next(iter(gathered.errors.values()))


def viewer(plugin: GitHub) -> Asks[str]:
    """Whom the token acts as, without the `[bot]` that GraphQL leaves out; "" where that is not told."""
    try:
        answer = yield Request(plugin.graphql_url, "POST", body={"query": graphql.VIEWER})
        return text(answer.json(), "data", "viewer", "login")
    except (Denied, Gone, Broken, Overloaded):
        return ""  # REST goes without it; a token that is refused altogether is so there as well


def gather(plugin: GitHub, watched: Sequence[Watched]) -> Asks[Gathered]:
    """All of them, alike ones in one query."""
    into = Gathered()
    _try_again(plugin)
    alike: dict[tuple[bool, bool, bool], list[Watched]] = {}
    for one in watched:
        alike.setdefault((one.quick, bool(one.native), one.checks), []).append(one)
    try:
        for group in alike.values():
            while group:
                some, group = group[: plugin.batch_size], group[plugin.batch_size :]
                yield from _some(plugin, some, into)
    except CoroError as error:
        into.ended = error
    return into


def _some(plugin: GitHub, group: Sequence[Watched], into: Gathered) -> Asks[None]:
    """One query's worth."""
    if not plugin.has_graphql:
        return (yield from _one_by_one(plugin, group, into))
    try:
        response = yield _request(plugin, group)
    except Overloaded:
        return (yield from _smaller(plugin, group, into))
    except (Denied, Gone, Broken):
        # An old instance, one where it is switched off or barred. A token that is bad altogether is so for REST too.
        plugin.has_graphql = False
        return (yield from _one_by_one(plugin, group, into))
    try:
        answer = response.json()
    except Broken as error:
        into.notes.append(error.message)
        plugin.has_graphql = not site_addresses.is_page(response)
        return (yield from _one_by_one(plugin, group, into))
    plugin.failures = 0
    yield from _answered(plugin, group, answer, response, into)


def _request(plugin: GitHub, group: Sequence[Watched]) -> Request:
    body = graphql.question(group, teams=plugin.has_teams)
    return Request(plugin.graphql_url, "POST", body=body, weight=graphql.price(group))


def _try_again(plugin: GitHub) -> None:
    """GraphQL may only have been away for a while: after many looks without it one tries again."""
    if plugin.has_graphql:
        return
    plugin.looks_without += 1
    if plugin.looks_without > LOOKS_WITHOUT:
        plugin.has_graphql, plugin.looks_without = True, 0


def _smaller(plugin: GitHub, group: Sequence[Watched], into: Gathered) -> Asks[None]:
    """Half of it, twice; a single one by REST. If the host is down, the first of them says so.

    The next queries are as small at once, and grow slowly: GitHub charges extra points for those it could not answer.
    """
    if len(group) == 1:
        plugin.failures += 1
        plugin.has_graphql = plugin.failures < FAILURES  # one object may be too much for it, two in a row are not
        return (yield from _one_by_one(plugin, group, into))
    half = plugin.batch_size = (len(group) + 1) // 2
    yield from _some(plugin, group[:half], into)
    yield from _some(plugin, group[half:], into)


def _answered(plugin: GitHub, group: Sequence[Watched], answer: Any, response: Response, into: Gathered) -> Asks[None]:
    errors, data = items(maybe(answer, "errors")), maybe(answer, "data")
    if limits.is_scope(errors) and plugin.has_teams:
        plugin.has_teams = False
        return (yield from _some(plugin, group, into))
    if limits.is_foreign(errors):
        plugin.has_graphql = False
    elif not isinstance(data, dict) and limits.is_too_much(errors):
        return (yield from _smaller(plugin, group, into))
    if not isinstance(data, dict):
        return (yield from _one_by_one(plugin, group, into))
    troubles = limits.by_place(errors)
    plugin.batch_size = min(max(plugin.batch_size, len(group) + 1), graphql.SIZE)
    for place, (one, node) in enumerate(zip(group, graphql.nodes(data, group), strict=True)):
        yield from _taken(plugin, one, node, troubles.get(place, []), response, into)


def _taken(
    plugin: GitHub, one: Watched, node: Any, troubles: Sequence[tuple[bool, Any]], response: Response, into: Gathered
) -> Asks[None]:
    """One object of an answer: read, refused, or left to REST where the answer is not all there is."""
    if isinstance(node, dict) and troubles and limits.hides_checks(error for _, error in troubles):
        # REST would say the same, one request after the other: the rest of the object is there.
        plugin.reader.oddities.append(limits.sentence(troubles[0][1], response.url))
        node, troubles = {name: value for name, value in node.items() if name != "commits"}, ()
    refused = next((error for whole, error in troubles if whole and text(error, "type") != "NOT_FOUND"), None)
    if node is None and refused is not None:
        into.errors[str(one.ref)] = Denied(
            limits.sentence(refused, response.url), hint="the token lacks a permission, or needs single sign-on", whole=False
        )  # fmt: skip
    elif node is None and troubles and not one.native:
        into.errors[str(one.ref)] = rest.missing(one)
    elif not isinstance(node, dict) or troubles or text(node, "__typename") not in ("PullRequest", "Issue"):
        yield from _one_by_one(plugin, [one], into)
    else:
        yield from _noted(plugin, one, read(plugin, one, node, response), into)


def _one_by_one(plugin: GitHub, group: Sequence[Watched], into: Gathered) -> Asks[None]:
    for one in group:
        yield from _noted(plugin, one, rest.look(plugin, one), into)


def _noted(plugin: GitHub, one: Watched, asks: Asks[Snapshot | None], into: Gathered) -> Asks[None]:
    """Run one reading and keep what it brings, a refusal that is its own included."""
    ref = str(one.ref)
    try:
        found = yield from asks
        if found is None:
            found = yield from whole(plugin, one)
        into.snapshots[ref] = found
        into.failing = 0
    except Overloaded as error:
        into.errors[ref] = error
        into.failing += 1
        if into.failing >= SAME_TROUBLE:
            raise  # it is not these objects
    except (Gone, Broken) as error:
        into.errors[ref] = error
    except Denied as error:
        only_here(error)
        into.errors[ref] = error
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        into.errors[ref] = Broken(f"{plugin.settings.api_url} answered of `{ref}` what cannot be read ({type(error).__name__})")
    if told := plugin.reader.told():
        into.errors.setdefault(ref, Broken(told))
    into.notes += plugin.reader.remarks
    plugin.reader.remarks.clear()
