"""The vectors that hosts and specifications publish, and what a valid delivery may look like besides."""

from __future__ import annotations

import pytest

from coro_cli.plugins.base import Descriptor
from coro_cli.webhooks import endpoints
from coro_cli.webhooks.signature import Secret, Verdict
from coro_cli.webhooks.verify import sign, verify

SHARED = b"It's a Secret to Everybody"
STANDARD = b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
STANDARD_HEADERS = [
    ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"), ("webhook-timestamp", "1614265330"),
    ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
]  # fmt: skip
SHA1 = Descriptor("hmac-sha1", "X-Hub-Signature", "sha1=<hex>")


def check(kind: str, secret: bytes, headers: list[tuple[str, str]], body: bytes, now: float = 0.0) -> Verdict:
    return verify(endpoints.of(kind), [Secret("theirs", secret)], headers, body, now=now)


# Where each comes from: GitHub's page on validating deliveries; Atlassian's page on securing webhooks (Bitbucket and
# Jira share it; Redmine's own test has GitHub's); the Standard Webhooks specification; the rest is computed by hand.
HELLO = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
HELLO_WORLD = "a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
VECTORS = [
    ("github", SHARED, "X-Hub-Signature-256", f"sha256={HELLO}", b"Hello, World!"),
    ("redmine", SHARED, "X-Redmine-Signature-256", f"sha256={HELLO}", b"Hello, World!"),
    ("bitbucket", SHARED, "X-Hub-Signature", f"sha256={HELLO_WORLD}", b"Hello World!"),
    ("bitbucket-dc", SHARED, "X-Hub-Signature", f"sha256={HELLO_WORLD}", b"Hello World!"),
    ("jira", SHARED, "X-Hub-Signature", f"sha256={HELLO_WORLD}", b"Hello World!"),
    ("gitea", SHARED, "X-Gitea-Signature", HELLO, b"Hello, World!"),
    ("gitea", SHARED, "X-Hub-Signature-256", f"sha256={HELLO}", b"Hello, World!"),
    ("gitlab", b"a plain token", "X-Gitlab-Token", "a plain token", b"{}"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "secret", "header", "value", "body"), VECTORS)
def test_published_vectors_are_valid(kind: str, secret: bytes, header: str, value: str, body: bytes) -> None:
    found = check(kind, secret, [(header, value)], body)
    assert (found.valid, found.secret, found.reason) == (True, "theirs", "")


def test_the_standard_webhooks_vector_is_valid() -> None:
    found = check("gitlab", STANDARD, STANDARD_HEADERS, b'{"test": 2432232314}', now=1614265330)
    assert (found.valid, found.delivery) == (True, "msg_p5jXN8AQM9LWM0D4loKWxJek")


def test_gitlabs_signing_token_is_the_standard_scheme() -> None:
    headers = [
        ("webhook-id", "f5e5f430-f57b-4e6e-9fac-d9128cd7232f"), ("webhook-timestamp", "1700000000"),
        ("webhook-signature", "v1,XXNLspB9r8Thn/Tw1Ecgk0pnGxp9BM+3QjUYVpj6Tc0="),
    ]  # fmt: skip
    token = b"whsec_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q="
    assert check("gitlab", token, headers, b'{"object_kind":"merge_request"}', now=1700000000).valid


def test_linears_signature_holds_within_a_minute_of_its_signed_time() -> None:
    headers = [("Linear-Signature", "d4e8d66c885c7f3a64005a4b0cfc4246ce759180e080575e70eaca9c0ccab622")]
    body = b'{"action":"update","type":"Issue","webhookTimestamp":1700000000000}'
    for now in (1700000000 - 60, 1700000000, 1700000000 + 60):
        assert check("linear", b"SECRET", headers, body, now=now).valid


def test_sha1_is_taken_where_it_is_what_a_kind_declares() -> None:
    headers = [("X-Hub-Signature", "sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59")]
    assert verify(SHA1, [Secret("s", SHARED)], headers, b"Hello, World!", now=0).valid


def test_names_of_headers_are_told_in_any_case() -> None:
    kind, secret, header, value, body = VECTORS[0]
    for name in (header.lower(), header.upper(), header.swapcase()):
        assert check(kind, secret, [(name, value)], body).valid


def test_white_space_around_a_value_is_not_part_of_it() -> None:
    kind, secret, header, value, body = VECTORS[0]
    assert check(kind, secret, [(header, f" \t{value} ")], body).valid


def test_hex_in_capitals_is_the_same_number() -> None:
    kind, secret, header, value, body = VECTORS[0]
    assert check(kind, secret, [(header, "sha256=" + value[7:].upper())], body).valid


@pytest.mark.parametrize(
    "signature",
    [
        "v2,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        "v1,ceIR23XGaVFHbGvYLKTL5QxSjfpLcFU+i4dCEfMeDbk= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        "v1a,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE",
    ],
)
def test_any_good_entry_of_a_list_of_signatures_counts(signature: str) -> None:
    headers = [*STANDARD_HEADERS[:2], ("webhook-signature", signature)]
    assert check("gitlab", STANDARD, headers, b'{"test": 2432232314}', now=1614265330).valid


def test_a_standard_secret_may_lack_its_prefix_where_the_kind_has_no_token() -> None:
    alone = Descriptor("hmac-sha256", "webhook-signature", "v1,<base64>", window=300)
    secret = Secret("s", STANDARD.removeprefix(b"whsec_"))
    assert verify(alone, [secret], STANDARD_HEADERS, b'{"test": 2432232314}', now=1614265330).valid


def test_the_secret_that_fits_is_named_whichever_it_is() -> None:
    kind, secret, header, value, body = VECTORS[0]
    three = [Secret("new", b"x" * 20), Secret("middle", secret), Secret("old", b"y" * 20)]
    assert verify(endpoints.of(kind), three, [(header, value)], body, now=0).secret == "middle"


def test_an_empty_secret_beside_a_good_one_is_passed_over() -> None:
    kind, secret, header, value, body = VECTORS[0]
    found = verify(endpoints.of(kind), [Secret("empty", b""), Secret("good", secret)], [(header, value)], body, now=0)
    assert (found.valid, found.secret) == (True, "good")


def test_the_first_scheme_decides_when_gitea_sends_all_of_them() -> None:
    _, secret, header, value, body = VECTORS[5]
    both = [(header, value), ("X-Hub-Signature-256", "sha256=" + "0" * 64), ("X-Hub-Signature", "sha1=" + "0" * 40)]
    assert check("gitea", secret, both, body).valid
    assert check("gitea", secret, [(header, "0" * 64), ("X-Hub-Signature-256", f"sha256={value}")], body).reason == "mismatch"


def test_a_token_is_taken_while_no_signing_key_is_there() -> None:
    headers = [("X-Gitlab-Token", "a plain token"), *STANDARD_HEADERS]
    assert check("gitlab", b"a plain token", headers, b"{}").valid


@pytest.mark.parametrize("kind", ["github", "gitlab", "gitea", "bitbucket", "bitbucket-dc", "jira", "redmine"])
@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\xfe not utf-8", b"x" * 100_000])
def test_what_sign_writes_verify_takes(kind: str, body: bytes) -> None:
    secret = Secret("s", STANDARD)
    made = sign(endpoints.of(kind), secret, body, now=1_700_000_000.5, delivery="d-1", event="ping")
    found = verify(endpoints.of(kind), [secret], made, body, now=1_700_000_100)
    assert (found.valid, found.reason) == (True, "")
    assert found.delivery == ("" if kind == "redmine" else "d-1")
