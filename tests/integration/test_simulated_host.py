"""The host-neutral ground of every simulated host: real sockets, tags, pages, faults, hooks, the log."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import httpx
import pytest

from coro_cli.drills.host.messages import Request, Response
from coro_cli.drills.host.paging import page_of
from coro_cli.drills.host.server import Host
from coro_cli.errors import TimedOut


@pytest.fixture
def host() -> Iterator[Host]:
    with Host() as host:
        host.routes.add("GET", "/things/{name}", lambda request: Response(body={"name": request.params["name"]}))
        host.routes.add("POST", "/things", lambda request: Response(201, request.json()))
        host.routes.add("GET", "/numbers", lambda request: numbers(host, request))
        yield host


@pytest.fixture
def client(host: Host) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=host.url, timeout=5, verify=False) as client:
        yield client


def numbers(host: Host, request: Request) -> Response:
    items, links = page_of(list(range(95)), request, url=f"{host.url}/numbers")
    return Response(body=items, headers=links)


def test_a_route_sees_its_parameters_and_an_encoded_slash_stays_in_its_segment(client: httpx.Client) -> None:
    assert client.get("/things/a%2Fb").json() == {"name": "a/b"}
    assert client.post("/things", json={"x": 1}).status_code == 201
    assert client.get("/nowhere").status_code == 404


def test_one_connection_serves_many_requests(host: Host) -> None:
    ports = set()
    with httpx.Client(base_url=host.url) as client:
        for _ in range(3):
            stream = client.get("/things/a").extensions["network_stream"]
            ports.add(stream.get_extra_info("client_addr"))
    assert len(ports) == 1


def test_a_client_that_holds_the_tag_gets_304_until_the_body_changes(host: Host, client: httpx.Client) -> None:
    tag = client.get("/things/a").headers["etag"]
    again = client.get("/things/a", headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get("/things/b", headers={"If-None-Match": tag}).status_code == 200
    assert [r.charged for r in host.requests] == [1, 0, 1]


def test_the_date_is_the_hosts_clock_which_may_be_an_hour_off() -> None:
    with Host(clock=lambda: 1_800_000_000.0) as host:
        host.skew = 3600
        answer = httpx.get(f"{host.url}/things/a")
    assert parsedate_to_datetime(answer.headers["date"]).timestamp() == 1_800_003_600
    assert host.requests[0].at == 1_800_003_600


def test_the_log_tells_what_was_asked_and_what_it_was_answered(host: Host, client: httpx.Client) -> None:
    client.post("/things?a=1&a=2", json={"x": 1}, headers={"X-Mine": "yes"})
    request = host.requests[0]
    assert (request.method, request.path, request.status) == ("POST", "/things", 201)
    assert (request.query, request.values) == ({"a": "2"}, {"a": ["1", "2"]})
    assert (request.headers["x-mine"], request.json()) == ("yes", {"x": 1})
    host.clear()
    assert host.requests == []


def test_pages_are_joined_by_links_as_github_sends_them(host: Host, client: httpx.Client) -> None:
    first = client.get("/numbers?per_page=20")
    assert set(first.links) == {"next", "last"} and first.links["last"]["url"].endswith("per_page=20&page=5")
    seen, url = [], f"{host.url}/numbers?per_page=20"
    for _ in range(5):
        answer = client.get(url)
        seen += answer.json()
        url = answer.links.get("next", {}).get("url", "")
    assert seen == list(range(95))
    assert set(answer.links) == {"prev", "first"}
    assert len(client.get("/numbers?per_page=1000").json()) == 95
    assert "link" not in client.get("/numbers?per_page=100").headers
    assert len(client.get("/numbers?per_page=oops").json()) == 30


def test_a_fault_hits_only_so_many_requests_that_fit(host: Host, client: httpx.Client) -> None:
    host.faults.next(2, status=503, headers={"Retry-After": "7"}, body=b"no", when=lambda r: r.path == "/things/a")
    assert client.get("/things/b").status_code == 200
    broken = client.get("/things/a")
    assert (broken.status_code, broken.headers["retry-after"], broken.text) == (503, "7", "no")
    assert [client.get("/things/a").status_code for _ in range(2)] == [503, 200]


def test_a_body_can_be_cut_truncated_or_become_a_page(host: Host, client: httpx.Client) -> None:
    host.faults.cut()
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/things/a")
    host.faults.truncate()
    with pytest.raises(ValueError):
        client.get("/things/a").json()
    host.faults.html(status=200)
    assert client.get("/things/a").headers["content-type"] == "text/html"
    assert client.get("/things/a").json() == {"name": "a"}


def test_a_host_can_close_without_answering_and_be_offline(host: Host, client: httpx.Client) -> None:
    host.faults.drop()
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/things/a")
    host.offline = True
    for _ in range(2):
        with pytest.raises(httpx.TransportError):
            client.get("/things/a")
    host.offline = False
    assert client.get("/things/a").status_code == 200


def test_going_offline_breaks_a_connection_that_is_already_open(host: Host, client: httpx.Client) -> None:
    client.get("/things/a")
    host.offline = True
    with pytest.raises(httpx.TransportError):
        client.get("/things/a")
    assert len(host.requests) == 1


def test_a_delayed_answer_does_not_hold_up_others(host: Host, client: httpx.Client) -> None:
    def wait() -> None:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"{host.url}/things/slow", timeout=60)

    arrived = threading.Event()
    host.before(lambda r: arrived.set())
    host.faults.delay(30, when=lambda r: r.path == "/things/slow")
    slow = threading.Thread(target=wait, daemon=True)
    slow.start()
    assert arrived.wait(5)
    begun = time.monotonic()
    assert client.get("/things/fast").status_code == 200
    assert [r.path for r in host.requests] == ["/things/fast"]
    host.close()
    slow.join(5)
    assert not slow.is_alive() and time.monotonic() - begun < 5


def test_a_hook_runs_before_the_answer_is_made(host: Host, client: httpx.Client) -> None:
    things = ["before"]
    host.routes.add("GET", "/list", lambda request: Response(body=things))
    end = host.before(lambda request: things.append(request.path))
    assert client.get("/list").json() == ["before", "/list"]
    end()
    assert client.get("/list").json() == ["before", "/list"]


def test_a_request_can_be_awaited_without_sleeping(host: Host) -> None:
    thread = threading.Timer(0.05, lambda: httpx.get(f"{host.url}/things/a"))
    thread.start()
    assert host.wait_for(lambda r: r.path == "/things/a").status == 200
    with pytest.raises(TimedOut):
        host.wait_for(lambda r: r.path == "/never", timeout=0.01)
    thread.join()


def test_many_clients_at_once_are_all_answered_and_logged(host: Host) -> None:
    def ask() -> None:
        with httpx.Client(base_url=host.url) as client:
            for _ in range(20):
                assert client.get("/things/a").status_code == 200

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(host.requests) == 160
