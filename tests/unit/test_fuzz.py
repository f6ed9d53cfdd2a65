"""Every parser of bytes from outside says what is wrong in an error of ours, and says it soon, whatever the bytes are.

Here each gets a few dozen inputs, the same each time; `CORO_FUZZ=5000 pytest tests/unit/test_fuzz.py` goes on for longer,
and `python -m tests.fuzz` lets a fuzzer that watches the lines reached choose them.
"""

from __future__ import annotations

import copy
import json
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from coro_cli import config, errors
from coro_cli.domain import durations, parse_ref, ref
from coro_cli.drills.host.github import GitHubHost
from coro_cli.edge import frames
from coro_cli.errors import CoroError
from coro_cli.plugins import registry
from coro_cli.plugins.base import Settings, Watched
from coro_cli.plugins.protocol import GATHERED, Response, Together, in_turn
from coro_cli.system import paths, regex
from coro_cli.webhooks import endpoints
from coro_cli.webhooks.signature import Secret
from coro_cli.webhooks.verify import verify

KINDS = ("github", "gitlab", "gitea", "bitbucket", "bitbucket-dc", "azure", "jira", "linear", "redmine")
SOON = 2.0
LONGER = int(os.environ.get("CORO_FUZZ", "0"))
bounded = settings(max_examples=LONGER or 60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=not LONGER, database=None)
texts = st.text(max_size=200) | st.text(alphabet="0123456789:/#@.-+%dhmsTZ git()[]{}\\\"'=\n", max_size=60)
# What stands where something else was expected.
JUNK: tuple[Any, ...] = (
    None, True, -1, 2**70, 1.5, float("nan"), "", "\ud800", "\x00", "x" * 3000, [], [None], [[]], {}, {"id": None}, "2026-13-45T99:99:99Z",
)  # fmt: skip


def told(act: Callable[[], Any], *ours: type[Exception]) -> Any:
    """Its answer, or None after an error of ours; anything else fails the test, and so does taking long."""
    began = time.process_time()
    try:
        return act()
    except (CoroError, *ours):
        return None
    finally:
        assert time.process_time() - began < SOON


# ── what is typed


@bounded
@given(texts)
@example("https://github.com/acme/api/pull/" + "9" * 5000)
@example("https://[::1/pull/1")
def test_any_text_is_a_ref_or_an_error(text: str) -> None:
    sites = [parse_ref.Site(kind, kind, f"https://{kind}.example.org") for kind in KINDS]
    found = told(lambda: parse_ref.parse(text, sites))
    if found is not None:
        assert errors.show(str(found))


@bounded
@given(texts)
@example("9" * 400 + "d")
@example("0001-01-01T00:00:00+23:59")
def test_any_text_is_a_duration_and_an_instant_or_an_error(text: str) -> None:
    for read in (durations.parse_duration, lambda t: durations.parse_when(t, 1e9)):
        told(lambda read=read: read(text))
    told(lambda: durations.parse_time(text), ValueError)


@bounded
@given(st.binary(max_size=300) | texts.map(lambda t: f'[plugins.x]\nkind = "github"\n{t}'.encode("utf-8", "replace")))
@example(b'[plugins]\ngithub = 1\n')
@example(b"[" * 2000)
@example(b"x=" + b"[" * 5000)
@example(b'[[plugins.github]]\nkind="github"\n')
@example(b"interval = 1e999\n")
@example(b"interval = 1979-05-27\n")
def test_any_bytes_are_a_configuration_or_an_error(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    home = tmp_path_factory.mktemp("home")
    (home / "config.toml").write_bytes(data)
    told(lambda: config.load(paths.find(str(home)), {}))


@bounded
@given(st.text(alphabet="ab(|)*+?{}[]^$\\1234567890,.:=!<>P", max_size=60))
def test_any_text_is_a_pattern_or_an_error_and_what_is_called_quick_is_quick(text: str) -> None:
    if told(lambda: regex.check(text)) is not None and regex.quick(text):
        for hostile in ("a" * 8192, "ab" * 4096, "a" * 8191 + "!"):
            told(lambda hostile=hostile: regex.plain_search(text, hostile))


# ── what hosts and strangers send


def mutated(document: Any, choose: Callable[[int], int]) -> Any:
    """The document with one value, somewhere in it, dropped or replaced by junk."""
    spoiled = copy.deepcopy(document)
    places = list(_places(spoiled))
    if not places:
        return JUNK[choose(len(JUNK))]
    holder, key = places[choose(len(places))]
    what = choose(len(JUNK) + 1)
    if what == len(JUNK):
        del holder[key]
    else:
        holder[key] = JUNK[what]
    return spoiled


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _places(value[key])


def plugin(kind: str) -> Any:
    """A plugin that has not asked anything yet."""
    return registry.make(Settings(kind, kind, "http://127.0.0.1:1", f"https://{kind}.example.org", "t", options={}))


def payload() -> dict[str, Any]:
    """The delivery of a review, as GitHub would send it."""
    host = GitHubHost()
    pull = host.pull("acme/api", 42)
    review = pull.approve("alice")
    found: dict[str, Any] = host.payload("pull_request_review", "submitted", pull, sender="alice", review=review)
    return json.loads(json.dumps(found))


PAYLOAD = payload()
SHAPES: list[Any] = [
    PAYLOAD,
    {"object_kind": "merge_request", "user": {"id": 1, "username": "a"}, "project": {"id": 1, "path_with_namespace": "a/b"},
     "object_attributes": {"iid": 1, "action": "approved", "id": 2, "updated_at": "2026-01-01 00:00:00 UTC", "state": "opened"},
     "merge_request": {"iid": 1}},
    {"action": "reviewed", "number": 1, "pull_request": {"id": 1, "number": 1, "user": {"login": "a"}}, "review": {"type": "x"},
     "repository": {"id": 1, "full_name": "a/b"}, "sender": {"login": "a"}},
    {"pullrequest": {"id": 1, "title": "t"}, "repository": {"full_name": "a/b", "uuid": "{1}"}, "actor": {"uuid": "{2}"}},
    {"eventKey": "pr:merged", "pullRequest": {"id": 1, "toRef": {"repository": {"slug": "b", "project": {"key": "A"}}}}},
    {"eventType": "git.pullrequest.updated", "resource": {"pullRequestId": 1, "repository": {"name": "r", "project": {"name": "p"}}}},
    {"webhookEvent": "jira:issue_updated", "issue": {"id": "1", "key": "A-1", "fields": {"project": {"key": "A"}}}, "comment": {}},
    {"type": "Issue", "action": "update", "data": {"id": "u", "identifier": "A-1", "team": {"key": "A"}}, "url": "https://x/y"},
    {"payload": {"action": "updated", "issue": {"id": 1, "project": {"id": 1, "identifier": "p"}}, "journal": {"id": 1}}},
]  # fmt: skip
HEADERS = (
    {"x-github-event": "pull_request_review", "x-github-delivery": "1"}, {"x-gitlab-event": "Merge Request Hook"}, {},
    {"x-gitea-event": "pull_request_approved"}, {"x-event-key": "pullrequest:approved"}, {"x-event-key": "pr:merged"},
    {"linear-delivery": "1"}, {"content-type": "application/x-www-form-urlencoded"},
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@bounded
@given(data=st.data())
def test_any_delivery_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    read = plugin(kind).read_delivery

    def choose(n: int) -> int:
        return data.draw(st.integers(0, n - 1))

    document = SHAPES[choose(len(SHAPES))]
    for _ in range(choose(3)):
        document = mutated(document, choose)
    body = json.dumps(document).encode() if choose(8) else data.draw(st.binary(max_size=100))
    told(lambda: read(HEADERS[choose(len(HEADERS))], body))


BODIES = (b"", b"null", b"[" * 100_000, b'{"a":' * 50_000, b'"' + b"\xff" * 9, b"{}", b"[]", b"1e999", b"9" * 5000)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_deep_long_and_broken_bodies_are_refused(kind: str, body: bytes) -> None:
    for headers in HEADERS:
        told(lambda headers=headers: plugin(kind).read_delivery(headers, body))


def drive(asks: Any, answer: Callable[[Any], Response]) -> Any:
    """Run a plugin's question against made-up answers, at most forty of them."""
    try:
        request = next(asks)
        for _ in range(40):
            if not isinstance(request, Together):
                request = asks.send(answer(request))
            elif drive(in_turn(request), answer) is None:
                return None
            else:
                request = asks.send(GATHERED)
    except StopIteration as stop:
        return stop.value
    return None


def documents(value: Any) -> st.SearchStrategy[Any]:
    """JSON that has the words which the host's real answers have, with any values below them."""
    words = st.sampled_from(sorted({key for holder, key in _places(value) if isinstance(key, str)}))
    leaves = st.sampled_from(JUNK) | st.sampled_from(["2026-01-01T00:00:00Z", "open", "APPROVED", "acme/api", 1, 42])
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=8), max_leaves=25)


# Words of the answers' outer layers, which deliveries do not have.
OUTER = (
    "data viewer nodes pageInfo values value items issues results errors isLast next hasNextPage endCursor size start nextPageStart "
    "isLastPage fields changelog histories comments total history r0 a0 rateLimit count updated_on state author login username"
)
ANSWERS = documents([*SHAPES, dict.fromkeys(OUTER.split(), 1)])


@pytest.mark.parametrize("kind", KINDS)
@bounded
@given(data=st.data())
def test_any_answer_of_an_api_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    scope = {"azure": "acme/Web Shop/api", "jira": "A", "linear": "A", "redmine": "A"}.get(kind, "acme/api")
    one = Watched(ref.Ref(kind, scope, "42"))

    def answer(request: Any) -> Response:
        body = data.draw(ANSWERS)
        status = data.draw(st.sampled_from([200, 200, 200, 304]))
        return Response("http://127.0.0.1:1/x", status, {}, json.dumps(body).encode(), 1e9)

    asked = plugin(kind)
    questions = (asked.whoami, lambda: asked.find(one), lambda: asked.look([one]), lambda: asked.changes(one.place, [one], None))
    for question in questions:
        told(lambda question=question: drive(question(), answer))


SIGNED = ("sha256=", "sha1=" + "0" * 40, "v1," * 50, "t=1,v1=" + "0" * 64, "sha256=" + "é" * 64, "sha256=" + "0" * 64)
NAMES = (
    "X-Hub-Signature-256", "X-Hub-Signature", "X-Gitea-Signature", "X-Gitlab-Token", "Linear-Signature", "Webhook-Signature",
    "Webhook-Timestamp", "Webhook-Id", "Authorization", "X-Gogs-Signature",
)  # fmt: skip


@bounded
@given(st.text(max_size=120) | st.sampled_from(SIGNED), st.binary(max_size=50))
def test_any_signature_is_refused_and_nothing_else_happens(value: str, body: bytes) -> None:
    headers = [(name, value) for name in NAMES]
    for kind in KINDS:
        verdict = told(lambda kind=kind: verify(endpoints.of(kind), [Secret("default", b"s" * 40)], headers, body, now=0.0))
        assert verdict is None or not verdict.valid


@bounded
@given(data=st.data())
def test_any_frame_is_read_or_refused(data: st.DataObject) -> None:
    whole = {"type": "event:pluginWebhook", "pluginId": "github", "headers": {"a": "b"}, "rawBodyBase64": "e30=", "deliveryId": "1",
             "runnerId": "r", "hostname": "h", "capabilities": {"refs": ["a"], "plugins": []}}  # fmt: skip

    def choose(n: int) -> int:
        return data.draw(st.integers(0, n - 1))

    text = json.dumps(mutated(whole, choose)) if choose(4) else data.draw(st.text(max_size=80))
    frame = told(lambda: frames.parse(text), frames.BadFrame)
    if frame is not None:
        told(lambda: frames.registered(frame), frames.BadFrame)
        told(lambda: frames.read_webhook(frame), frames.BadFrame)


def test_deep_frames_are_refused() -> None:
    for text in ("[" * 100_000, '{"type":' * 50_000, ""):
        with pytest.raises(frames.BadFrame):
            frames.parse(text)
