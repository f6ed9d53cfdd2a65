"""The language between a plugin and the client: a plugin yields Requests, is sent Responses, and returns facts.

    def whoami(self) -> Asks[str]:
        answer = yield Request("/user")
        return text(answer.json(), "login")

No plugin opens a connection, so every rule about a host can be tried with recorded bytes. What a host may answer besides
the truth has five names:

    Limited      too many requests; `until` says when to ask again (epoch seconds, our clock)
    Denied       the credentials are refused or missing: the plugin becomes a stub
    Gone         there is no such object, or no right to see it (hosts do not tell which)
    Broken       an answer that cannot be what the host promises: HTML, cut JSON, a missing field
    Overloaded   a 5xx, or no answer in time: a smaller question may be answered
    Unreachable  no answer (coro_cli.errors)
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from coro_cli.errors import CoroError, NotFound, Unavailable, Unreachable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. path: below the plugin's API root, or a whole URL of the same host.

    conditional: send the stored validators; the answer may then be 304. weight: what it costs of the host's limit, where
    that is known beforehand. missing_ok: a 404 comes back as a Response instead of Gone.
    """

    path: str
    method: str = "GET"
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    conditional: bool = False
    missing_ok: bool = False
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Together(Request):
    """Questions that may be asked beside one another. outcomes: by place in `parts` what each returned or raised.

    After a limit, or a failure of the host as a whole, no further request is sent: the parts that are left get that error.
    """

    parts: Sequence[Generator[Request, Response, Any]] = ()
    outcomes: dict[int, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. headers: lower-case names. date: the host's clock (epoch seconds), from `Date`."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    date: float

    @property
    def not_modified(self) -> bool:
        """Nothing changed since the validators were stored."""
        return self.status == 304

    def json(self) -> Any:
        """The parsed body; Broken with the URL where it is none."""
        try:
            return parsed(self.body)
        except (ValueError, RecursionError) as error:
            kind = self.headers.get("content-type", "").partition(";")[0] or "no type"
            sort = "a web page" if b"<html" in self.body[:2000].lower() else f"no JSON ({kind})"
            raise Broken(f"{self.url} answered with {sort} where JSON was promised") from error

    def maybe_json(self) -> Any:
        """The parsed body, or None where it is none: a refusal may come as a page or a bare word."""
        try:
            return parsed(self.body)
        except (ValueError, RecursionError):
            return None


Asks = Generator[Request, Response, T]
# What a `Together` is answered with: its outcomes stand in itself.
GATHERED = Response("", 200, {}, b"", 0.0)

_HALF = re.compile(r"[\ud800-\udfff]|\\u[dD][89a-fA-F]")


def parsed(body: bytes) -> Any:
    """JSON from outside. Raises ValueError, RecursionError.

    Half a surrogate pair becomes a question mark: no store, pipe or terminal can carry it, and it would stop whoever tries.
    """
    written = body.decode(json.detect_encoding(body), "surrogatepass")
    found = json.loads(written)
    return json.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace")) if _HALF.search(written) else found


class Limited(Unreachable):
    """The host asks for a pause."""

    code = "rate-limited"

    def __init__(self, message: str, *, until: float) -> None:
        super().__init__(message)
        self.until = until


class Denied(Unavailable):
    """The credentials are refused. whole: for everything, not for this one place."""

    code = "credentials"

    def __init__(self, message: str, *, hint: str | None = None, whole: bool = True) -> None:
        super().__init__(message, hint=hint)
        self.whole = whole


class Gone(NotFound):
    """There is no such object, or these credentials may not see it."""


class Overloaded(Unreachable):
    """The host failed over this question, or took too long: it may manage a smaller one."""


class Broken(Unreachable):
    """The host answered something else than it promises."""

    code = "bad-answer"


def together(parts: Sequence[Asks[T]]) -> Asks[list[T | Exception]]:
    """Ask all of these, as many at once as the host may be asked; what each returned or raised, in their order."""
    asked = Together("", parts=parts)
    yield asked
    return [asked.outcomes[place] for place in range(len(parts))]


# What a reader stumbles over in an answer that is not what it should be.
ODD = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)


def is_of_all(error: BaseException) -> bool:
    """Whether asking on is of no use: a limit, or a host that fails over more than this one object."""
    return not isinstance(error, CoroError) or (isinstance(error, Unreachable) and not isinstance(error, Broken))


def odd(error: Exception, url: str) -> Broken:
    """What to call an answer that a reader stumbled over: text from outside must not end a cycle."""
    return Broken(f"{url} answered with what cannot be read ({type(error).__name__}: {str(error)[:80]})")


def in_turn(asked: Together) -> Asks[Response]:
    """The same questions one after the other, for whoever answers one at a time."""
    trouble: CoroError | None = None
    for place, part in enumerate(asked.parts):
        try:
            asked.outcomes[place] = trouble or (yield from part)
        except ODD as error:
            asked.outcomes[place] = odd(error, "the host")
        except CoroError as error:
            asked.outcomes[place] = error
            trouble = error if is_of_all(error) else None
        part.close()
    return GATHERED


def only_here(error: Exception) -> None:
    """Raise it again where it refuses the token altogether: nothing follows from what such a token is not told."""
    if isinstance(error, Denied) and error.whole:
        raise error


def want(value: Any, name: str, kind: type[T], url: str) -> T:
    """`value[name]` of the given type, or Broken naming the URL and the field."""
    found = value.get(name) if isinstance(value, dict) else None
    if isinstance(found, bool) and kind is not bool:
        found = None
    if not isinstance(found, kind):
        raise Broken(f"{url} answered without a usable `{name}`")
    return found


def maybe(value: Any, *names: str) -> Any:
    """`value[a][b]…`, or None as soon as something on the way is missing or null."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def text(value: Any, *names: str) -> str:
    """The text at `value[a][b]…`, or "" where it is missing or no text."""
    found = maybe(value, *names)
    return found if isinstance(found, str) else ""


def ident(value: Any, *names: str) -> str:
    """The id at `value[a][b]…` as text: hosts write one and the same id as a text here and as a number there."""
    found = maybe(value, *names)
    return str(found) if isinstance(found, int) and not isinstance(found, bool) else text(value, *names)


def items(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; hosts put nulls into lists (Gitea) and nulls where lists should be."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
