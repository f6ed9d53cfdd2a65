"""The headers a host would send: the other side of `verify`, from the same descriptors."""

from __future__ import annotations

import uuid

from coro_cli.errors import UsageError
from coro_cli.plugins.base import Descriptor
from coro_cli.webhooks import fields, schemes
from coro_cli.webhooks.model import Secret
from coro_cli.webhooks.verify import fitting


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
    named += [(scheme.delivery, delivery)] if scheme.delivery and scheme.delivery.lower() != schemes.ID else []
    key = schemes.key(scheme, secret.value) if secret.value.strip() else None
    if key and scheme.format == schemes.PLAIN:
        return [*named, (scheme.header, secret.value.decode("latin-1"))]
    if not key:
        raise UsageError("the secret cannot sign: it is empty, or no base64", hint="copy it whole, with `whsec_`")
    if scheme.format != schemes.STANDARD:
        return [*named, (scheme.header, schemes.written(scheme, schemes.digest(scheme, key, body)))]
    at = str(int(now))
    signed = schemes.signed_bytes(scheme, body, fields.wire(delivery), at.encode())
    signature = schemes.written(scheme, schemes.digest(scheme, key, signed))
    return [*named, (schemes.ID, delivery), (schemes.TIMESTAMP, at), (scheme.header, signature)]


def scheme_of(descriptor: Descriptor, secret: Secret) -> Descriptor:
    """The strongest scheme that the secret is one of. Raises UsageError."""
    for scheme in (descriptor, *descriptor.weaker):
        if schemes.strength(scheme) and fitting(descriptor, scheme, [secret]):
            return scheme
    raise UsageError("this kind of host signs nothing", hint="its deliveries are told by their address: coro guide webhooks")
