"""The five forms a signature comes in: what it is made of, and how one is read. Nothing here knows a host."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re

from coro_cli.plugins.base import Descriptor

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


def key(descriptor: Descriptor, secret: bytes) -> bytes | None:
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
