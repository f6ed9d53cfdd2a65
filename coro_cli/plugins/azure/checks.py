"""Checks of a pull request at Azure DevOps: statuses of it and of its head commit, and the build and status policies.

They count for the head: a status of an earlier iteration, and a policy that was settled before the last push, do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from coro_cli.domain.snapshot import Checks
from coro_cli.plugins.reading import moment, optional
from coro_cli.plugins.verdicts import FAILED, PASSED, PENDING, rollup
from coro_cli.plugins.wire import Asks, Request, items, maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.azure import Azure

Json = dict[str, Any]
Verdict = tuple[str, str, float | None]
# https://learn.microsoft.com/rest/api/azure/devops/policy/types/list
_POLICIES = {"0609b952-1397-4640-95ec-e00a01b2c241", "cbdc66da-9728-4af8-aada-9a5a32e4a226"}
_STATUSES = {"succeeded": PASSED, "failed": FAILED, "error": FAILED, "partiallysucceeded": FAILED}
_EVALUATIONS = {"approved": PASSED, "rejected": FAILED, "broken": FAILED}


def read(plugin: Azure, scope: str, number: str, head: str) -> Asks[Checks]:
    """All of them together: three or four requests."""
    repository, ask = plugin.places.repository(scope), plugin.places.ask
    here = f"{repository}/pullRequests/{number}"
    answer = yield ask(f"{here}/statuses")
    last = yield from _last(plugin, here, head)
    found = [*statuses(items(maybe(answer.json(), "value")), last)]
    if head:
        found += statuses((yield from _values(ask(f"{repository}/commits/{head}/statuses", ("latestOnly", "true")))), {})
    artifact = f"vstfs:///CodeReview/CodeReviewId/{plugin.projects.get(scope, '')}/{number}"
    path = f"{plugin.places.project(scope)}/_apis/policy/evaluations"
    asked = ask(path, ("artifactId", artifact), preview="-preview.1")
    found += policies((yield from _values(asked)), moment(last.get("createdDate")) or 0.0)
    return rollup(head, found)


def _last(plugin: Azure, here: str, head: str) -> Asks[Json]:
    """The last iteration: one request for each head."""
    if (here, head) not in plugin.iterations:
        values = yield from _values(plugin.places.ask(f"{here}/iterations"))
        found = max(values, key=lambda each: each.get("id") or 0, default={})
        if not head or text(found, "sourceRefCommit", "commitId") != head:
            return found  # one of the two answers lags behind: the next look asks again
        plugin.iterations[here, head] = found
    return plugin.iterations[here, head]


def statuses(values: list[Json], last: Json) -> Iterator[Verdict]:
    """Statuses of the last iteration. One that names none counts if it is as new as that."""
    since = moment(last.get("createdDate")) or 0.0
    for status in values:
        state, at = text(status, "state").lower(), moment(status.get("updatedDate")) or moment(status.get("creationDate"))
        iteration = status.get("iterationId")
        stale = iteration != last.get("id") if iteration and last else (at or 0.0) < since
        if state != "notapplicable" and not stale:
            name = "/".join(part for part in (text(status, "context", "genre"), text(status, "context", "name")) if part)
            yield name, _STATUSES.get(state, PENDING), at


def policies(values: list[Json], since: float) -> Iterator[Verdict]:
    """Build and status policies; those about reviewers are no checks."""
    for evaluation in values:
        rule, state = maybe(evaluation, "configuration"), text(evaluation, "status").lower()
        if text(rule, "type", "id").lower() not in _POLICIES or maybe(rule, "isEnabled") is False or state == "notapplicable":
            continue
        at = moment(evaluation.get("completedDate"))
        settled = at is not None and at >= since
        name = text(rule, "settings", "displayName") or f"{text(rule, 'type', 'displayName')} {maybe(rule, 'id')}"
        yield name, _EVALUATIONS.get(state, PENDING) if settled else PENDING, at


def _values(request: Request) -> Asks[list[Json]]:
    """The `value` of an answer; nothing where the token may not see that part."""
    answer = yield from optional(request)
    return items(maybe(answer.json(), "value")) if answer is not None else []
