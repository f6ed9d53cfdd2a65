"""HTTP/1.1 as bytes: a saved request read whole, and requests read from a connection within limits."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate

from coro_cli.errors import UsageError
from coro_cli.webhooks import policy
from coro_cli.webhooks.policy import Answer

HEAD_LONGEST = 64 * 1024
FIELDS_MOST = 100
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LINE = re.compile(r"([A-Z][A-Z-]{0,31}) ([\x21-\x7e]{1,8000}) HTTP/1\.([01])")
# What a browser, `curl -v` or a proxy writes down of a request that was frames on the wire.
_LATER = re.compile(rb"([A-Z][A-Z-]{0,31} [\x21-\x7e]{1,8000} HTTP)/[23](?:\.0)?(?=\r?\n|$)")
_ORIGIN = re.compile(r"https?://[^/?#]*", re.IGNORECASE)


class BadRequest(Exception):
    """It is no HTTP request; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Head:
    """Request line and fields. target: as sent. minor: of HTTP/1.minor. fields: names as sent, values as latin-1."""

    method: str
    target: str
    minor: int
    fields: tuple[tuple[str, str], ...]

    @property
    def path(self) -> str:
        """The target without its query, and without the origin that proxies are told. Nothing is decoded: `%2f` is no slash to us."""
        path = self.target.partition("?")[0]
        return path if path.startswith("/") else _ORIGIN.sub("", path, count=1)


def head(data: bytes) -> Head:
    """Read request line and fields (without the blank line after them). Raises BadRequest."""
    text = data.decode("latin-1")
    first, *lines = text.replace("\r\n", "\n").split("\n")
    line = _LINE.fullmatch(first)
    if line is None:
        raise BadRequest("it does not begin with a request line")
    if len(lines) > FIELDS_MOST:
        raise BadRequest(f"it has more than {FIELDS_MOST} header fields")
    return Head(line[1], line[2], int(line[3]), tuple(field(each) for each in lines))


def field(line: str) -> tuple[str, str]:
    """One `Name: value`. Raises BadRequest, also for folded lines, blanks before the colon and bare CR."""
    name, colon, value = line.partition(":")
    if not colon or not _TOKEN.fullmatch(name) or "\r" in value or "\x00" in value:
        raise BadRequest("a header line is not `Name: value`")
    return name, value.strip(" \t")


def length(fields: tuple[tuple[str, str], ...]) -> int | None:
    """Content-Length; None where there is none; -1 for chunks. Raises BadRequest for what could be read in two ways."""
    lengths = [value for name, value in fields if name.lower() == "content-length"]
    codings = [value.lower() for name, value in fields if name.lower() == "transfer-encoding"]
    if codings:
        if lengths or codings != ["chunked"]:
            raise BadRequest("its length is told in two ways, or in one that nobody reads")
        return -1
    if not lengths:
        return None
    if len(set(lengths)) > 1 or not re.fullmatch(r"[0-9]{1,15}", lengths[0], re.ASCII):
        raise BadRequest("its `Content-Length` is no number")
    return int(lengths[0])


def whole(data: bytes) -> tuple[Head, bytes]:
    """A request from a file. Raises UsageError that says what is wrong with the file."""
    ends = [at for at in (data.find(b"\r\n\r\n"), data.find(b"\n\n")) if at >= 0]
    if not ends:
        raise UsageError("the request has no blank line between headers and body", hint="save it as it came over the wire")
    end = min(ends)
    body = data[end + (4 if data[end : end + 1] == b"\r" else 2) :]
    try:
        found = head(_LATER.sub(rb"\1/1.1", data[:end], count=1))
        size = length(found.fields)
        body = _unchunked(body) if size == -1 else body
    except BadRequest as error:
        raise UsageError(f"the file is no HTTP request: {error}", hint="save it as it came over the wire") from error
    return found, _cut(body, size)


def _cut(body: bytes, size: int | None) -> bytes:
    if size is None or size < 0:
        return body
    if len(body) < size:
        raise UsageError(f"the request's body has {len(body)} of {size} bytes", hint="save it as it came over the wire")
    if body[size:].strip(b"\r\n"):
        said = f"the request's body has {len(body)} bytes, and its `Content-Length` is {size}"
        raise UsageError(said, hint="save it as it came over the wire")
    return body[:size]  # an editor ends the file with a line end that was never sent


def _unchunked(data: bytes) -> bytes:
    """The body in the chunks of a file, whose line ends may have become LF."""
    body = bytearray()
    while True:
        line, found, data = data.partition(b"\n")
        size = chunk_size(line)
        if not found or len(data) < size:
            raise BadRequest("its last chunk is missing")
        if size == 0:
            return bytes(body)
        body += data[:size]
        data = data[size:].removeprefix(b"\r").removeprefix(b"\n")


def chunk_size(line: bytes) -> int:
    """The size a chunk begins with (https://www.rfc-editor.org/rfc/rfc9112#section-7.1). Raises BadRequest."""
    text = line.split(b";", 1)[0].strip()
    if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", text):
        raise BadRequest("a chunk does not begin with its size")
    return int(text, 16)


# Bytes of HTTP/1.1 on a connection: reading a request within limits, writing an answer.


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
