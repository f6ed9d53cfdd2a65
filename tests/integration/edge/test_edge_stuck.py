"""Runners that take nothing, and runners that leave in the middle of a word: none of them is in anybody's way."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from edge_bed import Bed, Edge, RawRunner, signed, until
from uvicorn.server import ServerState
from websockets.exceptions import ConnectionClosed

from coro_cli.edge import admin, app
from coro_cli.edge.database import Admin

PATH = "/webhook/acme/github"


@contextmanager
def deaf(edge: Edge, token: str, runner: str) -> Iterator[None]:
    """A runner that registers and then never reads again, while its machine keeps the connection up."""
    host, _, port = edge.address.partition(":")
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.settimeout(60)
        raw.connect((host, int(port)))
        key = b64encode(os.urandom(16)).decode()
        fields = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
        raw.sendall(f"GET /ws/runner HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{fields}\r\n".encode())
        assert b" 101 " in raw.recv(4096).splitlines()[0]
        frame = json.dumps({"type": "runner:register", "runnerId": runner, "hostname": "h"}).encode()
        raw.sendall(bytes([0x81, 0x80 | len(frame), 0, 0, 0, 0]) + frame)  # a mask of zeros
        yield


def fill(bed: Bed, edge: Edge) -> None:
    """More than the buffers between an edge and one runner can hold, and it is on its way."""
    for number in range(16):
        body = json.dumps({"n": number, "x": "y" * 500_000}).encode()
        assert edge.post(PATH, body, signed(body, delivery=f"large-{number}")).status_code == 202
    until(lambda: bed.rows("SELECT 1 FROM dispatches WHERE connection IS NOT NULL"), 60)


def test_a_runner_that_takes_nothing_holds_up_neither_revocation_nor_its_own_successor(bed: Bed, edge: Edge) -> None:
    tokens = {"runner-1": bed.team(), "runner-2": bed.token(), "runner-3": bed.token()}
    with deaf(edge, tokens["runner-1"], "laptop"):
        until(lambda: bed.rows("SELECT 1 FROM runner_connections WHERE runner = 'laptop'"), 60)
        fill(bed, edge)
        with RawRunner(edge, tokens["runner-2"], "desk") as other, Admin(bed.url) as opened:
            for name in ("runner-1", "runner-2"):
                admin.revoke_token(opened, "acme", name)
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    other.receive(60)
            assert closed.value.rcvd is not None and closed.value.rcvd.code == 4401
        until(lambda: not bed.rows("SELECT 1 FROM runner_connections"), 60)
        with RawRunner(edge, tokens["runner-3"], "laptop") as after:
            assert after.receive(60)["pluginId"] == "github"


def test_a_runner_that_comes_again_while_its_old_socket_takes_nothing_is_served_at_once(bed: Bed, edge: Edge) -> None:
    token = bed.team()
    with deaf(edge, token, "laptop"):
        until(lambda: bed.rows("SELECT 1 FROM runner_connections WHERE runner = 'laptop'"), 60)
        fill(bed, edge)
        with RawRunner(edge, token, "laptop") as again:
            for _ in range(16):
                again.ack(again.receive(60))
            until(lambda: {row["state"] for row in bed.rows("SELECT state FROM dispatches")} == {"acked"}, 60)
            again.send(type="runner:heartbeat", runnerId="laptop", capabilities={"refs": ["github:acme/api#1"]})
            until(lambda: bed.rows("SELECT 1 FROM runners WHERE watching = '{github:acme/api#1}'"), 60)


def test_what_was_acknowledged_with_the_last_breath_is_not_sent_again(bed: Bed, edge: Edge) -> None:
    token = bed.team()
    for number in range(6):
        body = json.dumps({"n": number}).encode()
        edge.post(PATH, body, signed(body, delivery=f"d-{number}"))
        with RawRunner(edge, token) as runner:
            runner.ack(runner.receive(60))
    until(lambda: not bed.rows("SELECT 1 FROM runner_connections"), 60)
    assert {(row["state"], row["tries"]) for row in bed.rows("SELECT state, tries FROM dispatches")} == {("acked", 1)}


def test_a_connection_that_brings_no_request_is_closed_and_one_that_does_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "SECONDS", 0.3)

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await asyncio.sleep(0.8)  # at work for longer than a head may take
        await send({"type": "http.response.body", "body": b""})

    async def story() -> list[bytes]:
        config = uvicorn.Config(answer, lifespan="off", log_config=None)
        server = await asyncio.get_running_loop().create_server(lambda: app.Heads(config, ServerState(), {}), "127.0.0.1", 0)
        async with server:
            said = []
            for sent in (b"", b"POST /webhook/acme/github HTTP/1.1\r\nX-Trick", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"):
                reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
                writer.write(sent)
                said.append(await asyncio.wait_for(reader.read(), 60))
                writer.close()
            return said

    nothing, trickle, whole = asyncio.run(story())
    assert (nothing, trickle, whole[:15]) == (b"", b"", b"HTTP/1.1 200 OK")
