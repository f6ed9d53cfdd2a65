"""What a request is answered, without any server."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from coro_cli.errors import UsageError
from coro_cli.plugins.base import Descriptor
from coro_cli.webhooks import endpoints, policy, saved_request
from coro_cli.webhooks.policy import Answer, Rates, Route, Taken
from coro_cli.webhooks.saved_request import BadRequest
from coro_cli.webhooks.signature import Secret

SECRET = Secret("default", b"s" * 20)
BODY = b'{"zen": "x"}'
SIGNED = [("X-Hub-Signature-256", "sha256=" + hmac.new(SECRET.value, BODY, "sha256").hexdigest())]
GITHUB = endpoints.of("github")


def judged(headers: list[tuple[str, str]], route: Route | None = None, descriptor: Descriptor = GITHUB) -> Taken | Answer:
    return policy.judge(route or Route("github"), descriptor, [SECRET], headers, BODY, now=10.0)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/", 404), ("POST", "/webhook", 404), ("POST", "/webhook/", 404), ("POST", "/webhook/github/a/b", 404),
        ("POST", "//webhook/github", 404), ("POST", "/Webhook/github", 404), ("POST", "/webhook/github?x=1", 0),
        ("GET", "/webhook/github", 405), ("PUT", "/webhook/github", 405), ("HEAD", "/webhook/github", 405),
        ("GET", "/webhook/../etc/passwd", 404), ("POST", "/webhook/%67ithub", 0), ("POST", "http://x/webhook/github", 404),
    ],
)  # fmt: skip
def test_only_a_post_to_a_plugins_address_is_routed(method: str, path: str, status: int) -> None:
    found = policy.route(method, path.partition("?")[0])
    assert (found.status if isinstance(found, Answer) else 0) == status


def test_nothing_in_an_address_is_decoded() -> None:
    assert policy.route("POST", "/webhook/%67ithub") == Route("%67ithub")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 0), ("application/json; charset=utf-8", 0), ("APPLICATION/JSON", 0), ("application/vnd.x+json", 0),
        ("application/x-www-form-urlencoded", 0), ("", 0), ("text/html", 415), ("text/plain", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/xml", 415), ("json", 415), ("image/png+json", 415),
    ],
)  # fmt: skip
def test_only_json_and_forms_are_taken(kind: str, status: int) -> None:
    found = policy.admissible([("Content-Type", kind)] if kind else [], 10)
    assert (found.status if found else 0) == status


def test_a_compressed_body_is_refused() -> None:
    found = policy.admissible([("Content-Encoding", "gzip")], 10)
    assert found is not None
    assert found.status == 415


def test_a_body_of_exactly_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    assert policy.admissible([], policy.LARGEST) is None
    found = policy.admissible([], policy.LARGEST + 1)
    assert found is not None
    assert found.status == 413


def test_a_verified_delivery_is_kept_without_its_credentials() -> None:
    headers = [
        *SIGNED, ("X-GitHub-Delivery", "abc"), ("X-GitHub-Event", "ping"), ("Authorization", "Bearer hunter2"), ("Cookie", "hunter2"),
        ("X-Gitlab-Token", "hunter2"), ("Proxy-Authorization", "hunter2"), ("X-Api-Key", "hunter2"),
        ("X-Password", "hunter2"), ("X-Coro-Stale", "yes"), ("Content-Type", "application/json"),
        ("X-GitHub-Long", "x" * 5000),
    ]  # fmt: skip
    found = judged(headers)
    assert isinstance(found, Taken)
    assert (found.delivery, found.event, found.secret) == ("abc", "ping", "default")
    assert found.digest == hashlib.sha256(BODY).hexdigest()
    assert "hunter2" not in json.dumps(found.headers)
    assert [name for name, _ in found.headers] == ["x-github-delivery", "x-github-event", "content-type", "x-github-long"]
    assert max(len(value) for _, value in found.headers) == 1000


@pytest.mark.parametrize("value", ["", "x" * 201, "a\x1bb", "ü"])
def test_a_delivery_without_a_believable_id_goes_by_its_digest(value: str) -> None:
    found = judged([*SIGNED, ("X-GitHub-Delivery", value)])
    assert isinstance(found, Taken)
    assert found.delivery == found.digest


def test_two_ids_are_none() -> None:
    found = judged([*SIGNED, ("X-GitHub-Delivery", "a"), ("X-GitHub-Delivery", "b")])
    assert isinstance(found, Taken)
    assert found.delivery == found.digest


def test_a_bad_signature_is_401_with_its_reason_and_without_advice_for_strangers() -> None:
    found = judged([("X-Hub-Signature-256", "sha256=" + "0" * 64)])
    assert isinstance(found, Answer)
    assert found.status == 401
    error = found.document["error"]
    assert (error["code"], error["reason"]) == ("unauthorized", "mismatch")
    assert "advice" not in json.dumps(found.document)


def test_something_after_the_name_of_a_signing_plugin_is_404_unless_it_is_its_suffix() -> None:
    with_suffix = Descriptor("hmac-sha256", "X-Hub-Signature-256", "sha256=<hex>", path_suffix="/hooks")
    assert isinstance(judged(SIGNED, Route("github", "hooks"), descriptor=with_suffix), Taken)
    for rest in ("other", "hooks2"):
        found = judged(SIGNED, Route("github", rest), descriptor=with_suffix)
        assert isinstance(found, Answer)
        assert found.status == 404


def test_a_wrong_token_in_an_address_looks_like_any_unknown_address() -> None:
    unsigned = Descriptor("none")
    for rest in ("", "guess", "s" * 20):
        found = judged([], Route("azure", rest), descriptor=unsigned)
        assert isinstance(found, Answer)
        assert (found.status, found.document) == (404, policy.unknown().document)


def test_an_authentic_but_late_linear_delivery_is_taken_to_look_again() -> None:
    linear, body = endpoints.of("linear"), b'{"webhookTimestamp": 1000}'
    headers = [("Linear-Signature", hmac.new(SECRET.value, body, "sha256").hexdigest())]
    found = policy.judge(Route("linear"), linear, [SECRET], headers, body, now=1000.0)
    assert isinstance(found, Taken)
    assert (policy.STALE, "yes") in found.headers


def test_a_late_standard_webhook_is_refused() -> None:
    from coro_cli.webhooks.verify import sign

    gitlab, secret = endpoints.of("gitlab"), Secret("s", b"whsec_" + b"a" * 32)
    headers = sign(gitlab, secret, BODY, now=1000)
    found = policy.judge(Route("gitlab"), gitlab, [secret], headers, BODY, now=2000)
    assert isinstance(found, Answer)
    assert (found.status, found.reason) == (401, "stale")


def test_the_bucket_of_one_address_is_not_another_ones() -> None:
    rates = Rates(rate=1.0, burst=2.0)
    assert [rates.allow("a", 0.0) for _ in range(3)] == [True, True, False]
    assert rates.allow("b", 0.0)
    assert rates.allow("a", 1.0)
    assert not rates.allow("a", 1.0)


# ── whole requests in files

RAW = b"POST /webhook/github?x=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\nX-A: 1\r\nX-A: 2\r\n\r\n" + BODY


def test_a_raw_request_keeps_repeated_fields_and_the_bodys_bytes() -> None:
    head, body = saved_request.whole(RAW + b"\n")
    assert (head.path, body) == ("/webhook/github", BODY)
    assert [value for name, value in head.fields if name == "X-A"] == ["1", "2"]


def test_line_ends_of_an_editor_are_taken() -> None:
    assert saved_request.whole(RAW.replace(b"\r\n", b"\n"))[1] == BODY


def test_chunks_are_put_together() -> None:
    raw = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\n{\"zen\r\n7\r\n\": \"x\"}\r\n0\r\n\r\n"
    assert saved_request.whole(raw)[1] == BODY


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"POST / HTTP/1.1\r\n", b"{}\r\n\r\n", b"POST / HTTP/9\r\n\r\n", b"post / HTTP/1.1\r\n\r\n", b"POST /a b HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nno colon\r\n\r\n", b"POST / HTTP/1.1\r\n folded: x\r\n\r\n", b"POST / HTTP/1.1\r\nA : b\r\n\r\n",
        b"POST / HTTP/1.1\r\n: b\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\na",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"POST / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nabc",
    ],
)  # fmt: skip
def test_what_is_no_request_is_told(raw: bytes) -> None:
    with pytest.raises(UsageError):
        saved_request.whole(raw)


def test_lengths_that_could_be_read_in_two_ways_are_refused() -> None:
    for fields in ((("Content-Length", "+5"),), (("Content-Length", "٥"),), (("Content-Length", "5"), ("content-length", "6"))):
        with pytest.raises(BadRequest):
            saved_request.length(fields)
    assert saved_request.length((("Content-Length", "5"), ("content-length", "5"))) == 5


def test_a_request_that_was_frames_on_the_wire_is_read_as_it_was_written_down() -> None:
    for version in (b"HTTP/2", b"HTTP/2.0", b"HTTP/3"):
        raw = b"POST /webhook/github " + version + b"\nx-hub-signature-256: sha256=00\ncontent-length: 2\n\n{}\n"
        head, body = saved_request.whole(raw)
        assert (head.path, head.fields[0][0], body) == ("/webhook/github", "x-hub-signature-256", b"{}")
    with pytest.raises(BadRequest):
        saved_request.head(b"POST /webhook/github HTTP/2")


def test_chunks_are_put_together_also_where_line_ends_became_lf() -> None:
    raw = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n3;x=y\r\n:1}\r\n0\r\n\r\n"
    for saved in (raw, raw.replace(b"\r\n", b"\n")):
        assert saved_request.whole(saved)[1] == b'{"a":1}'


def test_the_path_of_a_request_to_a_proxy_is_its_path() -> None:
    for target, path in (
        ("https://hooks.example/webhook/azure/T?x=1", "/webhook/azure/T"), ("HTTP://h:1/webhook/a", "/webhook/a"),
        ("//webhook/a", "//webhook/a"), ("http://h", ""), ("*", "*"), ("h:443", "h:443"),
    ):  # fmt: skip
        assert saved_request.head(f"POST {target} HTTP/1.1".encode()).path == path
