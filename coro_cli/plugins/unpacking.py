"""Bodies of bounded size, also once they are unpacked: a kilobyte of gzip can hold a megabyte."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from coro_cli.plugins.wire import Broken

LIMIT = 64 * 1024 * 1024
_STEP = 256 * 1024
_GZIP = 16 + zlib.MAX_WBITS


def whole(chunks: Iterable[bytes], encoding: str, where: str, *, limit: int = LIMIT) -> bytes:
    """The whole body. encoding: `Content-Encoding`; only gzip is asked for. Raises Broken, naming the address."""
    encoding = encoding.strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise Broken(f"{where} answered in the encoding `{encoding[:20]}`, which was not asked for")
    body = bytearray()
    for part in _unpacked(chunks, where) if encoding == "gzip" else chunks:
        body += part
        if len(body) > limit:
            raise Broken(f"{where} answered with more than {limit >> 20} MB")
    return bytes(body)


def _unpacked(chunks: Iterable[bytes], where: str) -> Iterator[bytes]:
    unpacker, began = zlib.decompressobj(_GZIP), False
    try:
        for chunk in chunks:
            rest, began = chunk, began or bool(chunk)
            while rest and not unpacker.eof:
                yield unpacker.decompress(rest, _STEP)
                rest = unpacker.unconsumed_tail
    except zlib.error as error:
        raise Broken(f"{where} answered with broken gzip: {error}") from error
    if began and not unpacker.eof:
        raise Broken(f"{where} broke off in the middle of its answer")
