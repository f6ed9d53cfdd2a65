"""What happened to a body or a secret on its way is named where it can be told."""

from __future__ import annotations

import hmac
import json
from urllib.parse import quote_plus

import pytest

from coro_cli.webhooks import diagnose, endpoints
from coro_cli.webhooks.signature import Secret
from coro_cli.webhooks.verify import verify

SECRET = b"It's a Secret to Everybody"
VALUE = {"action": "opened", "number": 7, "title": "Größe", "list": [1, 2], "nested": {"a": None}}
COMPACT = json.dumps(VALUE, separators=(",", ":"), ensure_ascii=False).encode()
DESCRIPTOR = endpoints.of("github")


def advised(signed: bytes, received: bytes, secret: bytes = SECRET, ours: bytes = SECRET, name: str = "X-Hub-Signature-256") -> str:
    headers = [(name, "sha256=" + hmac.new(secret, signed, "sha256").hexdigest())]
    secrets = [Secret("s", ours)]
    verdict = verify(DESCRIPTOR, secrets, headers, received, now=0)
    assert not verdict.valid
    return diagnose.explained(verdict, DESCRIPTOR, secrets, headers, received, now=0).advice


@pytest.mark.parametrize(
    ("signed", "received", "said"),
    [
        (COMPACT, COMPACT + b"\n", "a line end was added"),
        (COMPACT + b"\n", COMPACT, "last line end was cut off"),
        (COMPACT + b"\r\n", COMPACT, "last line end was cut off"),
        (COMPACT, b"  " + COMPACT + b" ", "white space was added"),
        (b"{\n}\n", b"{\r\n}\r\n", "became CRLF"),
        (b"{\r\n}\r\n", b"{\n}\n", "became LF"),
        (COMPACT, b"\xef\xbb\xbf" + COMPACT, "byte order mark"),
        (COMPACT, COMPACT.decode().encode("latin-1"), "encoded anew"),
        (COMPACT, json.dumps(VALUE).encode(), "re-serialised"),
        (COMPACT, json.dumps(VALUE, indent=2).encode(), "re-serialised"),
        (json.dumps(VALUE, indent=4, ensure_ascii=False).encode(), COMPACT, "re-serialised"),
        (COMPACT, json.dumps(VALUE, sort_keys=True).encode(), "re-serialised"),
        (b'{"b":"a & b <c>","a":1}'.replace(b"&", b"\\u0026").replace(b"<", b"\\u003c").replace(b">", b"\\u003e"),
         b'{"b": "a & b <c>", "a": 1}', "re-serialised"),
        (COMPACT, b"payload=" + quote_plus(COMPACT).encode(), "JSON inside the form"),
        (b"payload=" + quote_plus(COMPACT).encode(), COMPACT, "as a form"),
    ],
)  # fmt: skip
def test_what_changed_the_body_is_named(signed: bytes, received: bytes, said: str) -> None:
    assert said in advised(signed, received)


@pytest.mark.parametrize(
    ("theirs", "ours", "said"),
    [
        (SECRET, SECRET + b"\n", "white space around it"), (SECRET + b"\n", SECRET, "ends with a line end"),
        (SECRET.replace(b"'", b""), b'"' + SECRET.replace(b"'", b"") + b'"', "in quotes"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_secret_is_named(theirs: bytes, ours: bytes, said: str) -> None:
    assert said in advised(COMPACT, COMPACT, secret=theirs, ours=ours)


def test_a_changed_body_has_a_reason_of_its_own() -> None:
    headers = [("X-Hub-Signature-256", "sha256=" + hmac.new(SECRET, COMPACT, "sha256").hexdigest())]
    for body, reason in ((COMPACT + b"\n", "changed-body"), (b"{}", "mismatch")):
        refused = verify(DESCRIPTOR, [Secret("s", SECRET)], headers, body, now=0)
        found = diagnose.explained(refused, DESCRIPTOR, [Secret("s", SECRET)], headers, body, now=0)
        assert (refused.reason, found.reason, found.valid) == ("mismatch", reason, False)


def test_where_nothing_can_be_told_the_likely_is_said() -> None:
    assert "re-serialised" in advised(b"{}", COMPACT)
    assert "compare the secret" in advised(COMPACT, COMPACT, secret=b"another one")
    assert "no JSON" in advised(COMPACT, b"<html>")


def test_a_delivery_of_another_host_is_recognised_by_its_header() -> None:
    assert "gitea" in advised(COMPACT, COMPACT, name="X-Gitea-Signature")


@pytest.mark.parametrize("body", [b"", b"[" * 100_000, b"\xff" * 100, b"payload=" + b"&" * 1000, b"1e999", b'{"a":1e999}'])
def test_no_body_breaks_the_search(body: bytes) -> None:
    assert advised(b"something else", body)
