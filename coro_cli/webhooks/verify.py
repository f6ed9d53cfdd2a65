"""Is a delivery what its host sent? One verifier for all hosts, from descriptors alone; and the headers a host would send."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from coro_cli.errors import UsageError
from coro_cli.plugins.base import Descriptor
from coro_cli.webhooks import signature
from coro_cli.webhooks.signature import (
    ID,
    PLAIN,
    STANDARD,
    TIMESTAMP,
    Headers,
    Secret,
    Verdict,
    digest,
    key_of,
    signed_bytes,
    strength,
    wire,
    written,
)

PATH_LEAST = 24
_PATH = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@dataclass(frozen=True, slots=True)
class Case:
    """What one verification works with. scheme: the descriptor that is applied, the kind's own or a weaker one."""

    scheme: Descriptor
    secrets: Sequence[Secret]
    headers: Headers
    body: bytes
    now: float
    delivery: str
    plugin: str

    def refused(self, reason: str, *, header: str = "", secret: str = "", authentic: bool = False) -> Verdict:
        """The verdict for a reason's word."""
        sentence, advice = signature.told(
            reason, header=header or self.scheme.header, format=self.scheme.format, plugin=self.plugin
        )
        return Verdict(False, self.scheme.algorithm, secret, reason, sentence, self.delivery, advice, authentic)


def verify(
    descriptor: Descriptor, secrets: Sequence[Secret], headers: Headers, body: bytes, *, now: float, plugin: str = "PLUGIN"
) -> Verdict:
    """Check one delivery. secrets: newest first. plugin: the name used in advice."""
    scheme, own, reason = _chosen(descriptor, secrets, headers, now)
    name = signature.ID if scheme.format == signature.STANDARD else scheme.delivery
    delivery = signature.delivery(headers, name) or signature.delivery(headers, descriptor.delivery)
    case = Case(scheme, own, headers, body, now, delivery, plugin)
    if signature.strength(descriptor) == 0:
        return case.refused("unsigned")
    if len(signature.values(headers, descriptor.event)) > 1:  # no signature covers it, and whoever reads it takes one of them
        return case.refused("repeated-event", header=descriptor.event)
    return case.refused(reason) if reason else _checked(case)


def verify_path(
    descriptor: Descriptor, secrets: Sequence[Secret], token: str, headers: Headers, *, now: float, plugin: str = "PLUGIN"
) -> Verdict:
    """Check the token in the address that a host without signatures sends to."""
    delivery = signature.delivery(headers, descriptor.delivery)
    case = Case(descriptor, secrets, headers, b"", now, delivery, plugin)
    live = [secret for secret in secrets if not secret.ended(now)]
    if not live:
        return case.refused("ended-secret" if secrets else "no-secret")
    if not any(is_path_token(secret.value) for secret in live):
        return case.refused("weak-path")
    for secret in live:
        if is_path_token(secret.value) and _same(secret.value, token.encode()):
            return Verdict(True, "none", secret.name, delivery=delivery, authentic=True)
    return case.refused("wrong-path")


def is_path_token(value: bytes) -> bool:
    """Whether a secret can stand in an address and nobody can guess it."""
    return len(value) >= PATH_LEAST and _PATH.issuperset(value)


def fitting(descriptor: Descriptor, scheme: Descriptor, secrets: Sequence[Secret]) -> list[Secret]:
    """The secrets of one scheme. `whsec_` tells a signing key from a token where a kind has both."""
    forms = {one.format for one in (descriptor, *descriptor.weaker)}
    if not {signature.STANDARD, signature.PLAIN} <= forms:
        return list(secrets)
    signing = scheme.format == signature.STANDARD
    return [secret for secret in secrets if secret.value.startswith(signature.WHSEC) == signing]


def _chosen(
    descriptor: Descriptor, secrets: Sequence[Secret], headers: Headers, now: float
) -> tuple[Descriptor, list[Secret], str]:
    """The scheme to apply, its secrets, and a reason where it is refused already."""
    own = fitting(descriptor, descriptor, secrets)
    present = {name.lower() for name, _ in headers}
    if descriptor.header.lower() in present and own:
        return descriptor, own, ""
    strong = any(not secret.ended(now) for secret in own)
    for weaker in descriptor.weaker:
        theirs = fitting(descriptor, weaker, secrets)
        if weaker.header.lower() not in present:
            continue
        if strong and signature.strength(weaker) < signature.strength(descriptor):
            if any(value.startswith(signature.prefix(weaker)) for value in signature.values(headers, weaker.header)):
                return weaker, [], "downgrade"
            continue
        if theirs:
            return weaker, theirs, ""
    if own or not secrets:
        return descriptor, own, ""
    if descriptor.header.lower() in present:
        # Neither a signing key nor, beside a token's header, a token: it may be a key that was copied without its `whsec_`.
        bare = [secret for secret in secrets if signature.key_of(descriptor, secret.value)]
        return descriptor, bare, "" if bare else "no-secret"
    expected = next((weaker for weaker in descriptor.weaker if fitting(descriptor, weaker, secrets)), descriptor)
    return expected, [], "no-signature"


def _checked(case: Case) -> Verdict:
    found = signature.values(case.headers, case.scheme.header)
    if not case.secrets:
        return case.refused("no-secret")
    live = [secret for secret in case.secrets if secret.value.strip() and not secret.ended(case.now)]
    if not live and not any(secret.ended(case.now) for secret in case.secrets):
        return case.refused("empty-secret")
    if len(found) != 1:
        return case.refused("repeated-signature" if found else "no-signature")
    if len(found[0]) > signature.LONGEST:
        return case.refused("overlong-signature")
    if case.scheme.format == signature.PLAIN:
        return _token(case, live, found[0])
    return _signature(case, live, found[0])


def _token(case: Case, live: Sequence[Secret], value: str) -> Verdict:
    if not value:
        return case.refused("empty-signature")
    for secret in live:
        if _same(secret.value, signature.wire(value)):
            return _valid(case, secret)
    for secret in case.secrets:
        if secret.ended(case.now) and _same(secret.value, signature.wire(value)):
            return case.refused("ended-secret", secret=secret.name)
    return case.refused("wrong-token")


def _same(secret: bytes, given: bytes) -> bool:
    """Constant time also for what differs in length: the digests are compared."""
    return hmac.compare_digest(hashlib.sha256(secret).digest(), hashlib.sha256(given).digest())


def _signature(case: Case, live: Sequence[Secret], value: str) -> Verdict:
    id, timestamp = b"", b""
    if case.scheme.format == signature.STANDARD:
        for name, word in ((signature.ID, "id"), (signature.TIMESTAMP, "timestamp")):
            problem = _standing(case, name, word)
            if problem is not None:
                return problem
        id, timestamp = (signature.wire(signature.lone(case.headers, name)) for name in (signature.ID, signature.TIMESTAMP))
    try:
        given = signature.read(case.scheme, value)
    except signature.Malformed as malformed:
        return case.refused(str(malformed))
    signed = signature.signed_bytes(case.scheme, case.body, id, timestamp)
    keys = [signature.key_of(case.scheme, secret.value) for secret in live]
    for secret, key in zip(live, keys, strict=True):
        if key and _matches(case.scheme, key, signed, given):
            return _timed(case, secret, timestamp)
    if live and not any(keys):
        return case.refused("empty-secret" if b"" in keys else "bad-secret")
    return _ended(case, signed, given) or case.refused("mismatch")


def _standing(case: Case, name: str, word: str) -> Verdict | None:
    """The id and the time are signed: each has to be there, once, and be one."""
    found = signature.values(case.headers, name)
    if len(found) != 1 or not found[0]:
        return case.refused(f"repeated-{word}" if len(found) > 1 else f"no-{word}", header=name)
    good = signature.seconds(found[0]) is not None if word == "timestamp" else bool(signature.delivery(case.headers, name))
    return None if good else case.refused(f"bad-{word}", header=name)


def _matches(scheme: Descriptor, key: bytes, signed: bytes, given: Sequence[bytes]) -> bool:
    expected = signature.digest(scheme, key, signed)
    return any(hmac.compare_digest(expected, one) for one in given)


def _ended(case: Case, signed: bytes, given: Sequence[bytes]) -> Verdict | None:
    for secret in case.secrets:
        key = signature.key_of(case.scheme, secret.value) if secret.ended(case.now) else None
        if key and _matches(case.scheme, key, signed, given):
            return case.refused("ended-secret", secret=secret.name)
    return None


def _timed(case: Case, secret: Secret, timestamp: bytes) -> Verdict:
    """The signature is good; is its time?"""
    scheme, header, at, reason = case.scheme, case.scheme.timestamp, None, ""
    if scheme.format == signature.STANDARD:
        at, header = signature.seconds(timestamp.decode("latin-1")), signature.TIMESTAMP
    elif scheme.timestamp.startswith("body:"):
        at, reason = signature.in_body(scheme, case.body)
    if at is not None:
        reason = signature.judged(at, case.now, scheme.window)
    if reason:
        return case.refused(reason, header=header, secret=secret.name, authentic=reason in ("stale", "early"))
    return _valid(case, secret)


def _valid(case: Case, secret: Secret) -> Verdict:
    return Verdict(True, case.scheme.algorithm, secret.name, delivery=case.delivery, authentic=True)


# The headers a host would send: the other side of `verify`, from the same descriptors.


def sign(
    descriptor: Descriptor, secret: Secret, body: bytes, *, now: float, delivery: str = "", event: str = ""
) -> list[tuple[str, str]]:
    """Header fields for a body. delivery: the id, made up where none is given. event: the host's word for it, if wanted.

    Raises UsageError where the kind signs nothing, or the secret cannot sign.
    """
    scheme = scheme_of(descriptor, secret)
    for word in (delivery, event):
        if not word.isascii() or not (word + "x").isprintable():
            raise UsageError("the delivery's id and its event are one line of ASCII each", hint="coro webhook sign --help")
    delivery = delivery or str(uuid.uuid4())
    named = [(scheme.event, event)] if scheme.event and event else []
    named += [(scheme.delivery, delivery)] if scheme.delivery and scheme.delivery.lower() != ID else []
    key = key_of(scheme, secret.value) if secret.value.strip() else None
    if key and scheme.format == PLAIN:
        return [*named, (scheme.header, secret.value.decode("latin-1"))]
    if not key:
        raise UsageError("the secret cannot sign: it is empty, or no base64", hint="copy it whole, with `whsec_`")
    if scheme.format != STANDARD:
        return [*named, (scheme.header, written(scheme, digest(scheme, key, body)))]
    at = str(int(now))
    signed = signed_bytes(scheme, body, wire(delivery), at.encode())
    signature = written(scheme, digest(scheme, key, signed))
    return [*named, (ID, delivery), (TIMESTAMP, at), (scheme.header, signature)]


def scheme_of(descriptor: Descriptor, secret: Secret) -> Descriptor:
    """The strongest scheme that the secret is one of. Raises UsageError."""
    for scheme in (descriptor, *descriptor.weaker):
        if strength(scheme) and fitting(descriptor, scheme, [secret]):
            return scheme
    raise UsageError("this kind of host signs nothing", hint="its deliveries are told by their address: coro guide webhooks")
