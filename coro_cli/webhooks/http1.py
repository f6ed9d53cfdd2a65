"""Bytes of HTTP/1.1 on a connection: reading a request within limits, writing an answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from email.utils import formatdate

from coro_cli.webhooks import policy
from coro_cli.webhooks.policy import Answer
from coro_cli.webhooks.saved_request import FIELDS_MOST, HEAD_LONGEST, BadRequest, Head, chunk_size, head, length

HEAD = HEAD_LONGEST
WRITE_SECONDS = 10.0
_LINGER_SECONDS, _LINGER_BYTES = 1.0, 1024 * 1024
_PHRASES = {
    200: "OK", 202: "Accepted", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed",
    408: "Request Timeout", 413: "Content Too Large", 415: "Unsupported Media Type", 429: "Too Many Requests",
    431: "Request Header Fields Too Large", 503: "Service Unavailable",
}  # fmt: skip


class Broke(Exception):
    """The request cannot be read; `answer` says why."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(answer.reason)


async def read_head(reader: asyncio.StreamReader, seconds: float) -> Head | None:
    """Request line and fields; None where the client went away without a word. Raises Broke, TimeoutError."""
    try:
        async with asyncio.timeout(seconds):
            data = await reader.readuntil(b"\r\n\r\n")
    except TimeoutError as error:
        if not await _has_begun(reader):
            raise
        raise Broke(policy.refusal(408, "slow", f"the header fields did not come within {seconds:.0f} seconds")) from error
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            return None
        raise Broke(policy.refusal(400, "bad-request", "the request ends in its middle")) from error
    except asyncio.LimitOverrunError as error:
        raise Broke(policy.refusal(431, "headers", "the header fields are too large")) from error
    try:
        return head(data[:-4])
    except BadRequest as error:
        raise Broke(policy.refusal(400, "bad-request", str(error))) from error


async def _has_begun(reader: asyncio.StreamReader) -> bool:
    """Whether a piece of a request is there. A connection that rests is closed without a word."""
    try:
        async with asyncio.timeout(0.01):
            return bool(await reader.read(1))
    except TimeoutError:
        return False


def size(head: Head) -> int | None:
    """Length of the body; None for none, -1 for chunks. Raises BadRequest."""
    return length(head.fields)


def has_body(head: Head) -> bool:
    """Whether something may follow that nobody has read."""
    try:
        return size(head) not in (None, 0)
    except BadRequest:
        return True


def keeps(head: Head) -> bool:
    """Whether the client wants to go on with this connection."""
    said = ",".join(value.lower() for name, value in head.fields if name.lower() == "connection")
    words = {word.strip() for word in said.split(",")}
    return "close" not in words and (head.minor == 1 or "keep-alive" in words)


def go_on(writer: asyncio.StreamWriter, head: Head) -> None:
    """Answer `Expect: 100-continue`: the body is wanted."""
    if any(name.lower() == "expect" and value.lower() == "100-continue" for name, value in head.fields):
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")


async def body(reader: asyncio.StreamReader, size: int | None, largest: int, seconds: float, take: Callable[[int], bool]) -> bytes:
    """The body. take: asked for room for what has come. Raises Broke for one that is too large, cut or too slow."""
    found = bytearray()
    try:
        async with asyncio.timeout(seconds):
            if size == -1:
                await _chunks(reader, found, largest, take)
            else:
                await _piece(reader, found, size or 0, take)
    except TimeoutError as error:
        raise Broke(policy.refusal(408, "slow", f"the body did not come within {seconds:.0f} seconds")) from error
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, BadRequest) as error:
        raise Broke(policy.refusal(400, "bad-request", "the body is not whole")) from error
    return bytes(found)


async def _piece(reader: asyncio.StreamReader, found: bytearray, size: int, take: Callable[[int], bool]) -> None:
    left = size
    while left > 0:
        data = await reader.read(min(left, 256 * 1024))
        if not data:
            raise BadRequest("the client went away")
        if not take(len(data)):
            raise Broke(policy.busy())
        found += data
        left -= len(data)


async def _chunks(reader: asyncio.StreamReader, found: bytearray, largest: int, take: Callable[[int], bool]) -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-7.1; trailer fields are read over."""
    while size := chunk_size((await reader.readuntil(b"\r\n"))[:-2]):
        if len(found) + size > largest:
            raise Broke(policy.too_large(largest))
        await _piece(reader, found, size, take)
        if await reader.readexactly(2) != b"\r\n":
            raise BadRequest("a chunk does not end where it says")
    for _ in range(FIELDS_MOST):
        if await reader.readuntil(b"\r\n") == b"\r\n":
            return
    raise BadRequest("too many trailer fields")


def send(writer: asyncio.StreamWriter, answer: Answer, *, keep: bool, bare: bool = False) -> None:
    """Write an answer. bare: without its body (HEAD)."""
    document = json.dumps(answer.document).encode() + b"\n"
    lines = [
        f"HTTP/1.1 {answer.status} {_PHRASES.get(answer.status, 'Answer')}", f"Date: {formatdate(usegmt=True)}",
        "Content-Type: application/json", f"Content-Length: {len(document)}", "Cache-Control: no-store",
        f"Connection: {'keep-alive' if keep else 'close'}", *(f"{name}: {value}" for name, value in answer.headers),
    ]  # fmt: skip
    writer.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (b"" if bare else document))


async def drain(writer: asyncio.StreamWriter) -> None:
    """Wait until the client takes what was written. Raises TimeoutError."""
    async with asyncio.timeout(WRITE_SECONDS):
        await writer.drain()


async def linger(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read on for a moment before closing: a reset for unread bytes would take the answer away from the client."""
    try:
        async with asyncio.timeout(_LINGER_SECONDS):
            await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()
            left = _LINGER_BYTES
            while left > 0 and (data := await reader.read(65536)):
                left -= len(data)
    except (TimeoutError, OSError):
        pass
