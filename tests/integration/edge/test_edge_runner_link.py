"""The runner's end of the relay, against an edge that does exactly what the test says."""

from __future__ import annotations

import base64
import json
import queue
import sqlite3
import threading
import tomllib
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from edge_bed import Bed, Edge, until
from helpers import Coro
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from coro_cli.drills.host.github import GitHubHost

BODY = json.dumps({"action": "created", "issue": {"number": 42, "pull_request": {}}, "repository": {"full_name": "acme/api"}}).encode()


class Script:
    """An edge: every frame of the runner is kept, and frames are sent as the test says."""

    def __init__(self) -> None:
        self.frames: queue.Queue[dict[str, Any]] = queue.Queue()
        self.sockets: queue.Queue[ServerConnection] = queue.Queue()
        self.tokens: list[str] = []
        self._server = serve(self._handle, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.socket.getsockname()[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _handle(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        self.tokens.append(socket.request.headers.get("Authorization", ""))
        self.sockets.put(socket)
        try:
            for text in socket:
                self.frames.put(json.loads(text))
        except ConnectionClosed:
            pass

    def next(self, kind: str, timeout: float = 20) -> dict[str, Any]:
        """The next frame of a kind; others are passed over."""
        while True:
            frame = self.frames.get(timeout=timeout)
            if frame["type"] == kind:
                return frame

    def close(self) -> None:
        self._server.shutdown()


@pytest.fixture
def script() -> Iterator[Script]:
    """The scripted edge."""
    made = Script()
    yield made
    made.close()


def pair(coro: Coro, script: Script) -> None:
    """`coro login`, as a person would."""
    done = coro("login", "--url", script.url, "-", input="coro_rt_secret-token\n")
    assert done.code == 0, done
    script.sockets.get(timeout=10)
    assert (coro.home / "config.toml").stat().st_mode & 0o777 == 0o600


def webhook(id: str, body: bytes = BODY, delivery: str = "d-1") -> str:
    """A frame as an edge sends it."""
    headers = {"x-github-event": "issue_comment", "x-github-delivery": delivery, "content-type": "application/json"}
    return json.dumps({
        "type": "event:pluginWebhook", "pluginId": "github", "headers": headers, "deliveryId": id,
        "rawBodyBase64": base64.b64encode(body).decode(), "receivedAt": "2026-11-24T00:00:00Z",
    })  # fmt: skip


def rows(coro: Coro, query: str) -> list[tuple[Any, ...]]:
    """Ask the home's store."""
    with closing(sqlite3.connect(coro.home / "coro.db")) as store:
        return store.execute(query).fetchall()


def test_a_runner_says_what_it_watches_and_acknowledges_after_its_commit(coro: Coro, host: GitHubHost, script: Script) -> None:
    pull = host.pull("acme/api", 42, author="dev", title="A thing")
    pair(coro, script)
    with coro.running("--interval", "1h") as runner:
        socket = script.sockets.get(timeout=20)
        said = script.next("runner:register")
        assert script.tokens[-1] == "Bearer coro_rt_secret-token"
        assert (said["capabilities"]["refs"], bool(said["runnerId"])) == ([], True)
        job = coro("park", "github:acme/api#42", "--on", "commented", "--from", "anyone", "--", "true").id
        assert "github:acme/api#42" in script.next("runner:heartbeat")["capabilities"]["refs"]
        runner.wait_for("relay", state="connected")
        until(lambda: coro.json("status")["runner"]["relay"] == "connected")
        pull.comment("alice", "go", association="MEMBER")
        socket.send(webhook("17"))
        assert script.next("event:ack")["deliveryId"] == "17"
        assert rows(coro, "SELECT delivery, source FROM deliveries") == [("d-1", "relay")]
        runner.wait_for("run-ended", job=job)
        said = [event for event in coro.json("events", "--job", job) if event["name"] == "pull_request:commented"]
        assert [event["source"] for event in said] == ["relay"]
        socket.send(webhook("17"))
        assert script.next("event:ack")["deliveryId"] == "17"
        assert rows(coro, "SELECT times FROM deliveries") == [(2,)]
        assert coro.json("show", job)["state"] == "completed"


def test_polling_slows_while_the_relay_is_there_and_is_quick_again_when_it_is_not(coro: Coro, host: GitHubHost, script: Script) -> None:
    host.pull("acme/api", 42, author="dev", title="A thing")
    coro("park", "github:acme/api#42", "--on", "merged", "--", "true")
    pair(coro, script)
    with coro.running("--interval", "20s"):
        script.sockets.get(timeout=20)
        until(lambda: coro.json("status")["plugins"]["github"]["interval"] > 80)
        script.close()
        until(lambda: coro.json("status")["runner"]["relay"].startswith("down"))
        until(lambda: coro.json("status")["plugins"]["github"]["interval"] <= 20)


def test_frames_that_are_none_are_not_acknowledged_and_end_nothing(coro: Coro, host: GitHubHost, script: Script) -> None:
    host.pull("acme/api", 42, author="dev", title="A thing")
    pair(coro, script)
    with coro.running("--interval", "1h"):
        socket = script.sockets.get(timeout=20)
        bad = {"type": "event:pluginWebhook", "pluginId": "github", "headers": {}, "deliveryId": "1"}
        for text in ("", "no JSON", "[]", '{"type": 7}', json.dumps(bad), json.dumps(bad | {"rawBodyBase64": "%%%"}), "[" * 5000):
            socket.send(text)
        socket.send(json.dumps({"type": "proposal:apply", "files": [{"path": "/etc/passwd", "content": "x"}]}))
        socket.send(json.dumps({"type": "event:dispatch", "jobId": "abcdef"}))
        socket.send(json.dumps({"type": "runner:ping"}))
        assert script.next("runner:heartbeat")["runnerId"]
        socket.send(webhook("2", b"no JSON at all", "d-2"))
        assert script.next("event:ack")["deliveryId"] == "2"
        until(lambda: rows(coro, "SELECT outcome FROM deliveries WHERE delivery = 'd-2'") == [("unreadable",)])


def test_orders_of_the_edge_are_a_persons_and_a_prompt_is_a_message_never_a_phase(coro: Coro, host: GitHubHost, script: Script) -> None:
    host.pull("acme/api", 42, author="dev", title="A thing")
    words = ("--phase", "review", "--", "sh", "-c", "cat; echo phase=$CORO_PHASE; exit 75")
    job = coro("park", "github:acme/api#42", "--on", "merged", *words).id
    pair(coro, script)
    with coro.running("--interval", "1h") as runner:
        socket = script.sockets.get(timeout=20)
        script.next("runner:register")
        socket.send(json.dumps({"type": "event:resume", "jobId": job, "prompt": "deploy", "deliveryId": "1"}))
        assert script.next("event:ack")["deliveryId"] == "1"
        runner.wait_for("run-ended", job=job, run=1)
        log = coro("logs", job).out
        assert "deploy" in log and "phase=review" in log
        socket.send(json.dumps({"type": "event:message", "jobId": job, "message": "rebase first"}))
        runner.wait_for("run-ended", job=job, run=2)
        assert "rebase first" in coro("logs", job).out
        socket.send(json.dumps({"type": "event:cancel", "jobId": "zzzzzz"}))
        socket.send(json.dumps({"type": "event:cancel", "jobId": job, "reason": "not needed"}))
        until(lambda: coro.json("show", job)["state"] == "cancelled")


def test_a_runner_that_dies_before_it_acknowledges_handles_the_delivery_once(coro: Coro, host: GitHubHost, script: Script) -> None:
    pull = host.pull("acme/api", 42, author="dev", title="A thing")
    job = coro("park", "github:acme/api#42", "--on", "commented", "--from", "anyone", "--", "true").id
    pair(coro, script)
    process = coro.popen("start", "--interval", "1h", "--log-format", "json", env={"CORO_CRASH_AT": "ack.before-send"})
    with process:
        socket = script.sockets.get(timeout=20)
        pull.comment("alice", "go", association="MEMBER")
        socket.send(webhook("9"))
        assert process.wait(20) == -9
    assert script.frames.qsize() < 10 and rows(coro, "SELECT count(*) FROM deliveries") == [(1,)]
    with coro.running("--interval", "1h") as runner:
        socket = script.sockets.get(timeout=20)
        socket.send(webhook("9"))
        assert script.next("event:ack")["deliveryId"] == "9"
        runner.wait_for("run-ended", job=job)
        assert rows(coro, "SELECT count(*) FROM runs") == [(1,)]


def test_another_login_is_heard_of_while_the_runner_runs(coro: Coro, host: GitHubHost, script: Script) -> None:
    pair(coro, script)
    with coro.running("--interval", "1h"):
        script.sockets.get(timeout=60)
        script.next("runner:register", 60)
        token = 'coro_rt_"quoted"\\too'
        assert coro("login", "--url", script.url, "--no-check", "-", input=token).code == 0
        script.sockets.get(timeout=60)
        assert script.tokens[-1] == f"Bearer {token}"


def test_a_token_that_is_refused_is_said_and_nothing_is_written(coro: Coro, bed: Bed, edge: Edge) -> None:
    before = (coro.home / "config.toml").read_text()
    done = coro("login", "--url", edge.url, "--token", "coro_rt_x")
    assert (done.code, (coro.home / "config.toml").read_text()) == (4, before)
    assert "coro_rt_x" not in done.err
    assert coro.json("login", "--url", edge.url, "--token", bed.team())["checked"] is True


def test_an_edge_that_is_away_is_warned_of_and_written_down_all_the_same(coro: Coro) -> None:
    done = coro("login", "--url", "http://127.0.0.1:9", "--token", "coro_rt_x")
    assert (done.code, "warning: " in done.err, "coro_rt_x" in done.err) == (0, True, False)
    written = tomllib.loads((coro.home / "config.toml").read_text())
    assert written["cloud"] == {"url": "http://127.0.0.1:9", "token": "coro_rt_x"}
    assert coro("config", "show").out.count("coro_rt_x") == 0
