"""Real answers with a thing in them replaced by nonsense, many times over: nothing but a plugin's error comes of it."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from coro_cli.domain import diff
from coro_cli.domain.ref import Ref
from coro_cli.drills.host.github import GitHubHost
from coro_cli.errors import CoroError
from coro_cli.plugins.base import Look, Settings, Watched
from coro_cli.plugins.client import Client
from coro_cli.plugins.github import GitHub
from coro_cli.plugins.protocol import Request, Response, parsed

NONSENSE: tuple[Any, ...] = (
    None, True, 0, -1, 2**70, 1e300, "", "text", "2026-01-01T00:00:00Z", "9999-99-99", [], [None], [1], {}, {"nodes": 5}, "\ud800", "\x00",
)  # fmt: skip
ROUNDS = 120


class Spoiling(Client):
    """Remembers the first good answers by URL and body, and from then on gives them with one place spoilt."""

    known: dict[str, Response]
    dice: random.Random | None

    def send(self, request: Request) -> Response:
        key = f"{request.path}{sorted(request.query)}{json.dumps(request.body)}"
        if key not in self.known:
            self.known[key] = super().send(request)
        kept = self.known[key]
        if self.dice is None:
            return kept
        spoilt = copy.deepcopy(json.loads(kept.body)) if kept.body else None
        holder, place = self.dice.choice(list(_places(spoilt))) if spoilt else (None, None)
        if holder is not None:
            holder[place] = self.dice.choice(NONSENSE)
        return Response(kept.url, kept.status, {}, json.dumps(spoilt).encode(), kept.date)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) in it."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _places(value[key])


@pytest.mark.parametrize("graphql", [True, False], ids=["graphql", "rest"])
@pytest.mark.parametrize("number", [1, 2], ids=["pull request", "issue"])
def test_nonsense_anywhere_in_an_answer_is_an_error_or_a_snapshot_never_a_crash(graphql: bool, number: int, host: GitHubHost) -> None:
    pull = host.pull("acme/api", 1)
    pull.dismiss(pull.approve("alice", body="ok"))
    pull.resolve(pull.inline("bob"), "dev")
    pull.request_team("core")
    pull.check("build", "success")
    pull.status("ci", "failure")
    issue = host.issue("acme/api", 2)
    for thing in (pull, issue):
        thing.comment("eve")
        thing.label("x")
        thing.assign("bob")
        thing.close()
    issue.parent(host.issue("acme/api", 3))
    issue.mention_from(pull)
    plugin = GitHub(Settings("github", "github", host.url, "https://github.com", host.token))
    client = Spoiling(plugin)
    client.known, client.dice = {}, None
    family = "pull_request" if number == 1 else "issue"
    watched = Watched(Ref("github", "acme/api", str(number)), native=(pull, issue)[number - 1].node_id, family=family, checks=True)
    good = _look(client, plugin, graphql, watched)
    assert isinstance(good, Look) and good.snapshots
    read = 0
    for seed in range(ROUNDS):
        client.dice = random.Random(seed)
        found = _look(client, plugin, graphql, watched)
        for snapshot in found.snapshots.values() if isinstance(found, Look) else ():
            list(diff.found(None, snapshot, "github:acme/api#1", since=0.0))
            read += 1
    client.close()
    assert read > ROUNDS / 10


def _look(client: Client, plugin: GitHub, graphql: bool, watched: Watched) -> Look | CoroError:
    plugin.has_graphql = graphql
    try:
        found: Look = client.drive(plugin.look([watched]))
    except CoroError as error:
        return error
    return found


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (rb'{"a": "\ud83d x"}', {"a": "? x"}), (rb'{"a\uDFFF": [1, "\udc00"]}', {"a?": [1, "?"]}),
        (rb'{"a": "\ud83d\ude00"}', {"a": "\U0001f600"}), (b'{"a": "\xed\xa0\xbd"}', {"a": "?"}),
        (rb'{"a": "\\ud83d"}', {"a": r"\ud83d"}), (b"[NaN, 1e400, 12345678901234567890]", None), ("\ufeff[1]".encode(), None),
    ],
)  # fmt: skip
def test_half_a_pair_becomes_a_question_mark_and_nothing_else_changes(body: bytes, expected: object) -> None:
    try:
        found = json.dumps(parsed(body))
    except ValueError:
        found = "refused"
    try:
        plain = json.dumps(json.loads(body))
    except ValueError:
        plain = "refused"
    assert found == (plain if expected is None else json.dumps(expected))
