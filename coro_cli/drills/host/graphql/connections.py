"""Connections: cursors, pages from either end, and the types they need (https://relay.dev/graphql/connections.htm)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coro_cli.drills.host.graphql.schema import PAGING, Args, FieldOf, Fields, Refused, Schema, plain, to


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. total: of the whole list, whatever the page."""

    items: Sequence[Any]
    total: int
    before: bool
    after: bool
    cursor: Callable[[Any], str]


def page(items: Sequence[Any], args: Args, *, number: Callable[[Any], int]) -> Page:
    """The page that `first`/`last`/`after`/`before` ask for. `number` orders the items for their cursors."""
    start = _place(items, args["after"], number) + 1 if args.get("after") else 0
    end = _place(items, args["before"], number) if args.get("before") else len(items)
    first, last = args.get("first"), args.get("last")
    if first is not None:
        end = min(end, start + first)
    if last is not None:
        start = max(start, end - last)
    shown = items[start : max(start, end)]
    return Page(shown, len(items), start > 0, start + len(shown) < len(items), lambda item: _cursor(number(item)))


def connection(schema: Schema, type: str, resolve: Callable[[Any, Args], Page], **args: str) -> FieldOf:
    """A field that gives a connection to `type`, whose connection types are entered into the schema."""
    name = f"{type}Connection"
    schema.types.setdefault(name, _connection_fields(type))
    schema.types.setdefault(f"{type}Edge", {"node": to(type, lambda e: e[0]), "cursor": plain(lambda e: e[1])})
    schema.types.setdefault("PageInfo", _PAGE_INFO)
    return FieldOf(resolve, name, {**PAGING, **args}, connection=True, size=asked)


def asked(args: Args) -> int:
    """How many objects a page may hold."""
    sizes = [size for size in (args.get("first"), args.get("last")) if size is not None]
    return min(sizes) if sizes else 0


_PAGE_INFO: Fields = {
    "hasNextPage": plain(lambda p: p.after),
    "hasPreviousPage": plain(lambda p: p.before),
    "startCursor": plain(lambda p: p.cursor(p.items[0]) if p.items else None),
    "endCursor": plain(lambda p: p.cursor(p.items[-1]) if p.items else None),
}


def _connection_fields(type: str) -> Fields:
    return {
        "nodes": to(type, lambda p: list(p.items)),
        "edges": to(f"{type}Edge", lambda p: [(item, p.cursor(item)) for item in p.items]),
        "totalCount": plain(lambda p: p.total),
        "pageInfo": to("PageInfo", lambda p: p),
    }


def _cursor(number: int) -> str:
    return base64.b64encode(f"cursor:v2:{number}".encode()).decode()


def _place(items: Sequence[Any], cursor: str, number: Callable[[Any], int]) -> int:
    """Where the item of a cursor is, or the last one before where it was if it is gone."""
    try:
        wanted = int(base64.b64decode(cursor, validate=True).decode().removeprefix("cursor:v2:"))
    except ValueError:
        raise Refused("INVALID_CURSOR_ARGUMENTS", f"`{cursor}` does not appear to be a valid cursor.") from None
    numbers: Mapping[int, int] = {number(item): index for index, item in enumerate(items)}
    return numbers.get(wanted, sum(n < wanted for n in numbers) - 1)
