"""Lists of many pages whose Link header is missing: lost in a proxy, or never sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import pytest

from coro_cli.plugins.answers import every_page
from coro_cli.plugins.protocol import Asks, Broken, Request, Response

ALL = [{"id": number} for number in range(5)]
ROOT = "https://git.example.org/api/things?per_page=2&since=x"


def answer(url: str, body: bytes, headers: Mapping[str, str]) -> Response:
    return Response(url, 200, headers, body, 0.0)


def read(asks: Asks[list[dict[str, int]]], headers: Mapping[int, Mapping[str, str]], *, deaf: bool = False) -> tuple[list[int], int]:
    """The numbers that were found, and in how many requests. deaf: the host answers the first page to everything."""
    request, asked = next(asks), 0
    try:
        while True:
            asked += 1
            page = int(parse_qs(urlsplit(request.path).query).get("page", ["1"])[0])
            page = 1 if deaf else page
            body = json.dumps(ALL[(page - 1) * 2 : page * 2]).encode()
            request = asks.send(answer(request.path, body, headers.get(page, {})))
    except StopIteration as stop:
        return [each["id"] for each in stop.value], asked


def test_gitlabs_next_page_is_followed_and_an_empty_one_is_the_end() -> None:
    headers = {1: {"x-next-page": "2"}, 2: {"x-next-page": "3"}, 3: {"x-next-page": ""}}
    assert read(every_page(Request(ROOT)), headers) == ([0, 1, 2, 3, 4], 3)


def test_a_total_tells_that_there_is_more() -> None:
    assert read(every_page(Request(ROOT)), {page: {"x-total-count": "5"} for page in (1, 2, 3)}) == ([0, 1, 2, 3, 4], 3)


def test_a_full_page_may_have_a_successor_where_the_host_counts_pages() -> None:
    assert read(every_page(Request(ROOT), size="per_page"), {}) == ([0, 1, 2, 3, 4], 3)
    assert read(every_page(Request(ROOT)), {}) == ([0, 1], 1)


def test_a_host_that_answers_the_same_page_again_has_no_other() -> None:
    assert read(every_page(Request(ROOT), size="per_page"), {}, deaf=True) == ([0, 1], 2)


def test_a_link_header_without_a_next_is_the_last_word() -> None:
    headers = {1: {"link": f'<{ROOT}>; rel="first"', "x-total-count": "5"}}
    assert read(every_page(Request(ROOT), size="per_page"), headers) == ([0, 1], 1)


def test_an_empty_body_is_no_empty_list() -> None:
    asks = every_page(Request(ROOT), size="per_page", nullable=True)
    with pytest.raises(Broken):
        asks.send(answer(next(asks).path, b"", {}))
