"""The local receiver over real connections: good, slow, broken, hostile and many clients; a full disk; a clean end."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from helpers import until

from coro_cli.errors import Conflict, StoreError
from coro_cli.store.database import Database
from coro_cli.system import paths
from coro_cli.webhooks import endpoints, secrets
from coro_cli.webhooks.policy import Limits
from coro_cli.webhooks.receiver import Receiver, raise_descriptor_limit
from coro_cli.webhooks.secrets import Place

SECRET = "s" * 40
TOKEN = "t" * 40
QUICK = Limits(head=0.6, body_seconds=0.8, idle=0.6, rate=1e6, burst=1e6)


class Site:
    """A receiver, and what it said."""

    def __init__(self, folder: Path, limits: Limits = QUICK, proxy: str = "") -> None:
        self.home = paths.Home(folder, folder)
        (folder / "config.toml").write_text("[plugins.azure]\nkind = \"azure\"\n")
        for kind, value in (("github", SECRET), ("azure", TOKEN)):
            secrets.add(Place(folder, self.home.secrets, kind, endpoints.of(kind)), "", value, now=1.0)
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.ids: list[int] = []
        self.receiver = Receiver(self.home, self.ids.extend, lambda kind, facts: self.told.append((kind, facts)), limits, proxy)
        self.port = self.receiver.start("127.0.0.1", 0)[1]

    def send(self, body: bytes = b"{}", path: str = "/webhook/github", method: str = "POST", **headers: str) -> tuple[int, Any]:
        """One request on its own connection: status and document."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        text = response.read()
        connection.close()
        return response.status, json.loads(text) if text else None

    def deliver(self, body: bytes = b"{}", id: str = "", **headers: str) -> tuple[int, Any]:
        """A signed one."""
        return self.send(body, **signed(body, id), **headers)

    def raw(self, data: bytes, *, seconds: float = 5.0) -> bytes:
        """Bytes as they are; what comes back until the connection ends."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as client:
            client.sendall(data)
            return drained(client)

    def rows(self) -> list[sqlite3.Row]:
        """The ledger."""
        with Database(self.home.store) as db:
            return db.all("deliveries_newest", since=0, plugin="", limit=100000)


def drained(client: socket.socket) -> bytes:
    found = b""
    try:
        while data := client.recv(65536):
            found += data
    except (TimeoutError, ConnectionResetError):
        pass
    return found


def signed(body: bytes, id: str = "") -> dict[str, str]:
    mac = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {"X_Hub_Signature_256": f"sha256={mac}", "X_GitHub_Event": "ping", "X_GitHub_Delivery": id or str(uuid.uuid4())}


def request(body: bytes, *fields: str, mac: str = "") -> bytes:
    mac = mac or hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    lines = ["POST /webhook/github HTTP/1.1", "Host: x", f"X-Hub-Signature-256: sha256={mac}", *fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.receiver.stop()


def test_a_signed_delivery_is_on_the_disk_when_it_is_answered(site: Site) -> None:
    status, answer = site.deliver(b'{"zen": "x"}', id="abc")
    assert (status, answer) == (202, {"status": "stored", "delivery": "abc"})
    (row,) = site.rows()
    assert (row["plugin"], row["delivery"], row["event"], row["secret"], row["times"]) == ("github", "abc", "ping", "default", 1)
    until(lambda: site.ids == [row["id"]])


def test_a_redelivery_is_accepted_and_kept_once(site: Site) -> None:
    assert [site.deliver(b"{}", id="abc")[0] for _ in range(3)] == [202, 200, 200]
    (row,) = site.rows()
    assert row["times"] == 3


def test_another_body_under_the_same_id_is_another_delivery(site: Site) -> None:
    assert [site.deliver(body, id="abc")[0] for body in (b"{}", b"[]")] == [202, 202]
    assert len(site.rows()) == 2


def test_each_error_has_its_status_and_a_json_document(site: Site) -> None:
    cases = [
        (site.send(b"{}"), 401), (site.send(b"{}", X_Hub_Signature_256="sha256=" + "0" * 64), 401),
        (site.send(b"{}", path="/nothing"), 404), (site.send(b"{}", path="/webhook/nobody"), 404),
        (site.send(b"{}", path="/webhook/azure"), 404), (site.send(b"{}", path="/webhook/azure/" + "u" * 40), 404),
        (site.send(b"", method="GET"), 405), (site.send(b"", method="DELETE"), 405), (site.deliver(b"{}", Content_Type="text/html"), 415),
        (site.deliver(b"{}", Content_Encoding="gzip"), 415),
    ]  # fmt: skip
    assert [status for (status, _), _ in cases] == [expected for _, expected in cases]
    assert all(set(answer["error"]) >= {"code", "message"} for (_, answer), _ in cases)
    assert site.rows() == []
    assert all(kind == "refused" and facts["reason"] and facts["advice"] for kind, facts in site.told)


def test_an_unguessable_address_takes_what_nobody_signs(site: Site) -> None:
    assert site.send(b'{"id": 1}', path=f"/webhook/azure/{TOKEN}")[0] == 202


def test_a_form_is_taken_as_it_is_signed(site: Site) -> None:
    assert site.deliver(b"payload=%7B%7D", Content_Type="application/x-www-form-urlencoded")[0] == 202


@pytest.mark.parametrize("body", [b"", b"not JSON", b"\xff\xfe", b"[" * 100_000, b"null", b"x" * (1 << 20)])
def test_whatever_is_signed_is_kept(site: Site, body: bytes) -> None:
    assert site.deliver(body)[0] == 202
    assert site.rows()[0]["size"] == len(body)


def test_the_largest_body_is_kept_and_a_larger_one_is_refused_unread(site: Site) -> None:
    body = b" " * (25 << 20)
    assert site.deliver(body)[0] == 202
    announced = site.raw(b"POST /webhook/github HTTP/1.1\r\nHost: x\r\nContent-Length: 26214401\r\n\r\n")
    assert announced.startswith(b"HTTP/1.1 413 ")
    chunks = b"POST /webhook/github HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1900001\r\n"
    assert site.raw(chunks).startswith(b"HTTP/1.1 413 ")


def test_chunks_are_taken_and_a_body_told_in_two_ways_is_not(site: Site) -> None:
    whole = request(b"{}", "Transfer-Encoding: chunked", "Connection: close").removesuffix(b"{}")
    assert site.raw(whole + b"1\r\n{\r\n1\r\n}\r\n0\r\nTrailer: x\r\n\r\n").startswith(b"HTTP/1.1 202 ")
    assert site.raw(whole + b"zz\r\n").startswith(b"HTTP/1.1 400 ")
    assert site.raw(whole + b"1\r\n{}\r\n").startswith(b"HTTP/1.1 400 ")
    assert site.raw(request(b"{}", "Content-Length: 2", "Transfer-Encoding: chunked")).startswith(b"HTTP/1.1 400 ")
    assert site.raw(request(b"{}", "Content-Length: 2", "Content-Length: 3")).startswith(b"HTTP/1.1 400 ")


def test_several_requests_share_a_connection(site: Site) -> None:
    one = request(b"{}", "Content-Length: 2", "X-GitHub-Delivery: a")
    last = request(b"[]", "Content-Length: 2", "X-GitHub-Delivery: b", "Connection: close")
    found = site.raw(one + one + last)
    assert [part[:3] for part in found.split(b"HTTP/1.1 ")[1:]] == [b"202", b"200", b"202"]


def test_a_client_that_asks_first_is_told_to_go_on(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.port), timeout=5) as client:
        head = request(b"", "Content-Length: 2", "Expect: 100-continue", "Connection: close", mac=signed(b"{}")["X_Hub_Signature_256"][7:])
        client.sendall(head)
        assert client.recv(1024) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"{}")
        assert drained(client).startswith(b"HTTP/1.1 202 ")


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"GET\r\n\r\n", b"\x00" * 100 + b"\r\n\r\n", b"POST / HTTP/1.1\r\nA : b\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"POST / HTTP/1.1\r\n\rX: y\r\n\r\n", b"POST  / HTTP/1.1\r\n\r\n",
    ],
)  # fmt: skip
def test_what_is_no_request_is_400_or_408_or_nothing_and_harms_nobody(site: Site, data: bytes) -> None:
    found = site.raw(data)
    assert found == b"" or found.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 408 "))
    assert site.deliver()[0] == 202


def test_headers_without_end_are_cut_off(site: Site) -> None:
    assert site.raw(b"POST / HTTP/1.1\r\n" + b"A: b\r\n" * 20_000).startswith(b"HTTP/1.1 431 ")
    assert site.raw(b"POST / HTTP/1.1\r\n" + b"A: b\r\n" * 150 + b"\r\n").startswith(b"HTTP/1.1 400 ")


def test_a_client_that_drips_its_headers_gets_408_and_one_that_says_nothing_is_let_go(site: Site) -> None:
    for sent, answer in ((b"POST /webhook/github HTTP/1.1\r\n", b"HTTP/1.1 408 "), (b"", b"")):
        with socket.create_connection(("127.0.0.1", site.port), timeout=60) as client:
            client.sendall(sent)
            assert drained(client)[:13] == answer


def test_a_client_that_drips_its_body_gets_408(site: Site) -> None:
    found = site.raw(request(b"{", "Content-Length: 2"))
    assert found.startswith(b"HTTP/1.1 408 ")
    assert site.rows() == []


def test_a_client_that_goes_away_in_the_middle_leaves_nothing_behind(site: Site) -> None:
    for data in (b"POST", request(b"{", "Content-Length: 20"), request(b"{}", "Content-Length: 2")[:-1]):
        with socket.create_connection(("127.0.0.1", site.port), timeout=5) as client:
            client.sendall(data)
    until(lambda: not site.receiver._open)
    assert site.rows() == []


def test_a_reader_that_never_reads_holds_up_nobody(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.port), timeout=5) as deaf:
        deaf.sendall(request(b"{}", "Content-Length: 2") * 50)
        assert site.deliver()[0] == 202


def test_the_health_page_tells_no_secrets(site: Site) -> None:
    assert site.send(None or b"", path="/health", method="GET") == (200, {"status": "ok"})
    assert site.raw(b"HEAD /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").endswith(b"\r\n\r\n")
    assert site.send(b"", path="/health", method="POST")[0] == 405


def test_too_many_requests_are_429_with_a_time_to_wait(tmp_path: Path) -> None:
    site = Site(tmp_path, replace(QUICK, rate=0.001, burst=3.0))
    try:
        assert [site.deliver()[0] for _ in range(4)] == [202, 202, 202, 429]
        assert b"Retry-After: 1" in site.raw(request(b"{}", "Content-Length: 2"))
        assert len(site.rows()) == 3
    finally:
        site.receiver.stop()


def test_forwarded_addresses_count_only_from_the_proxy_that_was_named(tmp_path: Path) -> None:
    for number, (proxy, statuses) in enumerate((("", [202, 429]), ("127.0.0.1", [202, 202]))):
        (tmp_path / str(number)).mkdir()
        site = Site(tmp_path / str(number), replace(QUICK, rate=0.001, burst=1.0), proxy)
        try:
            assert [site.deliver(X_Forwarded_For=f"6.6.6.6, 10.0.0.{n}")[0] for n in range(2)] == statuses
        finally:
            site.receiver.stop()


def test_a_thousand_idle_connections_do_not_keep_a_delivery_out(tmp_path: Path) -> None:
    raise_descriptor_limit()
    site = Site(tmp_path, replace(QUICK, head=30.0, connections=400))
    crowd = [socket.create_connection(("127.0.0.1", site.port), timeout=10) for _ in range(1000)]
    try:
        for client in crowd[::2]:
            client.sendall(b"POST /webhook/github HTTP/1.1\r\n")
        assert site.deliver()[0] == 202
        assert len(site.receiver._open) <= 400
    finally:
        for client in crowd:
            client.close()
        site.receiver.stop()


def test_bodies_that_are_being_received_are_bounded_together(tmp_path: Path) -> None:
    site = Site(tmp_path, replace(QUICK, buffered=300_000, body_seconds=30))
    try:
        with socket.create_connection(("127.0.0.1", site.port), timeout=5) as hog:
            hog.sendall(request(b"x" * 290_000, "Content-Length: 300000"))
            until(lambda: site.receiver.desk._buffered > 280_000)
            assert site.deliver(b"x" * 20_000)[0] == 429
            assert site.deliver(b"{}")[0] == 202
        until(lambda: site.receiver.desk._buffered == 0)
        assert site.deliver(b"x" * 20_000)[0] == 202
    finally:
        site.receiver.stop()


def test_many_clients_at_once_are_all_served_and_each_delivery_is_kept_once(site: Site) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda n: site.deliver(b"%d" % (n % 200), id=f"d{n % 200}")[0], range(400)))
    assert sorted(set(found)) == [200, 202]
    assert found.count(202) == 200
    rows = site.rows()
    assert (len(rows), {row["times"] for row in rows}) == (200, {2})


def test_a_disk_that_cannot_be_written_is_503_and_nothing_is_half_there(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert site.deliver(b"1")[0] == 202
    real = Database.one

    def full(self: Database, name: str, /, **values: Any) -> Any:
        if name == "delivery_put":
            raise StoreError("the disk is full")
        return real(self, name, **values)

    monkeypatch.setattr(Database, "one", full)
    status, answer = site.deliver(b"2", id="again")
    assert (status, answer["error"]["code"]) == (503, "not-stored")
    assert site.send(b"", path="/health", method="GET")[0] == 503
    monkeypatch.setattr(Database, "one", real)
    assert site.deliver(b"2", id="again")[0] == 202
    assert site.send(b"", path="/health", method="GET")[0] == 200
    assert len(site.rows()) == 2


def test_a_full_disk_refuses_only_what_does_not_fit(tmp_path: Path) -> None:
    site = Site(tmp_path)
    try:
        pages = 200
        site.receiver.desk.intake.close()
        with Database(site.home.store) as db:
            pages += int(db.pragma("page_count"))
        site.receiver.desk.intake._thread = threading.Thread(target=lambda: _limited(site, pages), daemon=True)
        site.receiver.desk.intake._thread.start()
        assert site.deliver(b"x" * (4 << 20))[0] == 503
        assert site.deliver(b"small")[0] == 202
        assert [row["size"] for row in site.rows()] == [5]
    finally:
        site.receiver.stop()


def _limited(site: Site, pages: int) -> None:
    """The writer, on a database that may not grow: SQLite says the same as on a full disk."""
    intake = site.receiver.desk.intake
    with Database(site.home.store) as db:
        db.pragma(f"max_page_count = {pages}")
        going = True
        while going:
            batch, going = intake._gather()
            if batch:
                intake.settled(intake._write(db, batch))


def test_a_store_that_is_locked_too_long_is_503_within_the_hosts_patience(tmp_path: Path) -> None:
    site = Site(tmp_path, replace(QUICK, answer=0.5))
    try:
        with Database(site.home.store) as db, db.transaction():
            began = time.monotonic()
            assert site.deliver(b"{}", id="late")[0] == 503
            assert time.monotonic() - began < 15
        until(lambda: len(site.rows()) == 1)
        assert site.deliver(b"{}", id="late")[0] == 200
    finally:
        site.receiver.stop()


def test_a_new_secret_counts_at_once_and_a_broken_file_changes_nothing(site: Site) -> None:
    body, new = b"{}", "n" * 40
    mac = hmac.new(new.encode(), body, hashlib.sha256).hexdigest()
    assert site.send(body, X_Hub_Signature_256=f"sha256={mac}")[0] == 401
    place = Place(site.home.config, site.home.secrets, "github", endpoints.of("github"))
    secrets.rotate(place, new, overlap=60, now=time.time())
    assert site.send(body, X_Hub_Signature_256=f"sha256={mac}")[0] == 202
    assert site.deliver(b"old")[0] == 202
    site.home.secrets.write_text("[[")
    assert site.send(b"{}", X_Hub_Signature_256=f"sha256={mac}")[0] in (200, 202)


def test_an_address_in_use_is_a_conflict(site: Site, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    home = paths.Home(tmp_path / "other", tmp_path / "other")
    with pytest.raises(Conflict):
        Receiver(home, lambda _: None, lambda *_: None).start("127.0.0.1", site.port)


def test_what_is_being_received_at_the_end_is_answered(tmp_path: Path) -> None:
    site = Site(tmp_path, replace(QUICK, body_seconds=5))
    whole = request(b"{}", "Content-Length: 2")
    with socket.create_connection(("127.0.0.1", site.port), timeout=5) as client:
        client.sendall(whole[:-1])
        until(lambda: False in site.receiver._open.values())
        ending = threading.Thread(target=site.receiver.stop)
        ending.start()
        client.sendall(whole[-1:])
        assert drained(client).startswith(b"HTTP/1.1 202 ")
        ending.join(10)
    assert len(site.rows()) == 1
