"""A whole HTTP request as bytes, as `curl --trace`, a proxy or a test saved it: target, head and body.

The rules of framing are those of the receiver, so both refuse the same. Nothing here speaks to a connection.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from coro_cli.errors import UsageError

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
