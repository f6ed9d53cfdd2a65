"""The client against hosts that drip, bomb, redirect and cut: every request has an end, and the token stays at home."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator

import httpx
import pytest
from raw_bytes import answer, raw_server

from coro_cli.errors import CoroError, Unreachable
from coro_cli.plugins import http
from coro_cli.plugins.answers import every_page
from coro_cli.plugins.base import Settings
from coro_cli.plugins.client import Client
from coro_cli.plugins.github import GitHub
from coro_cli.plugins.protocol import Broken, Overloaded, Request

TOKEN = "ghp_secret"
SHORT = 0.4
Connect = Callable[..., Client]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Makes clients of a GitHub plugin for an API root. seconds: what a request may take; most are to come to their end."""
    made: list[Client] = []

    def client(url: str, seconds: float = 60.0) -> Client:
        made.append(Client(GitHub(Settings("github", "github", url, "https://github.com", TOKEN)), total_seconds=seconds))
        return made[-1]

    yield client
    for each in made:
        each.close()


@pytest.mark.parametrize("where", ["head", "body", "silence"])
def test_a_host_that_drips_is_left_when_the_time_is_up(where: str, connect: Connect) -> None:
    done = threading.Event()

    def drip(connection: socket.socket, _: bytes) -> None:
        start = {"head": b"HTTP/1.1 200 OK\r\n", "body": b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", "silence": b""}[where]
        connection.sendall(start)
        for _ in range(2000):
            if done.wait(0.05):
                break
            connection.sendall(b"a" if where == "body" else b"X-A: b\r\n" if where == "head" else b"")

    with raw_server(drip) as server:
        began = time.monotonic()
        with pytest.raises(Overloaded, match="took longer than"):
            connect(server.url, SHORT).send(Request("/user"))
        assert time.monotonic() - began < 30
        done.set()


def test_a_connection_that_is_made_when_the_time_is_up_already_is_ended_at_once(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading certificates on a busy machine can take longer than the whole exchange may."""
    ended = threading.Event()

    def wait(connection: socket.socket, _: bytes) -> None:
        ended.wait(60)

    prompt = Client._connections

    def late(client: Client, url: str) -> httpx.Client:
        time.sleep(0.6)
        return prompt(client, url)

    monkeypatch.setattr(Client, "_connections", late)
    with raw_server(wait) as server:
        began = time.monotonic()
        with pytest.raises(Overloaded, match="took longer than"):
            connect(server.url, SHORT).send(Request("/user"))
        assert time.monotonic() - began < 30
        ended.set()


def test_after_a_deadline_the_client_works_again(connect: Connect) -> None:
    slow, over = [True], threading.Event()

    def talk(connection: socket.socket, head: bytes) -> None:
        if slow.pop() if slow else False:
            over.wait(60)
        answer(b'{"login": "me"}')(connection, head)

    with raw_server(talk) as server:
        client = connect(server.url, SHORT)
        with pytest.raises(Unreachable):
            client.send(Request("/user"))
        over.set()
        client.total_seconds = 60.0
        assert client.send(Request("/user")).json() == {"login": "me"}


def test_a_gzip_bomb_is_bounded_while_it_is_unpacked(connect: Connect) -> None:
    bomb = gzip.compress(b"\0" * (40 << 20))
    with raw_server(answer(bomb, headers="Content-Encoding: gzip\r\n")) as server:
        client = connect(server.url)
        client.body_limit = 1 << 20
        with pytest.raises(Broken, match="more than 1 MB"):
            client.send(Request("/user"))


def test_an_endless_body_is_bounded_too() -> None:
    def chunks() -> Iterator[bytes]:
        while True:
            yield b"x" * 65536

    with pytest.raises(Broken, match="more than 1 MB"):
        http.whole(chunks(), "", "h", limit=1 << 20)


def test_packed_answers_are_read_and_cut_ones_are_refused(connect: Connect) -> None:
    packed = gzip.compress(b'{"login": "me"}' * 1000)
    assert http.whole([packed[:10], packed[10:]], "gzip", "h") == b'{"login": "me"}' * 1000
    for spoiled, said in ((packed[:-20], "broke off"), (b"\x1f\x8b" + b"junk" * 9, "broken gzip")):
        with pytest.raises(Broken, match=said):
            http.whole([spoiled], "gzip", "h")
    with raw_server(answer(zlib.compress(b"{}"), headers="Content-Encoding: deflate\r\n")) as server, pytest.raises(Broken):
        connect(server.url).send(Request("/user"))


def test_the_token_follows_a_redirect_on_its_own_host(connect: Connect) -> None:
    def talk(connection: socket.socket, head: bytes) -> None:
        moved = head.startswith(b"GET /old")
        answer(b"[]", **({"status": "301 Moved", "headers": "Location: /new?page=2\r\n"} if moved else {}))(connection, head)

    with raw_server(talk) as server:
        assert connect(server.url).send(Request("/old")).url == f"{server.url}/new?page=2"
        assert [TOKEN.encode() in head for head in server.heads] == [True, True]


def test_the_token_never_follows_a_redirect_to_another_host(connect: Connect) -> None:
    with raw_server(answer(b"[]")) as other:
        elsewhere = answer(b"", status="302 Found", headers=f"Location: {other.url}/x\r\n")
        with raw_server(elsewhere) as server:
            connect(server.url).send(Request("/old"))
    assert [TOKEN.encode() in head for head in server.heads] == [True]
    assert [b"uthorization" in head for head in other.heads] == [False]


def test_what_another_host_refuses_is_no_verdict_on_our_token(connect: Connect) -> None:
    with raw_server(answer(b"{}", status="401 Unauthorized")) as other:
        elsewhere = answer(b"", status="301 Moved", headers=f"Location: {other.url}/x\r\n")
        with raw_server(elsewhere) as server, pytest.raises(Broken, match=r"redirects to .* answered 401"):
            connect(server.url).send(Request("/old"))


def test_a_next_page_on_another_host_is_not_asked_for(connect: Connect) -> None:
    with raw_server(answer(b"[]")) as other:
        onward = answer(b"[]", headers=f'Link: <{other.url}/x>; rel="next"\r\n')
        with raw_server(onward) as server, pytest.raises(Broken, match="another host"):
            connect(server.url).drive(every_page(Request("/list")))
    assert other.heads == []


@pytest.mark.parametrize("target", ["/again", "//", "http://[bad", "ftp://127.0.0.1/x"])
def test_redirects_that_lead_nowhere_end(target: str, connect: Connect) -> None:
    with raw_server(answer(b"", status="302 Found", headers=f"Location: {target}\r\n")) as server, pytest.raises(CoroError):
        connect(server.url).send(Request("/old"))


def test_a_list_whose_pages_lead_in_a_circle_ends(connect: Connect) -> None:
    def talk(connection: socket.socket, head: bytes) -> None:
        answer(b"[{}]", headers='Link: </list?page=2>; rel="next"\r\n'.replace("</", f"<{server.url}/"))(connection, head)

    with raw_server(talk) as server, pytest.raises(Broken, match="again and again"):
        connect(server.url).drive(every_page(Request("/list")))


@pytest.mark.parametrize(
    "body", [b"", b"<html></html>", b"[" * 100_000, b'{"a": ', b"\xff\xfe", b"null", b'"text"', b"17"],
    ids=["empty", "page", "deep", "cut", "bytes", "null", "text", "number"],
)  # fmt: skip
def test_what_is_no_answer_is_named_with_its_address(body: bytes, connect: Connect) -> None:
    with raw_server(answer(body)) as server:
        client = connect(server.url)
        with pytest.raises(Broken, match=r"/list"):
            client.drive(every_page(Request("/list")))
