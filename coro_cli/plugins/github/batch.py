"""Looking at many objects by GraphQL: one query for up to 25, halved where that is too much, REST where it is not to be had.

A refusal for one of them is no refusal for the others. A limit or a dead host ends the look: what was read is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coro_cli.domain.snapshot import Snapshot
from coro_cli.errors import CoroError
from coro_cli.plugins import roots
from coro_cli.plugins.base import Look, Watched
from coro_cli.plugins.github import graphql, nodes, refusals, rest
from coro_cli.plugins.wire import Asks, Broken, Denied, Gone, Overloaded, Request, Response, items, maybe, only_here, text

if TYPE_CHECKING:
    from coro_cli.plugins.github import GitHub

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
        plugin.has_graphql = not roots.is_page(response)
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
    if refusals.is_scope(errors) and plugin.has_teams:
        plugin.has_teams = False
        return (yield from _some(plugin, group, into))
    if refusals.is_foreign(errors):
        plugin.has_graphql = False
    elif not isinstance(data, dict) and refusals.is_too_much(errors):
        return (yield from _smaller(plugin, group, into))
    if not isinstance(data, dict):
        return (yield from _one_by_one(plugin, group, into))
    troubles = refusals.by_place(errors)
    plugin.batch_size = min(max(plugin.batch_size, len(group) + 1), graphql.SIZE)
    for place, (one, node) in enumerate(zip(group, graphql.nodes(data, group), strict=True)):
        yield from _taken(plugin, one, node, troubles.get(place, []), response, into)


def _taken(
    plugin: GitHub, one: Watched, node: Any, troubles: Sequence[tuple[bool, Any]], response: Response, into: Gathered
) -> Asks[None]:
    """One object of an answer: read, refused, or left to REST where the answer is not all there is."""
    if isinstance(node, dict) and troubles and refusals.hides_checks(error for _, error in troubles):
        # REST would say the same, one request after the other: the rest of the object is there.
        plugin.reader.oddities.append(refusals.sentence(troubles[0][1], response.url))
        node, troubles = {name: value for name, value in node.items() if name != "commits"}, ()
    refused = next((error for whole, error in troubles if whole and text(error, "type") != "NOT_FOUND"), None)
    if node is None and refused is not None:
        into.errors[str(one.ref)] = Denied(
            refusals.sentence(refused, response.url), hint="the token lacks a permission, or needs single sign-on", whole=False
        )  # fmt: skip
    elif node is None and troubles and not one.native:
        into.errors[str(one.ref)] = rest.missing(one)
    elif not isinstance(node, dict) or troubles or text(node, "__typename") not in ("PullRequest", "Issue"):
        yield from _one_by_one(plugin, [one], into)
    else:
        yield from _noted(plugin, one, nodes.read(plugin, one, node, response), into)


def _one_by_one(plugin: GitHub, group: Sequence[Watched], into: Gathered) -> Asks[None]:
    for one in group:
        yield from _noted(plugin, one, rest.look(plugin, one), into)


def _noted(plugin: GitHub, one: Watched, asks: Asks[Snapshot | None], into: Gathered) -> Asks[None]:
    """Run one reading and keep what it brings, a refusal that is its own included."""
    ref = str(one.ref)
    try:
        found = yield from asks
        if found is None:
            found = yield from nodes.whole(plugin, one)
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

