"""What a signature is made of: secrets, header fields, signed times, the forms it comes in, and why one is refused."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from coro_cli.plugins.base import Descriptor

# Names and values as they came: repeated ones stay apart, each character of a value is one byte of the wire.
Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Secret:
    """One shared secret. until: when its overlap ends (epoch seconds, our clock), None for ever."""

    name: str
    value: bytes = field(repr=False)
    created_at: float = 0.0
    until: float | None = None

    def ended(self, now: float) -> bool:
        """Its overlap is over: it is only kept to say so."""
        return self.until is not None and self.until <= now


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a delivery is what its host sent.

    algorithm: of the scheme that was looked for. secret: the name of the one that matched. reason: the word for a refusal
    (`coro_cli.webhooks.signature`), "" where it is valid. message: the same as a sentence. delivery: the host's id, "" where
    it sends none. advice: what to do. authentic: the signature is good; with `valid` false only its time is not.
    """

    valid: bool
    algorithm: str
    secret: str = ""
    reason: str = ""
    message: str = ""
    delivery: str = ""
    advice: str = ""
    authentic: bool = False


# Header fields of a delivery. A field that must stand alone and does not is an attack or a broken proxy.


LONGEST = 4096
DELIVERY_LONGEST = 200


def values(headers: Headers, name: str) -> list[str]:
    """Every value of a field, in the order they came, without the white space around them."""
    wanted = name.lower()
    return [value.strip(" \t") for key, value in headers if key.lower() == wanted]


def lone(headers: Headers, name: str) -> str:
    """The value of a field that came exactly once, else ""."""
    found = values(headers, name)
    return found[0] if len(found) == 1 else ""


def delivery(headers: Headers, name: str) -> str:
    """The delivery's id; "" where there is none that can be believed to be one. No signature covers it."""
    found = lone(headers, name) if name else ""
    return found if len(found) <= DELIVERY_LONGEST and found.isascii() and found.isprintable() else ""


def wire(value: str) -> bytes:
    """The bytes that were on the wire."""
    return value.encode("latin-1", "replace")


def lowered(headers: Headers) -> dict[str, str]:
    """Fields by lower-case name; of repeated ones the first, as readers of deliveries want them."""
    found: dict[str, str] = {}
    for name, value in headers:
        found.setdefault(name.lower(), value.strip(" \t"))
    return found


# Signed times: how old may a delivery be whose time is under the signature.


WINDOW = 300.0
_SECONDS = re.compile(r"[0-9]{1,12}")


def seconds(text: str) -> float | None:
    """Unix seconds of a `webhook-timestamp`; None for all else (signs, decimals, other digits)."""
    return float(text) if text.isascii() and _SECONDS.fullmatch(text) else None


def in_body(descriptor: Descriptor, body: bytes) -> tuple[float | None, str]:
    """The time that stands in the signed body (`body:FIELD`, milliseconds), or None with the reason's word."""
    name = descriptor.timestamp.partition(":")[2]
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None, "no-timestamp"
    value = found.get(name) if isinstance(found, dict) else None
    if value is None:
        return None, "no-timestamp"
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e15:
        return None, "bad-timestamp"
    return value / 1000, ""


def judged(at: float, now: float, window: float | None) -> str:
    """"" within the window, else `stale` or `early`."""
    allowed = WINDOW if window is None else window
    return "stale" if now - at > allowed else "early" if at - now > allowed else ""


# Why a delivery was refused: one word for programs, one sentence for people, and what to do about it.


_WHERE = "compare the secret with the one in the webhook's settings at the host"
_SIGN = "set the secret in the webhook's settings at the host; without one it does not sign"
_PASTE = "paste the new secret into the webhook's settings at the host"

# word: (sentence, advice). `{header}` is the field, `{format}` what it should hold.
REASONS: dict[str, tuple[str, str]] = {
    "no-secret": ("there is no secret to check it with", "make one: coro webhook secret add --plugin {plugin}"),
    "empty-secret": ("the secret is empty: anybody could sign with it", "make one: coro webhook secret add --plugin {plugin}"),
    "bad-secret": ("the secret is not base64, as this scheme wants it", "copy it whole, with `whsec_`"),
    "ended-secret": ("it is signed with a secret whose overlap has ended", _PASTE),
    "no-signature": ("it carries no `{header}`", _SIGN),
    "repeated-signature": ("it carries `{header}` more than once", "let the proxy pass the headers unchanged"),
    "repeated-event": ("it says more than once what happened (`{header}`)", "let the proxy pass the headers unchanged"),
    "empty-signature": ("its `{header}` holds no signature", _SIGN),
    "wrong-prefix": ("its `{header}` does not have the form `{format}`", "check the kind: another host may have sent it"),
    "malformed-signature": ("its `{header}` is no signature of the form `{format}`", "copy the header whole"),
    "overlong-signature": ("its `{header}` is longer than any signature", "copy the header whole"),
    "mismatch": ("the signature does not fit the body with any secret", _WHERE),
    "changed-body": ("the body was changed after signing", "save it as it came over the wire, byte by byte"),
    "wrong-token": ("the token in `{header}` is not the secret", _WHERE),
    "downgrade": (
        "it carries only `{header}`, which is weaker than the signature that is configured",
        "have the host send the stronger signature, and proxies pass it on; or retire its secret: coro webhook secret list",
    ),
    "no-id": ("it carries no `{header}`", "let the proxy pass all headers"),
    "repeated-id": ("it carries `{header}` more than once", "let the proxy pass the headers unchanged"),
    "bad-id": ("its `{header}` is no id", "let the proxy pass the headers unchanged"),
    "no-timestamp": ("it does not say when it was signed (`{header}`)", "let the proxy pass headers and body unchanged"),
    "repeated-timestamp": ("it says more than once when it was signed (`{header}`)", "let the proxy pass the headers unchanged"),
    "bad-timestamp": ("its `{header}` is no time", "let the proxy pass headers and body unchanged"),
    "stale": ("it was signed too long ago: it may be a replay", "check the clock of this machine; let the host send it again"),
    "early": ("it was signed in the future", "check the clock of this machine"),
    "unsigned": (
        "this kind of host signs nothing: only the address it was sent to can tell",
        "use the address that `coro webhook secret add --plugin {plugin}` prints; to check one: --request FILE",
    ),
    "wrong-path": (
        "the address it was sent to does not hold the token",
        "paste the address that `coro webhook secret add` printed into the host's settings",
    ),
    "weak-path": (
        "a secret that stands in an address has at least 24 letters, digits, `-` or `_`",
        "let coro make one: coro webhook secret add --plugin {plugin}",
    ),
}


def told(reason: str, *, header: str = "", format: str = "", plugin: str = "PLUGIN") -> tuple[str, str]:
    """The sentence and the advice of a reason."""
    sentence, advice = REASONS[reason]
    for name, value in (("{header}", header), ("{format}", format), ("{plugin}", plugin)):
        sentence, advice = sentence.replace(name, value), advice.replace(name, value)
    return sentence, advice


# The five forms a signature comes in: what it is made of, and how one is read. Nothing here knows a host.


STANDARD = "v1,<base64>"
PLAIN = "<plain>"
# https://www.standardwebhooks.com: these three names belong to the form, not to a host.
ID, TIMESTAMP = "webhook-id", "webhook-timestamp"
WHSEC = b"whsec_"
_HASHES = {"hmac-sha256": hashlib.sha256, "hmac-sha1": hashlib.sha1}
_SIZES = {"hmac-sha256": 32, "hmac-sha1": 20}
_HEX = re.compile(r"[0-9A-Fa-f]+")
_STRENGTH = {"none": 0, "hmac-sha1": 2, "hmac-sha256": 3}


class Malformed(Exception):
    """The field holds no signature; the text is the reason's word."""


def strength(descriptor: Descriptor) -> int:
    """Order of what a scheme is worth: signed with a time, SHA-256, SHA-1, a token that travels along, nothing."""
    if descriptor.format == STANDARD:
        return 4
    if descriptor.format == PLAIN:
        return 1
    return _STRENGTH.get(descriptor.algorithm, 0)


def key_of(descriptor: Descriptor, secret: bytes) -> bytes | None:
    """The bytes to sign with; None where the secret cannot be one of this scheme."""
    if descriptor.format != STANDARD:
        return secret
    text = secret.removeprefix(WHSEC).strip()
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def digest(descriptor: Descriptor, key: bytes, signed: bytes) -> bytes:
    """The MAC, raw."""
    return hmac.digest(key, signed, _HASHES[descriptor.algorithm])


def signed_bytes(descriptor: Descriptor, body: bytes, id: bytes = b"", timestamp: bytes = b"") -> bytes:
    """What the MAC covers."""
    return b"%b.%b.%b" % (id, timestamp, body) if descriptor.format == STANDARD else body


def written(descriptor: Descriptor, raw: bytes) -> str:
    """A raw MAC in the form the host sends it."""
    if descriptor.format == STANDARD:
        return "v1," + base64.b64encode(raw).decode()
    return descriptor.format.replace("<hex>", raw.hex())


def prefix(descriptor: Descriptor) -> str:
    """What a field of this form begins with; "" where anything may stand there."""
    return descriptor.format.partition("<")[0]


def read(descriptor: Descriptor, value: str) -> list[bytes]:
    """The raw MACs of a field's value. Raises Malformed."""
    if not value:
        raise Malformed("empty-signature")
    return _read_standard(value) if descriptor.format == STANDARD else [_read_hex(descriptor, value)]


def _read_hex(descriptor: Descriptor, value: str) -> bytes:
    before = prefix(descriptor)
    text = value.removeprefix(before)
    if "," in value and all(part.strip().startswith(before) for part in value.split(",")):
        raise Malformed("repeated-signature")  # a proxy that joins repeated fields writes them so (RFC 9110, 5.3)
    if not value.startswith(before):
        raise Malformed("wrong-prefix")
    if not text:
        raise Malformed("empty-signature")
    # The capitals that .NET's hosts write mean the same bytes; `bytes.fromhex` alone would also take blanks.
    if len(text) != 2 * _SIZES[descriptor.algorithm] or not _HEX.fullmatch(text):
        raise Malformed("wrong-prefix" if not before and "=" in text else "malformed-signature")
    return bytes.fromhex(text)


def _read_standard(value: str) -> list[bytes]:
    """A list, so that secrets can overlap; entries of other versions are for others."""
    found = []
    entries = value.split(" ")
    for entry in entries:
        version, _, text = entry.partition(",")
        if version == "v1" and (raw := _base64(text)) is not None:
            found.append(raw)
    if found:
        return found
    if not any(entry.startswith("v1,") for entry in entries):
        raise Malformed("wrong-prefix")
    raise Malformed("empty-signature" if value.strip() == "v1," else "malformed-signature")


def _base64(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == 32 else None
