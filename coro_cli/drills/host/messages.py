"""What goes over the wire: one request as it came, one answer as it will leave."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

JSON = "application/json; charset=utf-8"


@dataclass(slots=True)
class Request:
    """One request.

    path: as sent, still percent-encoded, without the query. query: the last value of each name; `values` has all.
    headers: names in lower case. params: what the route's `{names}` matched, decoded.
    status, charged and at (the host's clock) are filled in when it is answered; `charged` is what it cost the limit.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    values: dict[str, list[str]] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    status: int = 0
    charged: int = 0
    at: float = 0.0

    def json(self) -> Any:
        """The body as JSON. Raises ValueError when it is none."""
        return json.loads(self.body)

    @property
    def target(self) -> str:
        """Path and query in one canonical line, to compare and to cache by."""
        names = sorted((name, value) for name, values in self.values.items() for value in values)
        return self.path + ("?" + "&".join(f"{n}={v}" for n, v in names) if names else "")

    @property
    def token(self) -> str:
        """The bearer (or `token`, or basic) credential as sent; empty without one."""
        return self.headers.get("authorization", "").partition(" ")[2].strip()


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. body: bytes go out as they are, None sends nothing, anything else is written as JSON.

    etag: whether the host gives it one and answers 304 to those who hold it. cut: send only so many bytes of the body,
    though Content-Length promises all, then close. drop: close without a word.
    """

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: bool = True
    cut: int | None = None
    drop: bool = False

    def encoded(self) -> Response:
        """The same with a body of bytes."""
        if isinstance(self.body, bytes):
            return self
        if self.body is None:
            return replace(self, body=b"")
        text = json.dumps(self.body, ensure_ascii=False, separators=(",", ":"))
        return replace(self, body=text.encode(), headers={"content-type": JSON, **self.headers})

    def plus(self, headers: Mapping[str, str]) -> Response:
        """The same with further headers."""
        return replace(self, headers={**self.headers, **headers})


def entity_tag(body: bytes, salt: str = "") -> str:
    """A strong entity tag: equal bytes (and equal salt) give equal tags."""
    return f'"{hashlib.blake2b(body, digest_size=20, key=salt.encode()[:64]).hexdigest()}"'


def holds(request: Request, tag: str) -> bool:
    """Whether the client already has this tag (RFC 9110, If-None-Match: a list, weak comparison, or `*`)."""
    sent = request.headers.get("if-none-match", "")
    return sent.strip() == "*" or tag in {part.strip().removeprefix("W/") for part in sent.split(",")}
