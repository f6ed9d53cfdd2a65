"""Every way in which a delivery is not what its host sent, each refused with its own reason."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest

from coro_cli.errors import ConfigError
from coro_cli.plugins.base import Descriptor
from coro_cli.webhooks import endpoints, signature
from coro_cli.webhooks.signature import Secret, Verdict
from coro_cli.webhooks.verify import verify, verify_path

SECRET = b"It's a Secret to Everybody"
BODY = b'{"action": "opened"}'
GOOD = hmac.new(SECRET, BODY, "sha256").hexdigest()
SHA1 = hmac.new(SECRET, BODY, "sha1").hexdigest()
HUB = "X-Hub-Signature-256"
KEY = base64.b64encode(b"k" * 32)
SIGNING = b"whsec_" + KEY
NOW = 1_700_000_000.0


def check(kind: str, headers: list[tuple[str, str]], body: bytes = BODY, secret: bytes = SECRET, now: float = NOW) -> Verdict:
    return verify(endpoints.of(kind), [Secret("s", secret)], headers, body, now=now)


def test_the_good_one_is_good() -> None:
    """Each test below changes one thing of this."""
    assert check("github", [(HUB, f"sha256={GOOD}")]).valid


HEADERS: list[tuple[str, list[tuple[str, str]], str]] = [
    ("none at all", [], "no-signature"),
    ("another header", [("X-Hub-Signature", f"sha256={GOOD}")], "no-signature"),
    ("sha1 in the old header", [("X-Hub-Signature", f"sha1={SHA1}")], "downgrade"),
    ("an empty sha1", [("X-Hub-Signature", "sha1=")], "downgrade"),
    ("a name with a blank", [(f"{HUB} ", f"sha256={GOOD}")], "no-signature"),
    ("underscores for dashes", [("X_Hub_Signature_256", f"sha256={GOOD}")], "no-signature"),
    ("empty", [(HUB, "")], "empty-signature"),
    ("blank", [(HUB, " \t ")], "empty-signature"),
    ("an empty digest, as Gitea without a secret", [(HUB, "sha256=")], "empty-signature"),
    ("twice the same", [(HUB, f"sha256={GOOD}")] * 2, "repeated-signature"),
    ("a bad and a good one", [(HUB, f"sha256={'0' * 64}"), (HUB, f"sha256={GOOD}")], "repeated-signature"),
    ("a good and a bad one", [(HUB, f"sha256={GOOD}"), (HUB, f"sha256={'0' * 64}")], "repeated-signature"),
    ("twice in two cases", [(HUB, f"sha256={GOOD}"), (HUB.lower(), f"sha256={GOOD}")], "repeated-signature"),
    ("a good and an empty one", [(HUB, f"sha256={GOOD}"), (HUB, "")], "repeated-signature"),
    ("joined by a proxy", [(HUB, f"sha256={GOOD}, sha256={GOOD}")], "repeated-signature"),
    ("no prefix", [(HUB, GOOD)], "wrong-prefix"),
    ("sha1 prefix and digest", [(HUB, f"sha1={SHA1}")], "wrong-prefix"),
    ("sha1 prefix, sha256 digest", [(HUB, f"sha1={GOOD}")], "wrong-prefix"),
    ("sha512 prefix", [(HUB, f"sha512={hmac.new(SECRET, BODY, 'sha512').hexdigest()}")], "wrong-prefix"),
    ("prefix in capitals", [(HUB, f"SHA256={GOOD}")], "wrong-prefix"),
    ("blank after the prefix", [(HUB, f"sha256= {GOOD}")], "malformed-signature"),
    ("colon for equals", [(HUB, f"sha256:{GOOD}")], "wrong-prefix"),
    ("prefix twice", [(HUB, f"sha256=sha256={GOOD}")], "malformed-signature"),
    ("in quotes", [(HUB, f'"sha256={GOOD}"')], "wrong-prefix"),
    ("digest in quotes", [(HUB, f'sha256="{GOOD}"')], "malformed-signature"),
    ("one digit short", [(HUB, f"sha256={GOOD[:-1]}")], "malformed-signature"),
    ("one digit long", [(HUB, f"sha256={GOOD}0")], "malformed-signature"),
    ("half of it", [(HUB, f"sha256={GOOD[:32]}")], "malformed-signature"),
    ("length of sha1", [(HUB, f"sha256={SHA1}")], "malformed-signature"),
    ("not hex", [(HUB, f"sha256={'g' * 64}")], "malformed-signature"),
    ("base64", [(HUB, f"sha256={base64.b64encode(bytes.fromhex(GOOD)).decode()}")], "malformed-signature"),
    ("blanks between digits", [(HUB, f"sha256={' '.join([GOOD[i:i + 2] for i in range(0, 62, 2)])}")], "malformed-signature"),
    ("0x", [(HUB, f"sha256=0x{GOOD[2:]}")], "malformed-signature"),
    ("a sign", [(HUB, f"sha256=+{GOOD[1:]}")], "malformed-signature"),
    ("arabic digits", [(HUB, "sha256=" + "٠" * 64)], "malformed-signature"),
    ("fullwidth letters", [(HUB, "sha256=" + "ａ" * 64)], "malformed-signature"),
    ("not ASCII", [(HUB, "sha256=é" + GOOD[1:])], "malformed-signature"),
    ("a byte beyond latin-1", [(HUB, "sha256=\u20ac" + GOOD[1:])], "malformed-signature"),
    ("a lone surrogate", [(HUB, "sha256=\udcff" + GOOD[1:])], "malformed-signature"),
    ("a NUL", [(HUB, f"sha256={GOOD[:-1]}\x00")], "malformed-signature"),
    ("a line end within", [(HUB, f"sha256={GOOD[:32]}\n{GOOD[32:]}")], "malformed-signature"),
    ("trailing text", [(HUB, f"sha256={GOOD}; v=1")], "malformed-signature"),
    ("overlong", [(HUB, "sha256=" + "a" * 5000)], "overlong-signature"),
    ("a megabyte", [(HUB, "a" * 1_000_000)], "overlong-signature"),
    ("zeros", [(HUB, f"sha256={'0' * 64}")], "mismatch"),
    ("one bit off", [(HUB, f"sha256={GOOD[:-1]}{'0' if GOOD[-1] != '0' else '1'}")], "mismatch"),
    ("the digest of the bare body", [(HUB, f"sha256={hashlib.sha256(BODY).hexdigest()}")], "mismatch"),
    ("secret and body swapped", [(HUB, f"sha256={hmac.new(BODY, SECRET, 'sha256').hexdigest()}")], "mismatch"),
    ("signed with nothing", [(HUB, f"sha256={hmac.new(b'', BODY, 'sha256').hexdigest()}")], "mismatch"),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "reason"), [case[1:] for case in HEADERS], ids=[case[0] for case in HEADERS])
def test_a_wrong_signature_header_is_refused_for_what_is_wrong(headers: list[tuple[str, str]], reason: str) -> None:
    found = check("github", headers)
    assert (found.valid, found.reason, found.secret, found.authentic) == (False, reason, "", False)
    assert found.message
    assert found.advice


BODIES = {
    "empty": b"", "a line end more": BODY + b"\n", "a blank less": b'{"action":"opened"}', "one byte more": BODY + b"\x00",
    "the order of keys": json.dumps({"b": 1, "action": "opened"}).encode(), "in capitals": BODY.upper(), "cut": BODY[:-1],
    "CRLF": b'{"action":\r\n"opened"}', "not UTF-8": b"\xff\xfe" + BODY, "deeply nested": b"[" * 200_000, "25 MB": b" " * (25 << 20),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_not_the_signed_one_is_refused(name: str) -> None:
    assert check("github", [(HUB, f"sha256={GOOD}")], BODIES[name]).reason == "mismatch"


def test_without_a_secret_nothing_is_valid() -> None:
    good = [(HUB, f"sha256={GOOD}")]
    assert verify(endpoints.of("github"), [], good, BODY, now=0).reason == "no-secret"
    signed_with_nothing = [(HUB, f"sha256={hmac.new(b'', BODY, 'sha256').hexdigest()}")]
    assert check("github", signed_with_nothing, secret=b"").reason == "empty-secret"
    assert check("gitlab", [("X-Gitlab-Token", "")], secret=b"").reason == "empty-secret"
    for blank in (b" ", b"\t\n", b"\r\n"):
        signed_with_blanks = [(HUB, f"sha256={hmac.new(blank, BODY, 'sha256').hexdigest()}")]
        assert check("github", signed_with_blanks, secret=blank).reason == "empty-secret"


def test_a_secret_whose_overlap_is_over_is_named_and_refused() -> None:
    old = Secret("old", SECRET, until=NOW)
    found = verify(endpoints.of("github"), [Secret("new", b"n" * 20), old], [(HUB, f"sha256={GOOD}")], BODY, now=NOW)
    assert (found.valid, found.reason, found.secret) == (False, "ended-secret", "old")
    assert verify(endpoints.of("github"), [old], [(HUB, f"sha256={GOOD}")], BODY, now=NOW - 1).valid
    assert verify(endpoints.of("github"), [old], [(HUB, f"sha256={GOOD}")], BODY, now=NOW).reason == "ended-secret"


# ── Standard Webhooks

def standard(id: str = "msg_1", at: str = "1700000000", body: bytes = BODY, key: bytes = b"k" * 32) -> list[tuple[str, str]]:
    signed = f"{id}.{at}.".encode("latin-1", "replace") + body
    mac = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    return [("webhook-id", id), ("webhook-timestamp", at), ("webhook-signature", f"v1,{mac}")]


def without(name: str) -> list[tuple[str, str]]:
    return [pair for pair in standard() if pair[0] != name]


def put(name: str, value: str) -> list[tuple[str, str]]:
    return [*without(name), (name, value)]


MAC = standard()[2][1]
STANDARD: list[tuple[str, list[tuple[str, str]], str]] = [
    ("no id", without("webhook-id"), "no-id"),
    ("no timestamp", without("webhook-timestamp"), "no-timestamp"),
    ("no signature", without("webhook-signature"), "no-signature"),
    ("empty id", put("webhook-id", ""), "no-id"),
    ("two ids", [*standard(), ("webhook-id", "msg_2")], "repeated-id"),
    ("a huge id", standard(id="m" * 300), "bad-id"),
    ("an id with a control", standard(id="msg\x1b1"), "bad-id"),
    ("two timestamps", [*standard(), ("webhook-timestamp", "1700000000")], "repeated-timestamp"),
    ("a word for a timestamp", standard(at="now"), "bad-timestamp"),
    ("a decimal timestamp", standard(at="1700000000.5"), "bad-timestamp"),
    ("an exponent", standard(at="17e8"), "bad-timestamp"),
    ("a negative timestamp", standard(at="-1700000000"), "bad-timestamp"),
    ("a hundred digits", standard(at="1" * 100), "bad-timestamp"),
    ("arabic digits", put("webhook-timestamp", "١٧٠٠٠٠٠٠٠٠"), "bad-timestamp"),
    ("milliseconds", standard(at="1700000000000"), "bad-timestamp"),
    ("too old", standard(at="1699999699"), "stale"),
    ("too new", standard(at="1700000301"), "early"),
    ("a time that was not signed", put("webhook-timestamp", "1700000001"), "mismatch"),
    ("an id that was not signed", put("webhook-id", "msg_2"), "mismatch"),
    ("another key", standard(key=b"j" * 32), "mismatch"),
    ("another body", standard(body=b"{}"), "mismatch"),
    ("empty", put("webhook-signature", ""), "empty-signature"),
    ("version and nothing", put("webhook-signature", "v1,"), "empty-signature"),
    ("only another version", put("webhook-signature", f"v2{MAC[2:]}"), "wrong-prefix"),
    ("asymmetric", put("webhook-signature", f"v1a{MAC[2:]}"), "wrong-prefix"),
    ("no version", put("webhook-signature", MAC[3:]), "wrong-prefix"),
    ("no comma", put("webhook-signature", f"v1{MAC[3:]}"), "wrong-prefix"),
    ("no base64", put("webhook-signature", "v1,%%%"), "malformed-signature"),
    ("half a MAC", put("webhook-signature", MAC[:20]), "malformed-signature"),
    ("hex", put("webhook-signature", "v1," + "0" * 64), "malformed-signature"),
    ("not ASCII", put("webhook-signature", "v1,é"), "malformed-signature"),
    ("twice", [*standard(), ("webhook-signature", MAC)], "repeated-signature"),
    ("the token instead", [("X-Gitlab-Token", "whatever")], "downgrade"),
    ("the signing key as token", [("X-Gitlab-Token", SIGNING.decode())], "downgrade"),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "reason"), [case[1:] for case in STANDARD], ids=[case[0] for case in STANDARD])
def test_a_wrong_standard_webhook_is_refused_for_what_is_wrong(headers: list[tuple[str, str]], reason: str) -> None:
    found = check("gitlab", headers, secret=SIGNING)
    assert (found.valid, found.reason) == (False, reason)
    assert found.authentic == (reason in ("stale", "early"))


def test_the_good_standard_webhook_is_good() -> None:
    assert check("gitlab", standard(), secret=SIGNING).valid
    assert check("gitlab", standard(at="1699999700"), secret=SIGNING).valid


@pytest.mark.parametrize(("secret", "reason"), [(b"whsec_", "empty-secret"), (b"whsec_%%%", "bad-secret"), (b"whsec_a", "bad-secret")])
def test_a_signing_key_that_is_none_refuses_all(secret: bytes, reason: str) -> None:
    assert check("gitlab", standard(), secret=secret).reason == reason


def test_a_signature_does_not_help_where_only_a_token_is_known() -> None:
    assert check("gitlab", standard(), secret=b"a token").reason == "no-secret"
    assert check("gitlab", standard(), secret=b"token").reason == "no-secret", "whatever letters it has"
    assert check("gitlab", standard(), secret=b"atokenof16chars_").reason == "no-secret"


def test_a_signing_key_may_have_lost_its_prefix() -> None:
    assert check("gitlab", standard(), secret=KEY).valid
    assert check("gitlab", standard(), secret=KEY.rstrip(b"=")).valid
    assert check("gitlab", standard(key=b"j" * 32), secret=KEY).reason == "mismatch"
    assert check("gitlab", [*standard(), ("X-Gitlab-Token", "wrong")], secret=KEY).reason == "wrong-token"


def test_a_downgrade_is_told_from_a_header_that_another_host_sends() -> None:
    for kind in ("github", "gitea"):
        assert check(kind, [("X-Hub-Signature", f"sha1={SHA1}")]).reason == "downgrade"
        assert check(kind, [("X-Hub-Signature", f"sha256={GOOD}")]).reason == "no-signature"
        assert not check(kind, [("X-Hub-Signature", f"sha1={SHA1}")] * 2).valid
        none = verify(endpoints.of(kind), [], [("X-Hub-Signature", f"sha1={SHA1}")], BODY, now=NOW)
        assert none.reason == "no-secret"


@pytest.mark.parametrize("value", ["a tokem", "a toke", "a token ", "A TOKEN", "a token\x00", "ａ token"])
def test_a_token_that_is_not_the_secret_is_refused(value: str) -> None:
    headers = [("X-Gitlab-Token", value)]
    found = check("gitlab", headers, secret=b"a token")
    assert found.valid == (value.strip() == "a token")
    assert found.reason == ("" if found.valid else "wrong-token")


def test_two_tokens_are_refused() -> None:
    assert check("gitlab", [("X-Gitlab-Token", "a token")] * 2, secret=b"a token").reason == "repeated-signature"


def test_sha1_is_refused_while_a_stronger_scheme_is_configured() -> None:
    weak = Descriptor("hmac-sha1", "X-Hub-Signature", "sha1=<hex>")
    strong = Descriptor("hmac-sha256", HUB, "sha256=<hex>", weaker=(weak,))
    headers = [("X-Hub-Signature", f"sha1={SHA1}")]
    assert verify(strong, [Secret("s", SECRET)], headers, BODY, now=0).reason == "downgrade"
    with_a_bad_one = [*headers, (HUB, f"sha256={'0' * 64}")]
    assert verify(strong, [Secret("s", SECRET)], with_a_bad_one, BODY, now=0).reason == "mismatch"


# ── Linear

def linear(body: bytes, now: float = NOW) -> Verdict:
    return check("linear", [("Linear-Signature", hmac.new(SECRET, body, "sha256").hexdigest())], body, now=now)


TIMES = [
    (b"{}", "no-timestamp"), (b"[]", "no-timestamp"), (b"", "no-timestamp"), (b"not JSON", "no-timestamp"),
    (b"[" * 100_000, "no-timestamp"), (b'{"webhookTimestamp":null}', "no-timestamp"),
    (b'{"webhookTimestamp":"1700000000000"}', "bad-timestamp"), (b'{"webhookTimestamp":true}', "bad-timestamp"),
    (b'{"webhookTimestamp":-1}', "bad-timestamp"), (b'{"webhookTimestamp":1e400}', "bad-timestamp"),
    (b'{"webhookTimestamp":NaN}', "bad-timestamp"), (b'{"webhookTimestamp":{}}', "bad-timestamp"),
    (b'{"webhookTimestamp":1699999939000}', "stale"), (b'{"webhookTimestamp":1700000061000}', "early"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "reason"), TIMES)
def test_linears_signed_time_has_to_be_there_and_near(body: bytes, reason: str) -> None:
    found = linear(body)
    assert (found.valid, found.reason) == (False, reason)
    assert found.authentic == (reason in ("stale", "early"))


def test_a_forged_linear_delivery_is_never_merely_stale() -> None:
    found = check("linear", [("Linear-Signature", "0" * 64)], b'{"webhookTimestamp":1}')
    assert (found.reason, found.authentic) == ("mismatch", False)


def test_a_prefix_where_none_belongs_is_told() -> None:
    assert check("linear", [("Linear-Signature", f"sha256={GOOD}")]).reason == "wrong-prefix"


# ── hosts that sign nothing

TOKEN = "0123456789abcdefghijklmnop-_"


def at_path(token: str, *secrets: Secret) -> Verdict:
    return verify_path(Descriptor("none"), secrets or [Secret("s", TOKEN.encode())], token, [], now=NOW)


def test_only_the_whole_token_opens_an_unguessable_address() -> None:
    assert at_path(TOKEN).valid
    for wrong in ("", TOKEN[:-1], TOKEN + "0", TOKEN.upper(), TOKEN + "/", "é" * 28):
        assert at_path(wrong).reason == "wrong-path"


def test_a_guessable_token_opens_nothing() -> None:
    assert at_path("short", Secret("s", b"short")).reason == "weak-path"
    assert at_path("", Secret("s", b"")).reason == "weak-path"
    assert at_path("a b" * 10, Secret("s", b"a b" * 10)).reason == "weak-path"


def test_no_header_makes_an_unsigned_delivery_valid() -> None:
    found = verify(Descriptor("none"), [Secret("s", SECRET)], [(HUB, f"sha256={GOOD}")], BODY, now=0)
    assert found.reason == "unsigned"


@pytest.mark.parametrize(
    "odd",
    [
        Descriptor("hmac-md5", "X", "<hex>"), Descriptor("hmac-sha256"), Descriptor("hmac-sha256", "X", "banana"),
        Descriptor("hmac-sha256", "X", "<plain>"), Descriptor("hmac-sha1", "X", "v1,<base64>"), Descriptor("none", "X", "<hex>"),
        Descriptor("none", "X"), Descriptor("none", "", "<plain>"), Descriptor("hmac-sha256", "X", "<hex>", weaker=(Descriptor("md5"),)),
        None, "hmac-sha256",
    ],
)  # fmt: skip
def test_a_package_that_declares_what_does_not_go_together_is_refused(odd: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints.registry, "plugin_class", lambda kind: type("Odd", (), {"descriptor": odd}))
    with pytest.raises(ConfigError):
        endpoints.of("odd")


def test_every_reason_has_its_own_sentence_and_advice() -> None:
    sentences = [signature.told(word, header=word, format="F") for word in signature.REASONS]
    assert len({sentence for sentence, _ in sentences}) == len(sentences)
    assert all(sentence and advice and "{header}" not in sentence and not sentence.endswith(".") for sentence, advice in sentences)


def test_no_verdict_shows_a_secret() -> None:
    secret = Secret("name", b"hunter2hunter2hunter2")
    found = verify(endpoints.of("github"), [secret], [(HUB, f"sha256={'0' * 64}")], BODY, now=0)
    assert "hunter2" not in f"{secret!r} {found!r}"
