"""What the certificates of hosts are held against: read once, and only where TLS is spoken, for it takes 40 ms."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from coro_cli.errors import Unreachable

if TYPE_CHECKING:
    import ssl


def anchors(ca_file: Any) -> ssl.SSLContext:
    """The usual authorities, or those of a PEM file. Raises Unreachable for a `ca_file` that is none."""
    import ssl

    if not ca_file:
        return _usual()
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as error:
        raise Unreachable(f"the `ca_file` `{ca_file}` cannot be used: {error}", hint="name a PEM file of certificates") from error


@functools.cache
def _usual() -> ssl.SSLContext:
    from coro_cli.plugins.http import httpx

    return httpx.create_ssl_context()
