"""Pages of a list and the `Link` header that joins them (RFC 8288, in the form GitHub and its kin send it)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import urlencode

from coro_cli.drills.host.messages import Request

T = TypeVar("T")


def page_of(
    items: Sequence[T], request: Request, *, url: str, size_name: str = "per_page", default: int = 30, most: int = 100
) -> tuple[list[T], dict[str, str]]:
    """The page asked for and its headers; `url` is the absolute address of the list, without a query.

    Numbers that make no sense fall back to the default, a size above `most` to `most`, as the hosts do.
    """
    size = min(_number(request, size_name, default), most)
    page = _number(request, "page", 1)
    last = max(1, -(-len(items) // size))
    wanted = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
    shown = {rel: n for rel, n in wanted.items() if _shows(rel, page, last)}
    links = ", ".join(f'<{url}?{_query(request, n)}>; rel="{rel}"' for rel, n in shown.items())
    return list(items[(page - 1) * size : page * size]), {"link": links} if links else {}


def _shows(rel: str, page: int, last: int) -> bool:
    return page < last if rel in ("next", "last") else page > 1


def _query(request: Request, page: int) -> str:
    pairs = [(name, value) for name, values in request.values.items() for value in values if name != "page"]
    return urlencode([*pairs, ("page", page)])


def _number(request: Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and int(text) > 0 else default
