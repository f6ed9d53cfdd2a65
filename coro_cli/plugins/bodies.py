"""Reading bodies: the parts that must be there, lists of many pages, deliveries, and several objects one after the other."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qs

from coro_cli.domain.snapshot import Snapshot
from coro_cli.errors import Unreachable
from coro_cli.plugins.base import Look, Watched
from coro_cli.plugins.wire import Asks, Broken, Gone, Request, Response, items, parsed, text, want

T = TypeVar("T")
# Who holds a token that the host calls nobody's: no login has a blank.
NAMELESS = "access token"


def field_of(response: Response, name: str, kind: type[T]) -> T:
    """One field of an answer. Raises Broken where it is missing, null or something else."""
    return want(response.json(), name, kind, response.url.partition("?")[0])


def every_value(
    request: Request, *, most: int = 200, pages: list[Response] | None = None,
    enough: Callable[[Sequence[dict[str, Any]]], bool] = lambda found: False,
) -> Asks[list[dict[str, Any]]]:  # fmt: skip
    """The `values` of all pages that are joined by `next`, an address to be used as it is.

    pages: gets the answers themselves. enough: whether what was found will do. Raises Broken for an endless chain (the client,
    for one that leads to another host).
    """
    found: list[dict[str, Any]] = []
    for _ in range(most):
        page = yield request
        if pages is not None:
            pages.append(page)
        found += items(field_of(page, "values", list))
        onward = text(page.json(), "next")
        if not onward or enough(found):
            return found
        request = Request(onward)
    raise Broken(f"{page.url.partition('?')[0]} has more than {most} pages")


def one_by_one(watched: Sequence[Watched], look: Callable[[Watched], Asks[Snapshot]]) -> Asks[Look]:
    """Snapshots of all that can be read; a sentence for each of the others. A refusal of one is none of the others."""
    snapshots: dict[str, Snapshot] = {}
    failed: dict[str, str] = {}
    gone: list[str] = []
    for one in watched:
        try:
            snapshots[str(one.ref)] = yield from look(one)
        except (Gone, Broken) as error:
            failed[str(one.ref)] = error.message
            gone += [str(one.ref)] if isinstance(error, Gone) else []
        except Unreachable as error:  # a limit, a host that fails: what was read before is good
            if not snapshots:
                raise
            return Look(snapshots, failed, gone, ended=error)
    return Look(snapshots, failed, gone)


def named(watched: Watched, look: Asks[Snapshot], hint: str) -> Asks[Snapshot]:
    """The same look, by whose ref what is not there is called: hosts hide what a token may not see behind the same 404."""
    try:
        return (yield from look)
    except Gone as error:
        hint = f"check {hint}, and that the token may read it: coro doctor"
        raise Gone(f"there is no `{watched.ref}`, or the token may not see it", hint=hint) from error


def payload_of(body: bytes, headers: Mapping[str, str] | None = None) -> Any:
    """The JSON object of a delivery, also where it comes in a form (by the headers' content type). Raises Broken."""
    if (headers or {}).get("content-type", "").startswith("application/x-www-form-urlencoded"):
        try:
            body = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10).get("payload", [""])[0].encode()
        except ValueError as error:
            raise Broken("the delivery's form has too many fields") from error
    try:
        found = parsed(body)
    except (ValueError, RecursionError) as error:
        raise Broken("the delivery's body is no JSON") from error
    if not isinstance(found, dict):
        raise Broken("the delivery's body is no JSON object")
    return found


def basic(user: str, token: str) -> str:
    """The `Authorization` of a user and a token."""
    return "Basic " + base64.b64encode(f"{user}:{token}".encode()).decode()
